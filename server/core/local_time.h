#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace afterhours::core {

// The business's clock; UTC where its time zone is not known.
absl::TimeZone ZoneOf(const v1::Business& business);

// The moment at which the clock shows `local`: the first where it shows it
// twice, the moment of the skip where it never does.
absl::Time FirstTimeAt(absl::CivilMinute local, absl::TimeZone zone);
// The same, but the second where the clock shows `local` twice.
absl::Time LastTimeAt(absl::CivilMinute local, absl::TimeZone zone);

// "HH:MM", from 00:00 to 24:00, in minutes after midnight; unset for anything
// else.
std::optional<int> ParseTimeOfDay(absl::string_view text);
// "YYYY-MM-DDTHH:MM"; unset for anything else, and for a day that is in no
// calendar.
std::optional<absl::CivilMinute> ParseLocalTime(absl::string_view text);

// "2026-03-09 09:00".
std::string LocalDateAndTime(absl::Time time, absl::TimeZone zone);
// "Mon 18:00 to Tue 06:00", or "Mon 08:00 to 17:00" within a day.
std::string LocalStretch(absl::Time begin, absl::Time end, absl::TimeZone zone);

// A timestamp is exact to the nanosecond.
absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp TimestampOf(absl::Time time);

}  // namespace afterhours::core
