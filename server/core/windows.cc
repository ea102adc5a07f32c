#include "server/core/windows.h"

#include <algorithm>
#include <optional>

#include "absl/time/civil_time.h"
#include "server/core/local_time.h"

namespace afterhours::core {
namespace {

constexpr int kMinutesOfDay = 24 * 60;

// No clock is put back by more. Only what is put back can bring a time of day
// before one that already was.
constexpr int kPutBackMinutesMax = kMinutesOfDay;

// The windows of the days before may reach into a time: until the next day, and
// once more for a clock that was put back.
constexpr int kDaysBefore = 2;
constexpr int kDaysAfter = 1;

struct TimesOfDay {
  int from = 0;   // minutes after midnight
  int until = 0;  // minutes after that midnight: more than a day's on the next
};

std::optional<TimesOfDay> Read(const v1::Window& window) {
  const std::optional<int> from = ParseTimeOfDay(window.from());
  const std::optional<int> until = ParseTimeOfDay(window.until());
  if (!from.has_value() || !until.has_value() || *from >= kMinutesOfDay) return std::nullopt;
  return TimesOfDay{*from, *until > *from ? *until : *until + kMinutesOfDay};
}

bool BeginsOn(const v1::Window& window, absl::CivilDay day) {
  if (window.days().empty()) return true;
  // absl counts from 0, the API from 1; both begin with Monday.
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  return std::any_of(window.days().begin(), window.days().end(), [weekday](int given) { return given == weekday; });
}

}  // namespace

std::vector<Stretch> WindowStretches(const Windows& windows, absl::Time begin, absl::Time end, absl::TimeZone zone) {
  const absl::CivilMinute local_begin = absl::ToCivilMinute(begin, zone);
  const absl::CivilMinute local_end = absl::ToCivilMinute(end, zone);
  const absl::CivilDay last_day = absl::CivilDay(local_end) + kDaysAfter;
  std::vector<Stretch> stretches;
  for (const v1::Window& window : windows) {
    const std::optional<TimesOfDay> times = Read(window);
    if (!times.has_value()) continue;
    for (absl::CivilDay day = absl::CivilDay(local_begin) - kDaysBefore; day <= last_day; ++day) {
      if (!BeginsOn(window, day)) continue;
      const absl::CivilMinute from = absl::CivilMinute(day) + times->from;
      const absl::CivilMinute until = absl::CivilMinute(day) + times->until;
      if (until + kPutBackMinutesMax < local_begin || from - kPutBackMinutesMax > local_end) continue;
      const Stretch stretch{FirstTimeAt(from, zone), LastTimeAt(until, zone)};
      if (stretch.begin < stretch.end && stretch.begin <= end && stretch.end > begin) stretches.push_back(stretch);
    }
  }
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  return stretches;
}

std::vector<Stretch> Joined(const std::vector<Stretch>& stretches) {
  std::vector<Stretch> joined;
  for (const Stretch& stretch : stretches) {
    if (!joined.empty() && stretch.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, stretch.end);
    } else {
      joined.push_back(stretch);
    }
  }
  return joined;
}

}  // namespace afterhours::core
