#pragma once

#include <string>

#include "server/core/snapshot.h"

namespace afterhours::core {

// The text of a page: urgency, business, what it is about, who called, how to
// answer, and the code that names the page. At most about 400 bytes.
std::string SmsText(const Snapshot& snapshot, absl::string_view reply_code);

// The text that tells somebody who was paged before that the caller called again.
std::string RepeatText(const Snapshot& snapshot, const Call& again, absl::string_view reply_code);

// What a phone call that pages somebody says, and asks. At most about 1000 bytes.
std::string VoiceText(const Snapshot& snapshot);

// A number as it is read out: its digits, one by one.
std::string SpokenNumber(absl::string_view number);

// What a call is about: its summary, or else what the caller said, in quotes.
std::string AboutCall(const Call& call);

// `text` on one line, cut to at most `bytes_max` bytes at a character's
// boundary, with "..." where something was cut off.
std::string Shorten(absl::string_view text, std::size_t bytes_max);

}  // namespace afterhours::core
