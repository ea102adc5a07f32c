#pragma once

#include <memory>
#include <utility>

#include "client/dispatch_connection.h"

namespace afterhours {

// The typed client of DispatchService: what each call does is said in
// proto/afterhours/v1/dispatch_service.proto. A thin value; copies share the
// connection. Thread safe.
//
//   DispatchClient client(MakeDispatchConnection({.address = "127.0.0.1:7443"}));
//   absl::StatusOr<v1::DispatchResponse> response = client.Dispatch(request);
class DispatchClient {
 public:
  explicit DispatchClient(std::shared_ptr<DispatchConnection> connection) : connection_(std::move(connection)) {}

  // Gives the request a `request_id` if nothing else makes it idempotent, so
  // that it is retried safely.
  absl::StatusOr<v1::DispatchResponse> Dispatch(v1::DispatchRequest request);

  absl::StatusOr<v1::AckResponse> Ack(const v1::AckRequest& request) { return connection_->Ack(request); }
  absl::StatusOr<v1::StatusResponse> Status(const v1::StatusRequest& request) { return connection_->Status(request); }
  absl::StatusOr<v1::ListDispatchesResponse> ListDispatches(const v1::ListDispatchesRequest& request) {
    return connection_->ListDispatches(request);
  }
  absl::StatusOr<v1::CancelDispatchResponse> CancelDispatch(const v1::CancelDispatchRequest& request) {
    return connection_->CancelDispatch(request);
  }
  absl::StatusOr<v1::ReportDeliveryResponse> ReportDelivery(const v1::ReportDeliveryRequest& request) {
    return connection_->ReportDelivery(request);
  }
  absl::StatusOr<v1::RecoverResponse> Recover(const v1::RecoverRequest& request) {
    return connection_->Recover(request);
  }
  absl::Status WatchDispatch(const v1::WatchDispatchRequest& request,
                             const std::function<bool(const v1::WatchDispatchResponse&)>& on_event) {
    return connection_->WatchDispatch(request, on_event);
  }

 private:
  std::shared_ptr<DispatchConnection> connection_;
};

}  // namespace afterhours
