#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "server/core/decision.h"

namespace afterhours::twilio {

// What an error code of Twilio's asks for, by one table. `http_status` decides
// for a code that the table does not have. Source: Twilio's error dictionary and per-code pages.
core::FailureDecision DecisionFor(int code, int http_status);

}  // namespace afterhours::twilio
