#pragma once

#include <gmock/gmock.h>

#include "client/dispatch_connection.h"

namespace afterhours {

// For tests of code that uses DispatchClient.
class MockDispatchConnection : public DispatchConnection {
 public:
  MOCK_METHOD(absl::StatusOr<v1::DispatchResponse>, Dispatch, (const v1::DispatchRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::AckResponse>, Ack, (const v1::AckRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::StatusResponse>, Status, (const v1::StatusRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListDispatchesResponse>, ListDispatches, (const v1::ListDispatchesRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::CancelDispatchResponse>, CancelDispatch, (const v1::CancelDispatchRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::ReportDeliveryResponse>, ReportDelivery, (const v1::ReportDeliveryRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::RecoverResponse>, Recover, (const v1::RecoverRequest&), (override));
  MOCK_METHOD(absl::Status, WatchDispatch,
              (const v1::WatchDispatchRequest&, const std::function<bool(const v1::WatchDispatchResponse&)>&),
              (override));
};

}  // namespace afterhours
