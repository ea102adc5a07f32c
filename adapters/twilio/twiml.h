#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::twilio {

// TwiML that answers an inbound message with `text`; with nothing, if it is
// empty. Send as text/xml: Twilio texts a text/plain body to the sender as is.
std::string MessageTwiml(absl::string_view text);

// TwiML that says `text` in a call and waits for one key, during it or within
// 10 s after it, which is posted to `action_url`. Without a key it says goodbye
// and the call ends.
std::string GatherTwiml(absl::string_view text, absl::string_view action_url);

// The same, but says `text` and waits up to `times` times.
std::string GatherTwiml(absl::string_view text, absl::string_view action_url, int times);

// TwiML that says `text` in a call and ends it; that only ends it, if `text` is
// empty.
std::string SayTwiml(absl::string_view text);

}  // namespace afterhours::twilio
