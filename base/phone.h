#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace afterhours {

// `text` in E.164 ("+19495550100"), or unset when it cannot be a phone number.
// Any usual way of writing one is understood; without a country code it is
// read as a number of `region` (ISO 3166, "US"). Possible numbers are taken,
// not only assigned ones: numbering plans move faster than libraries.
std::optional<std::string> ToE164(absl::string_view text, absl::string_view region = "US");

// Whether `region` is a country in ISO 3166 ("US") whose numbers are known.
bool IsRegion(absl::string_view region);

// Whether some numbering plan has `e164`. A number that none has is possible
// still, but more often its country code is missing.
bool IsPlannedNumber(absl::string_view e164);

}  // namespace afterhours
