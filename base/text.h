#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace afterhours {

// `text` as valid UTF-8 without NUL: what is not becomes "?". Text from outside
// goes through here before it enters a protobuf string or the database, which
// refuse it otherwise; a broken byte in a transcript must not lose a call.
std::string CleanText(absl::string_view text);

// `text` cut to at most `bytes_max` bytes, at a character's boundary.
std::string CutText(absl::string_view text, std::size_t bytes_max);

// Whether `text` is what CleanText leaves as it is.
bool IsCleanText(absl::string_view text);

}  // namespace afterhours
