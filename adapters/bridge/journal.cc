#include "adapters/bridge/journal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace afterhours::bridge {
namespace {

constexpr int kApplicationId = 0x41484a31;  // tells our files from other SQLite files
constexpr int kVersion = 1;                 // of the tables

// EXCLUSIVE: one process has the file, and a crash frees it. FULL: a commit is
// synced. The timeout is for a bridge that is about to end.
constexpr char kSettings[] =
    "pragma busy_timeout = 2000; pragma locking_mode = exclusive; pragma journal_mode = wal; "
    "pragma synchronous = full; pragma journal_size_limit = 67108864; begin exclusive; commit;";

constexpr char kTables[] =
    "create table entries (sequence integer primary key, kind text not null"
    " check (kind in ('DISPATCH', 'ACK', 'DELIVERY')), key text not null, time_us integer not null,"
    " payload blob not null) strict;"
    "create index entries_kind on entries (kind, sequence);"
    "create table refused (sequence integer primary key, kind text not null, time_us integer not null,"
    " refused_time_us integer not null, error text not null, payload blob not null) strict;";

constexpr absl::string_view kAppend = "insert into entries (kind, key, time_us, payload) values (?1, ?2, ?3, ?4)";
constexpr absl::string_view kHead =
    "select sequence, key, time_us, payload from entries where kind = ?1 order by sequence limit ?2";
constexpr absl::string_view kOldest = "select time_us from entries order by sequence limit 1";
constexpr absl::string_view kRemove =
    "delete from entries where kind = ?1 and sequence between ?2 and ?3 returning length(payload), key";
constexpr absl::string_view kRefuse =
    "insert into refused (kind, time_us, refused_time_us, error, payload)"
    " select kind, time_us, ?2, ?3, payload from entries where sequence = ?1";
constexpr absl::string_view kTrimRefused =
    "delete from refused where sequence <= (select max(sequence) from refused) - ?1";
constexpr absl::string_view kCount =
    "select key, count(*), sum(length(payload)) from entries where kind = ?1 group by key";

// An error of Open, with what to do about it.
absl::Status Explain(const std::string& path, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
      return absl::FailedPreconditionError(absl::StrCat("journal ", path, " is in use by another process (",
                                                        status.message(), "): each bridge needs a journal of its own"));
    case absl::StatusCode::kDataLoss:
      return absl::DataLossError(absl::StrCat("journal ", path, " is damaged (", status.message(), "): move it and ",
                                              path, "-wal away together and start again; ",
                                              "docs/operations.md says how to save what is in them"));
    case absl::StatusCode::kFailedPrecondition:
      return Annotate(status, absl::StrCat("journal ", path));
    default:
      return absl::InternalError(absl::StrCat("cannot open journal ", path, ": ", status.message(),
                                              "; its folder must be there and writable, and the disk not full"));
  }
}

}  // namespace

