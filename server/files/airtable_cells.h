#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::files {

// What cells of Airtable say. Words are taken in any case; unset is what is not
// understood.

// "checked"; an empty cell is one that is not.
std::optional<bool> ParseCheckbox(absl::string_view cell);

// "AVAILABLE", "UNAVAILABLE", and the usual words for the two.
std::optional<bool> ParseAvailability(absl::string_view cell);

// A whole number from 1, also as "1.0".
std::optional<int> ParsePriority(absl::string_view cell);

// What a trade is mostly called. Of several trades: unspecified, which is any.
std::optional<v1::Trade> ParseTrade(absl::string_view cell);

// Ways to reach somebody, the best first: "SMS, Voice", "Text", "Call".
std::optional<std::vector<v1::Channel>> ParseChannels(absl::string_view cell);

// The parts of a cell that holds several things: separated by commas,
// semicolons, slashes, bars or line breaks.
std::vector<std::string> SplitCell(absl::string_view cell);

// A name for comparing: lower case, single spaces.
std::string ComparableName(absl::string_view name);

// Whether a business can live by it: an IANA name. The short ones that have no
// summer time ("EST") are not meant by who writes them.
bool IsTimeZone(const std::string& name);

// Whether it looks like an e-mail address.
bool IsEmail(absl::string_view text);

}  // namespace afterhours::files
