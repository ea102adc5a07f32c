#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::twilio {

// TwiML that answers an inbound message with `text`; with nothing, if it is
// empty. Send as text/xml: Twilio texts a text/plain body to the sender as is.
std::string MessageTwiml(absl::string_view text);

}  // namespace afterhours::twilio
