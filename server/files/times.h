#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace afterhours::files {

// "90s", "2m", "1h30m"; unset for anything else.
std::optional<google::protobuf::Duration> ParseSpan(absl::string_view text);
std::string FormatSpan(const google::protobuf::Duration& span);

// A moment: RFC 3339 ("2026-12-24T18:00:00Z"), or by the clock of `zone`
// ("2026-12-24T18:00"). Where that clock shows it twice the first is meant, where
// it skips it the moment of the skip. Unset for anything else.
std::optional<google::protobuf::Timestamp> ParseMoment(absl::string_view text, absl::TimeZone zone);
// What ParseMoment reads back to the same; by the clock of `zone` where that can
// say it, and always in RFC 3339 without a zone.
std::string FormatMoment(const google::protobuf::Timestamp& moment, const std::optional<absl::TimeZone>& zone);

// "2026-12-24": the day of the moment, by the clock of `zone`.
std::string DayOf(const google::protobuf::Timestamp& moment, absl::TimeZone zone);

// The zone of that IANA name; UTC where there is none.
absl::TimeZone ZoneNamed(const std::string& name);

}  // namespace afterhours::files