absl::string_view Name(JournalKind kind) {
  switch (kind) {
    case JournalKind::kDispatch:
      return "DISPATCH";
    case JournalKind::kAck:
      return "ACK";
    case JournalKind::kDelivery:
      return "DELIVERY";
  }
  return "";
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(Options options) {
  std::unique_ptr<Journal> journal(new Journal(std::move(options)));
  const std::string& path = journal->options_.path;
  MutexLock lock(journal->mutex_);
  absl::StatusOr<SqliteConnection> connection = SqliteConnection::Open(path);
  if (!connection.ok()) return Explain(path, connection.status());
  journal->connection_ = *std::move(connection);
  absl::Status status = journal->connection_.Execute(kSettings);
  if (status.ok()) status = journal->Check();
  if (status.ok()) status = journal->Prepare();
  if (!status.ok()) return Explain(path, status);
  return journal;
}

// Tells that the file is whole and ours. Makes the tables in one that is new.
absl::Status Journal::Check() {
  const auto integer = [this](const char* sql, std::int64_t* value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::StatusOr<SqliteStatement> query = connection_.Prepare(sql);
    if (!query.ok()) return query.status();
    return query->Run([value](const SqliteStatement::Row& row) { *value = row.Integer(0); });
  };
  std::string verdict;
  absl::StatusOr<SqliteStatement> check = connection_.Prepare("pragma quick_check(1)");
  if (!check.ok()) return check.status();
  absl::Status status =
      check->Run([&verdict](const SqliteStatement::Row& row) { verdict = std::string(row.Bytes(0)); });
  if (!status.ok()) return status;
  if (verdict != "ok") return absl::DataLossError(verdict);

  std::int64_t tables = 0, application_id = 0, version = 0;
  status = integer("select count(*) from sqlite_schema", &tables);
  if (status.ok()) status = integer("pragma application_id", &application_id);
  if (status.ok()) status = integer("pragma user_version", &version);
  if (!status.ok()) return status;
  if (tables == 0) {
    return connection_.InTransaction([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return connection_.Execute(
          absl::StrCat(kTables, "pragma application_id = ", kApplicationId, "; pragma user_version = ", kVersion));
    });
  }
  if (application_id != kApplicationId) return absl::FailedPreconditionError("the file is another program's database");
  if (version != kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("its version is ", version, ", this bridge's ", kVersion,
                     "; empty it with the version that made it, or name another file"));
  }
  return absl::OkStatus();
}

