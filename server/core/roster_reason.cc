#include "server/core/roster_reason.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/local_time.h"
#include "server/core/rotation.h"
#include "server/core/windows.h"

namespace afterhours::core {
namespace {

std::string NameOf(const std::string& key, const v1::BusinessDirectory& directory) {
  for (const v1::Technician& technician : directory.technicians()) {
    if (technician.key() == key && !technician.name().empty()) return technician.name();
  }
  return key;
}

// "weekly" or "2-week".
std::string Rhythm(const v1::Rotation& rotation) {
  const bool one = rotation.shift_length() <= 1;
  const auto word = [&](const char* single, const char* unit) {
    return one ? std::string(single) : absl::StrCat(rotation.shift_length(), "-", unit);
  };
  switch (rotation.unit()) {
    case v1::ROTATION_UNIT_HOUR:
      return word("hourly", "hour");
    case v1::ROTATION_UNIT_DAY:
      return word("daily", "day");
    case v1::ROTATION_UNIT_WEEK:
      return word("weekly", "week");
    default:
      return word("monthly", "month");
  }
}

// Of windows that overlap, the one that lasts longest.
std::string WindowReason(const v1::RosterEntry& entry, absl::Time time, absl::TimeZone zone) {
  std::vector<Stretch> open = WindowStretches(entry.windows(), time, time, zone);
  const auto longest =
      std::max_element(open.begin(), open.end(), [](const Stretch& a, const Stretch& b) { return a.end < b.end; });
  return longest == open.end() ? "" : LocalStretch(longest->begin, longest->end, zone);
}

std::string RotationReason(const v1::RosterEntry& entry, absl::Time time, absl::TimeZone zone) {
  const v1::Rotation& rotation = entry.rotation();
  const std::vector<Turn> turns = Turns(rotation, time, time, zone);
  if (turns.empty()) return "";
  return absl::StrCat("turn ", turns.front().place + 1, " of the ", Rhythm(rotation), " rotation \"", entry.key(),
                      "\" until ", LocalDateAndTime(turns.front().end, zone));
}

std::string OverrideReason(const v1::Override& change, const v1::BusinessDirectory& directory, absl::TimeZone zone) {
  const std::string what = change.kind() == v1::OVERRIDE_KIND_ADD
                               ? "added"
                               : absl::StrCat("replaces ", NameOf(change.technician(), directory));
  const std::string why = change.reason().empty() ? "" : absl::StrCat(" (\"", change.reason(), "\")");
  return absl::StrCat(what, " until ", LocalDateAndTime(TimeOf(change.end_time()), zone), why);
}

}  // namespace

std::string SeatReason(const Seat& seat, const v1::BusinessDirectory& directory, absl::Time time, absl::TimeZone zone) {
  if (seat.change != nullptr) return OverrideReason(*seat.change, directory, zone);
  const v1::RosterEntry& entry = *seat.entry;
  const std::string window = entry.windows().empty() ? "" : WindowReason(entry, time, zone);
  if (entry.has_rotation()) {
    const std::string turn = RotationReason(entry, time, zone);
    return window.empty() ? turn : absl::StrCat(turn, ", ", window);
  }
  return absl::StrCat("on the roster as \"", entry.key(), "\", ", window.empty() ? "always" : window);
}

}  // namespace afterhours::core
