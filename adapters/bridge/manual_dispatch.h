#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch_service.pb.h"

namespace afterhours::bridge {

// Translates the body of POST /api/dispatch/manual:
//
//   {"callId": "...",
//    "callData": {"callerPhone", "twilioToNumber", "emergencyLevel": "HIGH",
//                 "issueSummary", "transcript"}}
//
// `callId` makes a repeat harmless; without it each request is a dispatch of
// its own. Errors: INVALID_ARGUMENT that names each field at fault.
absl::StatusOr<v1::DispatchRequest> ReadManualDispatch(absl::string_view body);

}  // namespace afterhours::bridge
