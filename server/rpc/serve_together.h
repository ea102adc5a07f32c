#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "server/db/connection.h"
#include "server/rpc/rpc_runner.h"

namespace afterhours::rpc {

// Whether a transaction failed for what all of its requests share, so that serving
// them in smaller parts would not help: the database is away, full, or overloaded.
inline bool IsShared(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsAborted(status);
}

// Serves requests in one transaction and answers each after the commit. `body` sets
// the `status` of each of them; what it returns is the transaction's. When that
// fails, the halves are served by themselves, and so on: a bad request fails alone.
// A Request has `RpcRunner::Pending rpc` and `absl::Status status`.
template <typename Request>
void ServeTogether(db::Connection& connection, RpcRunner& runner, absl::Span<Request> requests,
                   absl::FunctionRef<absl::Status(db::Transaction&, absl::Span<Request>)> body,
                   absl::FunctionRef<void(Request&)> committed) {
  if (requests.empty()) return;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    for (Request& request : requests) request.status = absl::OkStatus();
    return body(transaction, requests);
  });
  if (!status.ok() && requests.size() > 1 && !IsShared(status)) {
    const std::size_t half = requests.size() / 2;
    ServeTogether<Request>(connection, runner, requests.first(half), body, committed);
    ServeTogether<Request>(connection, runner, requests.subspan(half), body, committed);
    return;
  }
  for (Request& request : requests) {
    if (!status.ok()) request.status = status;
    if (request.status.ok()) committed(request);
    runner.Finish(request.rpc, request.status);
  }
}

// Answers those for whom nobody waits any more; the caller will ask again if it
// matters. Returns the others.
template <typename Request>
std::vector<Request> StillWanted(RpcRunner& runner, std::vector<Request> requests) {
  std::vector<Request> wanted;
  const absl::Time now = absl::Now();
  for (Request& request : requests) {
    if (now < request.rpc.deadline) {
      wanted.push_back(std::move(request));
    } else {
      runner.Finish(request.rpc, PassedDeadline());
    }
  }
  return wanted;
}

}  // namespace afterhours::rpc