absl::Status Journal::Prepare() {
  for (const auto& [statement, sql] : {std::pair{&append_, kAppend},
                                       {&head_, kHead},
                                       {&oldest_, kOldest},
                                       {&remove_, kRemove},
                                       {&refuse_, kRefuse},
                                       {&trim_refused_, kTrimRefused}}) {
    absl::StatusOr<SqliteStatement> prepared = connection_.Prepare(sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  absl::StatusOr<SqliteStatement> count = connection_.Prepare(kCount);
  if (!count.ok()) return count.status();
  Stats stats;
  absl::Status status;
  for (const JournalKind kind : kJournalKinds) {
    if (!status.ok()) return status;
    status = count->BindText(1, Name(kind)).Run([&](const SqliteStatement::Row& row) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      keys_[{kind, std::string(row.Bytes(0))}] = row.Integer(1);
      stats.by_kind[static_cast<std::size_t>(kind)] += row.Integer(1);
      stats.payload_bytes += row.Integer(2);
    });
  }
  stats_ = stats;
  if (status.ok()) status = FindOldest();
  if (status.ok() && options_.file_pages_max > 0) {
    status = connection_.Execute(absl::StrCat("pragma max_page_count = ", options_.file_pages_max));
  }
  return status;
}

absl::Status Journal::Append(JournalKind kind, absl::string_view key, absl::string_view payload, absl::Time now) {
  MutexLock lock(mutex_);
  const auto bytes = static_cast<std::int64_t>(payload.size());
  if (IsFull(bytes)) {
    return Error(absl::StatusCode::kResourceExhausted, "JOURNAL_FULL",
                 absl::StrCat("the journal is full: ", stats_.entries(), " entries, ", stats_.payload_bytes, " bytes"));
  }
  const absl::Status status =
      append_.BindText(1, Name(kind)).BindText(2, key).Bind(3, absl::ToUnixMicros(now)).BindBlob(4, payload).Run();
  if (!status.ok()) return Written("append to the journal", status);
  if (stats_.entries() == 0) stats_.oldest_time = now;
  ++stats_.by_kind[static_cast<std::size_t>(kind)];
  ++keys_[{kind, std::string(key)}];
  stats_.payload_bytes += bytes;
  return Written("append to the journal", status);
}

absl::StatusOr<std::vector<JournalEntry>> Journal::Head(JournalKind kind, int entries_max) {
  MutexLock lock(mutex_);
  std::vector<JournalEntry> entries;
  const absl::Status status =
      head_.BindText(1, Name(kind)).Bind(2, entries_max).Run([&entries, kind](const SqliteStatement::Row& row) {
        entries.push_back({.kind = kind,
                           .sequence = row.Integer(0),
                           .key = std::string(row.Bytes(1)),
                           .payload = std::string(row.Bytes(3)),
                           .time = absl::FromUnixMicros(row.Integer(2))});
      });
  if (!status.ok())
    return Error(absl::StatusCode::kUnavailable, "JOURNAL_FAILED",
                 absl::StrCat("read the journal: ", status.message()));
  return entries;
}

absl::Status Journal::RemoveThrough(JournalKind kind, std::int64_t sequence) {
  MutexLock lock(mutex_);
  absl::Status status = Remove(kind, 0, sequence);
  if (status.ok()) status = FindOldest();
  return Written("remove from the journal", status);
}

absl::Status Journal::Refuse(const JournalEntry& entry, const absl::Status& error, absl::Time now) {
  MutexLock lock(mutex_);
  const std::string text = error.ToString();
  const Stats before = stats_;
  const auto keys_before = keys_;
  absl::Status status = connection_.InTransaction([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    absl::Status done = refuse_.Bind(1, entry.sequence).Bind(2, absl::ToUnixMicros(now)).BindText(3, text).Run();
    if (done.ok()) done = Remove(entry.kind, entry.sequence, entry.sequence);
    if (done.ok()) done = trim_refused_.Bind(1, options_.refused_max).Run();
    return done;
  });
  if (!status.ok()) {
    stats_ = before;
    keys_ = keys_before;
  }
  if (status.ok()) status = FindOldest();
  return Written("set a refused entry aside", status);
}

bool Journal::HasWaiting(JournalKind kind, const std::string& key) {
  MutexLock lock(mutex_);
  return keys_.count({kind, key}) > 0;
}

Journal::Stats Journal::stats() {
  MutexLock lock(mutex_);
  return stats_;
}

bool Journal::CanTake() {
  MutexLock lock(mutex_);
  if (IsFull(1)) return false;
  // A write that changes nothing.
  if (failing_) {
    Written("try the journal", connection_.Execute(absl::StrCat("pragma user_version = ", kVersion))).IgnoreError();
  }
  return !failing_;
}

absl::Status Journal::Remove(JournalKind kind, std::int64_t first, std::int64_t last) {
  std::int64_t entries = 0, bytes = 0;
  std::vector<std::string> keys;
  const absl::Status status =
      remove_.BindText(1, Name(kind)).Bind(2, first).Bind(3, last).Run([&](const SqliteStatement::Row& row) {
        ++entries;
        bytes += row.Integer(0);
        keys.emplace_back(row.Bytes(1));
      });
  if (!status.ok()) return status;
  stats_.by_kind[static_cast<std::size_t>(kind)] -= entries;
  stats_.payload_bytes -= bytes;
  for (const std::string& key : keys) {
    const auto waiting = keys_.find({kind, key});
    if (--waiting->second == 0) keys_.erase(waiting);
  }
  return status;
}

absl::Status Journal::FindOldest() {
  std::optional<absl::Time> oldest;
  const absl::Status status =
      oldest_.Run([&oldest](const SqliteStatement::Row& row) { oldest = absl::FromUnixMicros(row.Integer(0)); });
  if (status.ok()) stats_.oldest_time = oldest;
  return status;
}

absl::Status Journal::Written(const char* doing, const absl::Status& status) {
  failing_ = !status.ok();
  if (status.ok()) return status;
  return Error(absl::StatusCode::kUnavailable, "JOURNAL_FAILED", absl::StrCat(doing, ": ", status.message()));
}

bool Journal::IsFull(std::int64_t more_bytes) const {
  return stats_.entries() >= options_.entries_max || stats_.payload_bytes + more_bytes > options_.payload_bytes_max;
}

}  // namespace afterhours::bridge
