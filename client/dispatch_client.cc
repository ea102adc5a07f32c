#include "client/dispatch_client.h"

#include "base/ids.h"

namespace afterhours {

absl::StatusOr<v1::DispatchResponse> DispatchClient::Dispatch(v1::DispatchRequest request) {
  if (request.request_id().empty() && request.call().external_call_id().empty()) request.set_request_id(NewId());
  return connection_->Dispatch(request);
}

}  // namespace afterhours
