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

absl::Status PassedDeadline() {
  return absl::DeadlineExceededError("the deadline passed before the request was begun");
}

RpcRunner::Pending RpcRunner::Begin(const char* rpc, grpc::CallbackServerContext* context) {
  return {rpc, absl::Now(), absl::FromChrono(context->deadline()), context->DefaultReactor()};
}

grpc::ServerUnaryReactor* RpcRunner::Run(const char* rpc, grpc::CallbackServerContext* context,
                                         const absl::Status& checked, Body body, std::function<void()> committed) {
  const Pending pending = Begin(rpc, context);
  if (!checked.ok()) {
    Finish(pending, checked);
    return pending.reactor;
  }
  const absl::Status submitted = workers_.Submit(
      [this, pending, body = std::move(body), committed = std::move(committed)](db::Connection& connection) {
        // Nobody waits for it after its deadline; the caller will ask again if it matters.
        const absl::Status status = absl::Now() >= pending.deadline ? PassedDeadline() : connection.Transact(body);
        if (status.ok()) committed();
        Finish(pending, status);
      });
  if (!submitted.ok()) Finish(pending, submitted);
  return pending.reactor;
}

void RpcRunner::Finish(const Pending& rpc, const absl::Status& status) {
  metrics_.Seconds("afterhours_rpc_seconds", "RPCs, from request to answer", {{"rpc", rpc.name}})
      .Observe(absl::ToDoubleSeconds(absl::Now() - rpc.begin));
  metrics_
      .Counter("afterhours_rpcs_total", "RPCs by code",
               {{"rpc", rpc.name}, {"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  if (absl::IsInternal(status)) LogError("RPC failed", {{"rpc", rpc.name}, {"error", status}});
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) Warn(rpc, status);
  rpc.reactor->Finish(ToGrpcStatus(WithReason(status)));
}

void RpcRunner::Warn(const Pending& rpc, const absl::Status& status) {
  const std::int64_t second = absl::ToUnixSeconds(absl::Now());
  if (warned_.exchange(second) == second) {
    ++unsaid_;
    return;
  }
  LogWarning("RPC could not be served", {{"rpc", rpc.name}, {"error", status}, {"others", unsaid_.exchange(0)}});
}

}  // namespace afterhours::rpc
