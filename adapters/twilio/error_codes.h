#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "server/core/decision.h"

namespace afterhours::twilio {

// What an error code of Twilio's asks for, by one table. `http_status` decides
// for a code that the table does not have. Source: Twilio's error dictionary and
// per-code pages.
core::FailureDecision DecisionFor(int code, int http_status);

// The same for the code of a receipt, as text: a number, or how a call ended
// ("busy"). kOtherChannel for one that is not known.
core::FailureDecision DecisionFor(absl::string_view error_code);

}  // namespace afterhours::twilio
