#include "server/db/connection.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"

namespace afterhours::db {
namespace {

constexpr absl::Duration kConnectBackOffFirst = absl::Milliseconds(50);
constexpr absl::Duration kConnectBackOffMax = absl::Seconds(1);
constexpr int kAttemptsMax = 4;

// Marked deprecated because libpqxx 7 has no reactivation at all.
void InhibitReactivation(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

}  // namespace

absl::StatusOr<pqxx::result> Transaction::Run(const Statement& statement, const Params& params) {
  try {
    if (connection_.prepared_.insert(statement.name).second) {
      connection_.connection_->prepare(statement.name, statement.sql);
    }
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const Param& param : params) values.push_back(param.c_str());
    return work_.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(values.begin(), values.end()));
  } catch (...) {
    return Annotate(StatusOfCurrentException(), statement.name);
  }
}

absl::Status Transaction::RunScript(const std::string& sql) {
  try {
    work_.exec(sql);
    return absl::OkStatus();
  } catch (...) {
    return StatusOfCurrentException();
  }
}

absl::Status Connection::Transact(absl::FunctionRef<absl::Status(Transaction&)> body) {
  return Try([&](bool& committing) {
    pqxx::work work(*connection_);
    Transaction transaction(*this, work);
    if (absl::Status status = body(transaction); !status.ok()) return status;
    committing = true;
    work.commit();
    return absl::OkStatus();
  });
}

absl::Status Connection::Read(absl::FunctionRef<absl::Status(Transaction&)> body) {
  return Try([&](bool& /*committing*/) {
    pqxx::nontransaction work(*connection_);
    Transaction transaction(*this, work);
    return body(transaction);
  });
}

absl::Status Connection::Try(absl::FunctionRef<absl::Status(bool& committing)> attempt) {
  absl::Status status;
  for (int number = 1; number <= kAttemptsMax; ++number) {
    const bool was_connected = connection_ != nullptr;
    if (status = Connect(); !status.ok()) return status;
    bool committing = false;
    try {
      status = attempt(committing);
    } catch (...) {
      status = StatusOfCurrentException();
    }
    if (IsConnectionLost(status)) {
      Drop();
      if (committing) {
        return Error(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN",
                     "the database was lost during the commit; whether it took place is unknown");
      }
      // It may have died idle, long ago. A fresh one deserves a try.
      if (!was_connected) return status;
    } else if (!absl::IsAborted(status) || !ErrorReason(status).empty()) {
      // An error with a reason is the body's own.
      return status;
    }
  }
  return status;
}

absl::Status Connection::Connect() {
  if (connection_ != nullptr) return absl::OkStatus();
  if (std::chrono::steady_clock::now() < connect_not_before_) {
    return Error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "the database cannot be reached");
  }
  try {
    auto connection = std::make_unique<pqxx::connection>(url_);
    InhibitReactivation(*connection);
    pqxx::nontransaction(*connection)
        .exec(absl::StrCat(kSessionSettings, "; set lock_timeout = ", absl::ToInt64Milliseconds(lock_timeout_)));
    connection_ = std::move(connection);
    connect_back_off_ = absl::ZeroDuration();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    Drop();
    connect_back_off_ = std::clamp(connect_back_off_ * 2, kConnectBackOffFirst, kConnectBackOffMax);
    connect_not_before_ = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(connect_back_off_);
    LogWarning("cannot connect to the database",
               {{"error", error.what()}, {"next_try", absl::FormatDuration(connect_back_off_)}});
    // Hosts and paths are for the log, not for whoever asked.
    return Error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", "the database cannot be reached");
  }
}

void Connection::Drop() {
  connection_.reset();
  prepared_.clear();
}

absl::Status StatusOfCurrentException() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error& error) {
    return Error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", error.what());
  } catch (const pqxx::broken_connection& error) {
    return Error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", error.what());
  } catch (const pqxx::transaction_rollback& error) {
    return absl::AbortedError(error.what());
  } catch (const pqxx::unique_violation& error) {
    return absl::AlreadyExistsError(error.what());
  } catch (const pqxx::foreign_key_violation& error) {
    return absl::FailedPreconditionError(error.what());
  } catch (const pqxx::insufficient_resources& error) {
    return Error(absl::StatusCode::kResourceExhausted, "DATABASE_FULL", error.what());
  } catch (const pqxx::sql_error& error) {
    const std::string& state = error.sqlstate();
    // Shut down, crashed or starting (57P01-03), a standby after a failover
    // (25006), or no SQLSTATE at all: libpq lost it.
    if (absl::StartsWith(state, "57P0") || absl::StartsWith(state, "08") || state == "25006" || state.empty()) {
      return Error(absl::StatusCode::kUnavailable, "DATABASE_UNAVAILABLE", error.what());
    }
    if (state == "40001" || state == "40P01" || state == "55P03") return absl::AbortedError(error.what());
    return absl::InternalError(absl::StrCat(error.what(), " (SQLSTATE ", state, ")"));
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  }
}

bool IsConnectionLost(const absl::Status& status) {
  return absl::IsUnavailable(status) && ErrorReason(status) == "DATABASE_UNAVAILABLE";
}

}  // namespace afterhours::db
