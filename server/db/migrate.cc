#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "server/db/migrations.h"

namespace afterhours::db {
namespace {

constexpr char kCreateTable[] =
    "create table if not exists schema_migrations (number int primary key, name text not null, "
    "apply_time timestamptz not null default now())";
constexpr Statement kLock{"lock_migrations", "lock table schema_migrations in exclusive mode"};
constexpr Statement kVersion{"migration_version", "select coalesce(max(number), 0) from schema_migrations"};
constexpr Statement kRecord{"record_migration", "insert into schema_migrations (number, name) values ($1, $2)"};
constexpr Statement kForget{"forget_migration", "delete from schema_migrations where number = $1"};
constexpr Statement kTableIsThere{"migrations_table_is_there", "select to_regclass('schema_migrations') is not null"};

absl::StatusOr<int> Version(Transaction& transaction) {
  const auto result = transaction.Run(kVersion);
  if (!result.ok()) return result.status();
  return (*result)[0][0].as<int>();
}

// One step towards `target`: the name of what was applied, or "" at the end.
absl::StatusOr<std::string> MigrateOnce(Transaction& transaction, int target) {
  if (const auto locked = transaction.Run(kLock); !locked.ok()) return locked.status();
  const absl::StatusOr<int> version = Version(transaction);
  if (!version.ok()) return version.status();
  if (*version > Migrations().back().number) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database is at migration ", *version, ", which this binary does not know; use a newer one"));
  }
  if (*version == target) return std::string();
  const bool up = *version < target;
  for (const Migration& migration : Migrations()) {
    if (migration.number != (up ? *version + 1 : *version)) continue;
    absl::Status status = transaction.RunScript(up ? migration.up_sql : migration.down_sql);
    if (status.ok()) {
      status = (up ? transaction.Run(kRecord, {migration.number, migration.name})
                   : transaction.Run(kForget, {migration.number}))
                   .status();
    }
    const std::string name = absl::StrCat(migration.number, "_", migration.name, up ? " up" : " down");
    if (!status.ok()) return Annotate(status, absl::StrCat("migration ", name));
    return name;
  }
  return absl::InternalError(absl::StrCat("no migration leads on from ", *version));
}

}  // namespace

absl::StatusOr<int> MigrationVersion(Connection& connection) {
  int version = 0;
  const absl::Status status = connection.Transact([&](Transaction& transaction) {
    const auto there = transaction.Run(kTableIsThere);
    if (!there.ok()) return there.status();
    if (!(*there)[0][0].as<bool>()) return absl::OkStatus();
    const absl::StatusOr<int> found = Version(transaction);
    if (found.ok()) version = *found;
    return found.status();
  });
  if (!status.ok()) return Annotate(status, "read migration version");
  return version;
}

absl::StatusOr<std::vector<std::string>> Migrate(Connection& connection, int target) {
  if (target < 0 || target > Migrations().back().number) {
    return absl::InvalidArgumentError(
        absl::StrCat("no migration ", target, "; the last one is ", Migrations().back().number));
  }
  absl::Status status =
      connection.Transact([](Transaction& transaction) { return transaction.RunScript(kCreateTable); });
  std::vector<std::string> applied;
  for (bool more = true; more && status.ok();) {
    std::string name;
    status = connection.Transact([&](Transaction& transaction) {
      absl::StatusOr<std::string> done = MigrateOnce(transaction, target);
      if (done.ok()) name = *std::move(done);
      return done.status();
    });
    more = status.ok() && !name.empty();
    if (more) applied.push_back(name);
  }
  if (!status.ok()) return status;
  return applied;
}

}  // namespace afterhours::db
