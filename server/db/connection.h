#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <set>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/db/params.h"

namespace afterhours::db {

// What every connection begins with. Locks are held for milliseconds; a process
// that stands still within a transaction must not hold up the others for long.
// There is no statement_timeout: it would also cut off a COMMIT that waits for a
// synchronous standby, and leave its outcome unknown. Every statement finds its
// rows by an index; a table that the planner takes for empty must not tempt it to
// read all. Such short work costs less than to compile it, or to plan it each time.
inline constexpr char kSessionSettings[] =
    "set timezone = 'UTC'; set idle_in_transaction_session_timeout = '5s'; "
    "set enable_seqscan = off; set jit = off; set plan_cache_mode = force_generic_plan";

// A statement with a name. The name is its prepared statement's, and stands in
// errors. Define them as constants beside the function that runs them.
struct Statement {
  const char* name;
  const char* sql;
};

class Connection;

// A transaction under way. Not thread safe; valid inside Transact's body only.
class Transaction {
 public:
  // Runs a statement, prepared on its first use on a connection.
  // Errors: see StatusOf; after one, return from the body with it.
  absl::StatusOr<pqxx::result> Run(const Statement& statement, const Params& params = {});

  // Runs SQL that has no parameters, possibly several statements: migrations.
  absl::Status RunScript(const std::string& sql);

 private:
  friend class Connection;
  Transaction(Connection& connection, pqxx::transaction_base& work) : connection_(connection), work_(work) {}

  Connection& connection_;
  pqxx::transaction_base& work_;
};

// A connection to PostgreSQL that comes back by itself. libpqxx's exceptions
// end here: above are statuses. A broken connection is dropped, never reused:
// libpqxx 6 would reconnect in silence and lose the session's state.
// Not thread safe: one thread at a time.
class Connection {
 public:
  // `url` is a libpq connection string or URI; several hosts are allowed.
  // Connects on first use.
  // `lock_timeout`: how long a statement waits for another transaction.
  explicit Connection(std::string url, absl::Duration lock_timeout = absl::Seconds(1))
      : url_(std::move(url)), lock_timeout_(lock_timeout) {}

  // Runs `body` in a transaction and commits it if it returns OK. Starts over
  // when the connection turned out to be dead before the commit (once), or on
  // a deadlock or serialization failure (a few times): `body` must be able to
  // run again from the start. Errors of the database:
  //   UNAVAILABLE (DATABASE_UNAVAILABLE): not connected; nothing was committed
  //   UNAVAILABLE (COMMIT_UNKNOWN): lost during the commit; do it again only if
  //     that is harmless
  //   ABORTED: deadlocks that would not end
  //   ALREADY_EXISTS, FAILED_PRECONDITION, INTERNAL: a constraint said no
  //   RESOURCE_EXHAUSTED (DATABASE_FULL): out of disk or memory
  absl::Status Transact(absl::FunctionRef<absl::Status(Transaction&)> body);

  // The same for a `body` that only reads: each of its statements is a transaction of
  // its own, which saves two round trips.
  absl::Status Read(absl::FunctionRef<absl::Status(Transaction&)> body);

 private:
  friend class Transaction;

  absl::Status Connect();
  // Calls `attempt`, which says when it commits, until it need not be called again.
  absl::Status Try(absl::FunctionRef<absl::Status(bool& committing)> attempt);
  void Drop();

  const std::string url_;
  const absl::Duration lock_timeout_;
  std::unique_ptr<pqxx::connection> connection_;
  std::set<std::string> prepared_;
  // After a failure to connect, fail at once until then: callers must not queue
  // up behind a database that is down.
  std::chrono::steady_clock::time_point connect_not_before_;
  absl::Duration connect_back_off_;
};

// The status for the exception being handled. Call in a catch block only.
absl::Status StatusOfCurrentException();

// Whether `status` tells that the connection is lost.
bool IsConnectionLost(const absl::Status& status);

}  // namespace afterhours::db
