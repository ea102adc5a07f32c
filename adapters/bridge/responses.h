#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/http_message.h"
#include "google/protobuf/message.h"

namespace afterhours::bridge {

// An error as JSON: {"error": {"reason", "message"}}.
HttpResponse ErrorResponse(int http_status, absl::string_view reason, absl::string_view message);

// The answer to a webhook or API call whose RPC failed: 400 for what the caller
// got wrong, 404, 409, and 503 with Retry-After for what may work later.
HttpResponse ErrorResponse(const absl::Status& status);

// A message as JSON, in protobuf's mapping.
HttpResponse JsonResponse(const google::protobuf::Message& message);

}  // namespace afterhours::bridge
