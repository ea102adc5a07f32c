#include "server/rpc/rpc_runner.h"

#include <utility>

#include "absl/time/clock.h"
#include "base/grpc_status.h"
#include "base/log.h"
#include "base/status.h"

namespace afterhours::rpc {
namespace {

// Every error has a reason: one that came without gets its code's name.
absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || !ErrorReason(status).empty()) return status;
  return Error(status.code(), absl::StatusCodeToString(status.code()), status.message());
}

}  // namespace

grpc::ServerUnaryReactor* RpcRunner::Run(const char* rpc, grpc::CallbackServerContext* context,
                                         const absl::Status& checked, Body body, std::function<void()> committed) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time begin = absl::Now();
  if (!checked.ok()) {
    Finish(rpc, begin, reactor, checked);
    return reactor;
  }
  const absl::Time deadline = absl::FromChrono(context->deadline());
  const absl::Status submitted = workers_.Submit([this, rpc, begin, deadline, reactor, body = std::move(body),
                                                  committed = std::move(committed)](db::Connection& connection) {
    absl::Status status;
    if (absl::Now() >= deadline) {
      // Nobody waits for it any more; the caller will ask again if it matters.
      status = absl::DeadlineExceededError("the deadline passed before the request was begun");
    } else {
      status = connection.Transact(body);
    }
    if (status.ok()) committed();
    Finish(rpc, begin, reactor, status);
  });
  if (!submitted.ok()) Finish(rpc, begin, reactor, submitted);
  return reactor;
}

void RpcRunner::Finish(const char* rpc, absl::Time begin, grpc::ServerUnaryReactor* reactor,
                       const absl::Status& status) {
  metrics_.Seconds("afterhours_rpc_seconds", "RPCs, from request to answer", {{"rpc", rpc}})
      .Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  metrics_
      .Counter("afterhours_rpcs_total", "RPCs by code",
               {{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  if (absl::IsInternal(status)) LogError("RPC failed", {{"rpc", rpc}, {"error", status}});
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) {
    LogWarning("RPC could not be served", {{"rpc", rpc}, {"error", status}});
  }
  reactor->Finish(ToGrpcStatus(WithReason(status)));
}

}  // namespace afterhours::rpc
