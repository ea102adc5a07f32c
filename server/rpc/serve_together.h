#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "server/db/connection.h"
#include "server/rpc/rpc_runner.h"

namespace afterhours::rpc {

// Whether a transaction failed for what all of its requests share, so that serving
// them in smaller parts would not help: the database is away, or full.
inline bool IsShared(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

// Serves requests in one transaction and answers each after the commit. `body` fills
// their responses, from the start each time it runs. When it fails, the halves are
// served by themselves, and so on: a bad request fails alone, and leaves nothing
// behind. A Request has `RpcRunner::Pending rpc`.
template <typename Request>
void ServeTogether(db::Connection& connection, RpcRunner& runner, absl::Span<Request> requests,
                   absl::FunctionRef<absl::Status(db::Transaction&, absl::Span<Request>)> body,
                   absl::FunctionRef<void(Request&)> committed) {
  if (requests.empty()) return;
  const bool alone = requests.size() == 1;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    absl::Status served = body(transaction, requests);
    // One of them waited in vain for a lock: that it is tried again is not for all.
    if (absl::IsAborted(served) && !alone) return Error(served.code(), "SERVED_TOGETHER", served.message());
    return served;
  });
  if (!status.ok() && !alone && !IsShared(status)) {
    const std::size_t half = requests.size() / 2;
    ServeTogether<Request>(connection, runner, requests.first(half), body, committed);
    ServeTogether<Request>(connection, runner, requests.subspan(half), body, committed);
    return;
  }
  for (Request& request : requests) {
    if (status.ok()) committed(request);
    runner.Finish(request.rpc, status);
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
