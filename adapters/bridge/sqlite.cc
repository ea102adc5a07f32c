#include "adapters/bridge/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace afterhours::bridge {
namespace {

absl::StatusCode CodeOf(int result) {
  switch (result & 0xff) {  // without the extension of the code
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kAborted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

// The error of the call on `connection` that returned `result` just now.
absl::Status ErrorOf(sqlite3* connection, int result) {
  return absl::Status(CodeOf(result),
                      absl::StrCat(sqlite3_errmsg(connection), " (SQLite ", sqlite3_extended_errcode(connection), ")"));
}

}  // namespace

std::int64_t SqliteStatement::Row::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

absl::string_view SqliteStatement::Row::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? absl::string_view()
                          : absl::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

SqliteStatement& SqliteStatement::Bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

SqliteStatement& SqliteStatement::BindText(int index, absl::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(int index, absl::string_view blob) {
  // Without a pointer it would be NULL, not an empty blob.
  sqlite3_bind_blob64(statement_.get(), index, blob.empty() ? "" : blob.data(), blob.size(), SQLITE_STATIC);
  return *this;
}

absl::Status SqliteStatement::Run(const std::function<void(const Row&)>& on_row) {
  sqlite3_stmt* statement = statement_.get();
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    if (on_row) on_row(Row(statement));
  }
  const absl::Status status = result == SQLITE_DONE ? absl::OkStatus() : ErrorOf(sqlite3_db_handle(statement), result);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

absl::StatusOr<SqliteConnection> SqliteConnection::Open(const std::string& path) {
  // SQLite would make the file readable for all. Its companions get this one's
  // mode. A file that is there is left alone: closing it would drop SQLite's locks.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) return absl::InternalError(strerror(errno));
  if (fd >= 0) close(fd);
  sqlite3* connection = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteConnection opened;
  opened.connection_.reset(connection);
  if (connection == nullptr) return absl::ResourceExhaustedError("SQLite has no memory");
  if (result != SQLITE_OK) return ErrorOf(connection, result);
  sqlite3_extended_result_codes(connection, 1);
  return opened;
}

absl::Status SqliteConnection::Execute(const std::string& sql) {
  const int result = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : ErrorOf(connection_.get(), result);
}

absl::Status SqliteConnection::InTransaction(const std::function<absl::Status()>& work) {
  if (absl::Status status = Execute("begin immediate"); !status.ok()) return status;
  absl::Status status = work();
  if (status.ok()) status = Execute("commit");
  // Some errors have rolled it back already.
  if (!status.ok() && sqlite3_get_autocommit(connection_.get()) == 0) Execute("rollback").IgnoreError();
  return status;
}

absl::StatusOr<SqliteStatement> SqliteConnection::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return Annotate(ErrorOf(connection_.get(), result), absl::StrCat("prepare \"", sql, "\""));
  SqliteStatement prepared;
  prepared.statement_.reset(statement);
  return prepared;
}

void SqliteConnection::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

}  // namespace afterhours::bridge
