#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/grpc_status.h"
#include "base/loop.h"
#include "base/status.h"
#include "client/dispatch_connection.h"
#include "client/retry.h"

namespace afterhours {
namespace {

using Stub = v1::DispatchService::StubInterface;

class GrpcDispatchConnection : public DispatchConnection {
 public:
  GrpcDispatchConnection(DispatchConnectionOptions options, std::unique_ptr<Stub> stub)
      : options_(std::move(options)), stub_(std::move(stub)) {}

  absl::StatusOr<v1::DispatchResponse> Dispatch(const v1::DispatchRequest& request) override {
    const bool idempotent = !request.request_id().empty() || !request.call().external_call_id().empty();
    return Call(&Stub::Dispatch, request, v1::DispatchResponse(), idempotent);
  }
  absl::StatusOr<v1::AckResponse> Ack(const v1::AckRequest& request) override {
    // A decline by an operator moves the chain on each time.
    const bool idempotent = !request.has_operator_ack() || request.operator_ack().act() == v1::ACK_ACT_ACCEPT;
    return Call(&Stub::Ack, request, v1::AckResponse(), idempotent);
  }
  absl::StatusOr<v1::StatusResponse> Status(const v1::StatusRequest& request) override {
    return Call(&Stub::Status, request, v1::StatusResponse(), true);
  }
  absl::StatusOr<v1::ListDispatchesResponse> ListDispatches(const v1::ListDispatchesRequest& request) override {
    return Call(&Stub::ListDispatches, request, v1::ListDispatchesResponse(), true);
  }
  absl::StatusOr<v1::CancelDispatchResponse> CancelDispatch(const v1::CancelDispatchRequest& request) override {
    return Call(&Stub::CancelDispatch, request, v1::CancelDispatchResponse(), true);
  }
  absl::StatusOr<v1::ReportDeliveryResponse> ReportDelivery(const v1::ReportDeliveryRequest& request) override {
    return Call(&Stub::ReportDelivery, request, v1::ReportDeliveryResponse(), true);
  }

  absl::StatusOr<v1::RecoverResponse> Recover(const v1::RecoverRequest& request) override {
    return Call(&Stub::Recover, request, v1::RecoverResponse(), true);
  }

  absl::Status WatchDispatch(const v1::WatchDispatchRequest& request,
                             const std::function<bool(const v1::WatchDispatchResponse&)>& on_event) override {
    grpc::ClientContext context;
    const auto stream = stub_->WatchDispatch(&context, request);
    v1::WatchDispatchResponse response;
    while (stream->Read(&response)) {
      if (on_event(response)) continue;
      context.TryCancel();
      stream->Finish();
      return absl::OkStatus();
    }
    return FromGrpcStatus(stream->Finish());
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request, Response response, bool idempotent) {
    // Steady: the clock may be set meanwhile.
    using Steady = std::chrono::steady_clock;
    const Steady::time_point deadline = Steady::now() + absl::ToChronoNanoseconds(options_.timeout);
    for (int tries = 1;; ++tries) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + (deadline - Steady::now()));
      const absl::Status status = FromGrpcStatus((stub_.get()->*method)(&context, request, &response));
      if (status.ok()) return response;
      const absl::Duration pause = RetryPause(status, tries, options_.retry_pause_first, options_.retry_pause_max);
      if (!idempotent) return Annotate(status, "not retried, for it is not idempotent");
      if (!IsRetryable(status)) return status;
      if (Steady::now() + absl::ToChronoNanoseconds(pause) >= deadline)
        return Annotate(status, absl::StrCat("gave up after ", tries, " tries"));
      Pause(pause);
    }
  }

  const DispatchConnectionOptions options_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<DispatchConnection> MakeDispatchConnection(DispatchConnectionOptions options) {
  // gRPC's client now and then misses that an answer has come when calls run in
  // several threads, and finds it only with its backup poll, every 5 s unless told
  // (github.com/grpc/grpc/issues/28866, 29005). An ack may not wait for that.
  setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "50", /*overwrite=*/0);
  grpc::ChannelArguments arguments;
  // A server that was away must be found again soon: a page may hang on it.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // A server that vanishes without a word must be noticed too.
  // An error that names many bad fields travels in a header; the default is 8 KiB.
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 256 << 10);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // The client retries by itself, and knows what is idempotent.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  auto channel = grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(), arguments);
  return std::make_unique<GrpcDispatchConnection>(std::move(options), v1::DispatchService::NewStub(channel));
}

}  // namespace afterhours
