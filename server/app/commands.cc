#include "server/app/commands.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "server/app/config.h"
#include "server/db/migrations.h"
#include "server/rpc/directory_files.h"
#include "server/store/history.h"

namespace afterhours::app {

absl::Status RunMigrate(const std::vector<std::string>& arguments) {
  const std::string action = arguments.size() == 1 ? arguments[0] : "";
  if (action != "up" && action != "down" && action != "status") {
    return absl::InvalidArgumentError("usage: dispatchd migrate up|down|status --database_url=...");
  }
  db::Connection connection(DatabaseUrl());
  const absl::StatusOr<int> version = db::MigrationVersion(connection);
  if (!version.ok()) return version.status();
  const int newest = db::Migrations().back().number;
  if (action == "status") {
    std::cout << "database at " << *version << ", newest is " << newest << "\n";
    for (const db::Migration& migration : db::Migrations()) {
      std::cout << (migration.number <= *version ? "  applied  " : "  pending  ") << migration.number << "_"
                << migration.name << "\n";
    }
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<std::string>> applied =
      db::Migrate(connection, action == "up" ? newest : std::max(0, *version - 1));
  if (!applied.ok()) return applied.status();
  for (const std::string& name : *applied) std::cout << "applied " << name << "\n";
  if (applied->empty()) std::cout << "nothing to do\n";
  if (action == "down") return absl::OkStatus();
  return connection.Transact(
      [](db::Transaction& transaction) { return store::EnsureHistoryPartitions(transaction, std::nullopt); });
}

absl::Status RunDirectory(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2 || arguments[0] != "load") {
    return absl::InvalidArgumentError("usage: dispatchd directory load FILE --database_url=...");
  }
  const std::string& path = arguments[1];
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  v1::ApplyDirectoryRequest request;
  request.set_yaml(text.str());
  request.set_changed_by("dispatchd directory load");
  v1::ApplyDirectoryResponse response;
  db::Connection connection(DatabaseUrl());
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    return rpc::Apply(transaction, Clock().StatementTime(), request, &response);
  });
  if (!status.ok()) return Annotate(status, absl::StrCat("load ", path));
  std::cout << "loaded " << response.business_count() << " businesses, " << response.technician_count()
            << " technicians; " << response.change_count() << " changes\n";
  return absl::OkStatus();
}

}  // namespace afterhours::app
