#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace afterhours {

// The id of no row: the business of a dispatch that matched none.
inline constexpr absl::string_view kNilId = "00000000-0000-0000-0000-000000000000";

// A new UUIDv7 (RFC 9562): 48 bits of milliseconds, a count, then 62 random bits.
// Ids that a process makes later sort later; those of several processes do within
// the skew of their clocks. Thread safe.
std::string NewId();

// The first and the last of UUIDs, in small letters; there must be one. A statement that
// has them opens only those partitions of the history that they are in.
std::pair<std::string, std::string> IdBounds(const std::vector<std::string>& ids);

// Whether `text` is a UUID in its usual form: 36 characters, lower or upper case.
bool IsId(absl::string_view text);

}  // namespace afterhours
