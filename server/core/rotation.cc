#include "server/core/rotation.h"

#include <algorithm>

#include "server/core/local_time.h"

namespace afterhours::core {
namespace {

constexpr std::int64_t kDaysOfWeek = 7;
constexpr std::int64_t kMinutesOfDay = std::int64_t{24} * 60;

int LastDayOf(absl::CivilMonth month) { return (absl::CivilDay(month + 1) - 1).day(); }

}  // namespace

std::optional<HandOffs> HandOffs::Of(const v1::Rotation& rotation, absl::TimeZone zone) {
  const std::optional<absl::CivilMinute> start = ParseLocalTime(rotation.start());
  const bool unit_known = v1::RotationUnit_IsValid(rotation.unit()) && rotation.unit() != v1::ROTATION_UNIT_UNSPECIFIED;
  const bool length_known = rotation.shift_length() >= 0 && rotation.shift_length() <= kShiftLengthMax;
  if (!start.has_value() || !unit_known || !length_known) return std::nullopt;
  HandOffs hand_offs;
  hand_offs.unit_ = rotation.unit();
  hand_offs.length_ = std::max(rotation.shift_length(), 1);
  hand_offs.start_ = *start;
  hand_offs.zone_ = zone;
  return hand_offs;
}

absl::Time HandOffs::At(std::int64_t number) const {
  if (unit_ == v1::ROTATION_UNIT_HOUR) return FirstTimeAt(start_, zone_) + absl::Hours(number * length_);
  return FirstTimeAt(Local(number), zone_);
}

absl::CivilMinute HandOffs::Local(std::int64_t number) const {
  const std::int64_t count = number * length_;
  const absl::CivilDay first_day(start_);
  const auto time_of_day = start_ - absl::CivilMinute(first_day);
  if (unit_ == v1::ROTATION_UNIT_MONTH) {
    // From the start's own day each time: after a short month comes the 31st again.
    const absl::CivilMonth month = absl::CivilMonth(start_) + count;
    const int day = std::min(start_.day(), LastDayOf(month));
    return absl::CivilMinute(month) + (day - 1) * kMinutesOfDay + time_of_day;
  }
  return absl::CivilMinute(first_day + count * (unit_ == v1::ROTATION_UNIT_WEEK ? kDaysOfWeek : 1)) + time_of_day;
}

std::int64_t HandOffs::LastBy(absl::Time time) const {
  // By the calendar first, which is about right: within a day or a month the
  // hand-off may be still to come, and a clock that is put back over midnight
  // shows the day before once more.
  const absl::CivilMinute local = absl::ToCivilMinute(time, zone_);
  std::int64_t number = 0;
  switch (unit_) {
    case v1::ROTATION_UNIT_HOUR:
      number = absl::ToInt64Hours(time - At(0)) / length_;
      break;
    case v1::ROTATION_UNIT_DAY:
      number = (absl::CivilDay(local) - absl::CivilDay(start_)) / length_;
      break;
    case v1::ROTATION_UNIT_WEEK:
      number = (absl::CivilDay(local) - absl::CivilDay(start_)) / (kDaysOfWeek * length_);
      break;
    default:
      number = (absl::CivilMonth(local) - absl::CivilMonth(start_)) / length_;
  }
  number = std::max<std::int64_t>(number, 0);
  while (number > 0 && At(number) > time) --number;
  while (At(number + 1) <= time) ++number;
  return number;
}

std::vector<Turn> Turns(const v1::Rotation& rotation, absl::Time begin, absl::Time end, absl::TimeZone zone) {
  const std::optional<HandOffs> hand_offs = HandOffs::Of(rotation, zone);
  std::vector<Turn> turns;
  if (!hand_offs.has_value() || rotation.technicians().empty()) return turns;
  std::int64_t number = hand_offs->LastBy(begin);
  for (absl::Time at = hand_offs->At(number); at <= end; ++number) {
    const absl::Time next = hand_offs->At(number + 1);
    const auto place = static_cast<int>(number % rotation.technicians_size());
    turns.push_back({at, next, place});
    at = next;
  }
  return turns;
}

}  // namespace afterhours::core
