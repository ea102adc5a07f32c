#pragma once

#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours::twilio {

// What the status of a message says of its page; UNSPECIFIED when it says
// nothing. Source: MessageStatus of Twilio's API, "Message resource".
v1::PageState MessageStateOf(absl::string_view status);

// The same for the status of a call. An answered call is delivered, and so is
// one that a machine answered: neither is an ack. Source: "Call resource".
v1::PageState CallStateOf(absl::string_view status);

// Whether nothing more comes of a call with this status.
bool IsCallOver(absl::string_view status);

// Why a call with this status did not come about: the status itself, for Twilio
// has no code for it; empty when it did, or still may.
absl::string_view CallErrorOf(absl::string_view status);

}  // namespace afterhours::twilio
