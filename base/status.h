#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace afterhours {

// Errors that travel with their details: each carries google.rpc.ErrorInfo
// {reason, domain "afterhours.v1", metadata} as a payload, which becomes a
// detail of the gRPC status, and a payload again at the client.

inline constexpr absl::string_view kErrorDomain = "afterhours.v1";

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// An error with a reason in UPPER_SNAKE_CASE. Every value of `message` that
// varies should be in `metadata` too.
absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                   const ErrorMetadata& metadata = {});

// A field of a request that breaks a rule: its path ("call.summary") and the
// rule in words.
struct FieldViolation {
  std::string field;
  std::string description;
};

// INVALID_ARGUMENT, reason FIELD_INVALID, with google.rpc.BadRequest that names
// each field. `violations` must not be empty. Over gRPC as many of them travel as
// an error can carry: see grpc_status.h.
absl::Status InvalidFields(const std::vector<FieldViolation>& violations);

// Adds google.rpc.RetryInfo: try again after `delay`.
absl::Status WithRetryDelay(absl::Status status, absl::Duration delay);

// The delay in the error's google.rpc.RetryInfo, if it has one.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

// The reason in the error, or "" when it has none.
std::string ErrorReason(const absl::Status& status);

// The same error, its message preceded by what was being done: "claim due
// pages: ...". OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view doing);

}  // namespace afterhours
