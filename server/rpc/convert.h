#pragma once

#include "absl/status/status.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/core/snapshot.h"
#include "server/core/step.h"
#include "server/store/create.h"
#include "server/store/history.h"

namespace afterhours::rpc {

// From the API to the rules. Each checks the whole request and names every
// field that breaks a rule: INVALID_ARGUMENT (FIELD_INVALID).
absl::Status Read(const v1::DispatchRequest& request, store::NewDispatch* out);
absl::Status Check(const v1::AckRequest& request);
absl::Status Check(const v1::StatusRequest& request);
// `count_max` becomes one more than the page's size, to see if there is a next.
absl::Status Read(const v1::ListDispatchesRequest& request, store::ListFilter* out);
absl::Status Check(const v1::WatchDispatchRequest& request);
absl::Status Check(const v1::CancelDispatchRequest& request);
absl::Status Read(const v1::ReportDeliveryRequest& request, core::Receipt* out);
absl::Status Check(const v1::AssignBusinessRequest& request);
absl::Status Check(const v1::ReopenDispatchRequest& request);
absl::Status Check(const v1::RecoverRequest& request);

// From the rules to the API.
void Write(const core::Snapshot& snapshot, v1::Dispatch* out);
void Write(const core::Call& call, v1::Call* out);
void Write(const core::Page& page, const std::string& dispatch_id, v1::Page* out);
void Write(const core::Event& event, const std::string& dispatch_id, v1::Event* out);

}  // namespace afterhours::rpc
