#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch_service.pb.h"

namespace afterhours::retell {

// An event that Retell posted.
struct Event {
  std::string kind;  // "call_ended"
  // The dispatch that it asks for: for call_ended and call_analyzed of a call that
  // came in. Either may
  // be the first to arrive, for Retell gives up after three tries.
  std::optional<v1::DispatchRequest> dispatch;
};

// Translates a webhook's JSON body. Texts that are too long for the API are cut
// and broken ones mended: a call must not be lost to its transcript.
// Errors: INVALID_ARGUMENT that says what is wrong with the body.
// Source: Retell, "Webhook overview"; the SDK's call types.
absl::StatusOr<Event> ReadEvent(absl::string_view body);

}  // namespace afterhours::retell
