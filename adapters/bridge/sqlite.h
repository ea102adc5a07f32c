#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace afterhours::bridge {

// A prepared statement. Not thread safe; must not outlive its connection.
class SqliteStatement {
 public:
  // The columns of one row, from 0. Texts and blobs live until the next row.
  class Row {
   public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::int64_t Integer(int column) const;
    absl::string_view Bytes(int column) const;

   private:
    sqlite3_stmt* statement_;
  };

  SqliteStatement() = default;

  // Binds parameter `index`, from 1, for the next Run. Text and blob are not
  // copied: they must live until then.
  SqliteStatement& Bind(int index, std::int64_t value);
  SqliteStatement& BindText(int index, absl::string_view text);
  SqliteStatement& BindBlob(int index, absl::string_view blob);

  // Runs it to its end, with `on_row` for each row, and makes it ready for the
  // next time. Errors: as SqliteConnection's.
  absl::Status Run(const std::function<void(const Row&)>& on_row = {});

 private:
  friend class SqliteConnection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A connection to a SQLite database. Not thread safe.
//
// Errors carry SQLite's words: ABORTED when somebody else has the file locked,
// DATA_LOSS when it is damaged or no database, RESOURCE_EXHAUSTED when it or the
// disk is full, else INTERNAL.
class SqliteConnection {
 public:
  SqliteConnection() = default;

  // Opens `path`; makes the file, readable for us only, when it is not there.
  static absl::StatusOr<SqliteConnection> Open(const std::string& path);

  // Runs statements that return nothing, separated by semicolons.
  absl::Status Execute(const std::string& sql);

  // Does `work` in a transaction for writing, which is rolled back when it fails.
  absl::Status InTransaction(const std::function<absl::Status()>& work);

  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace afterhours::bridge
