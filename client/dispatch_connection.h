#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "afterhours/v1/dispatch_service.pb.h"

namespace afterhours {

// What a DispatchClient talks through. Tests of code that uses the client put
// mocks/mock_dispatch_connection.h here. Thread safe.
//
// Errors are the server's, with google.rpc.ErrorInfo as a payload (see
// base/status.h, ErrorReason), or the connection's own: UNAVAILABLE when the
// server cannot be reached, DEADLINE_EXCEEDED.
class DispatchConnection {
 public:
  virtual ~DispatchConnection() = default;

  virtual absl::StatusOr<v1::DispatchResponse> Dispatch(const v1::DispatchRequest& request) = 0;
  virtual absl::StatusOr<v1::AckResponse> Ack(const v1::AckRequest& request) = 0;
  virtual absl::StatusOr<v1::StatusResponse> Status(const v1::StatusRequest& request) = 0;
  virtual absl::StatusOr<v1::ListDispatchesResponse> ListDispatches(const v1::ListDispatchesRequest& request) = 0;
  virtual absl::StatusOr<v1::CancelDispatchResponse> CancelDispatch(const v1::CancelDispatchRequest& request) = 0;
  virtual absl::StatusOr<v1::ReportDeliveryResponse> ReportDelivery(const v1::ReportDeliveryRequest& request) = 0;
  virtual absl::StatusOr<v1::RecoverResponse> Recover(const v1::RecoverRequest& request) = 0;

  // Calls `on_event` with each event until the stream ends or it returns false.
  virtual absl::Status WatchDispatch(const v1::WatchDispatchRequest& request,
                                     const std::function<bool(const v1::WatchDispatchResponse&)>& on_event) = 0;
};

struct DispatchConnectionOptions {
  std::string address = "127.0.0.1:7443";
  // For a call with all its tries. Watching has no deadline.
  absl::Duration timeout = absl::Seconds(10);
  // A try that failed with UNAVAILABLE, ABORTED, or RESOURCE_EXHAUSTED with a
  // retry delay is made again while the timeout lasts, if the call is
  // idempotent; the pauses grow from the first to the last of these, with jitter.
  absl::Duration retry_pause_first = absl::Milliseconds(50);
  absl::Duration retry_pause_max = absl::Seconds(2);
};

// A connection to dispatchd over gRPC. Connects on first use, and again by
// itself. Sets an environment variable of gRPC's if it is not set (as any setenv,
// the first call belongs before the threads).
std::unique_ptr<DispatchConnection> MakeDispatchConnection(DispatchConnectionOptions options);

}  // namespace afterhours
