// Random rosters against a model that is slow and obvious: it knows a clock only
// by what it shows in each minute, and walks to every hand-off from the start.

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

constexpr std::int64_t kHour = 60;
constexpr std::int64_t kDay = 24 * kHour;

// The minute that a clock shows, counted from 1970: minutes in UTC in, minutes of
// the calendar out. These zones change their clocks at full and half hours only.
class WallClock {
 public:
  explicit WallClock(const std::string& zone) {
    absl::TimeZone loaded;
    EXPECT_TRUE(absl::LoadTimeZone(zone, &loaded)) << zone;
    for (std::int64_t minute = kFirst; minute < kLast; minute += kStep) {
      offsets_.push_back(loaded.At(absl::UnixEpoch() + absl::Minutes(minute)).offset / 60);
    }
  }

  std::int64_t Shows(std::int64_t minute) const {
    return minute + offsets_.at(static_cast<std::size_t>((minute - kFirst) / kStep));
  }

  // The first minute in which it shows `local`, or else something later.
  std::int64_t First(std::int64_t local) const {
    std::int64_t minute = local - offsets_[0] - kAround;
    while (Shows(minute) < local) ++minute;
    return minute;
  }

  // The last minute in which it shows `local`, or else the first in which it
  // shows something later.
  std::int64_t Last(std::int64_t local) const {
    std::int64_t minute = local - offsets_[0] + kAround;
    while (Shows(minute) > local) --minute;
    return Shows(minute) == local ? minute : minute + 1;
  }

 private:
  static constexpr std::int64_t kFirst = 19358 * kDay;  // 2023-01-01
  static constexpr std::int64_t kLast = 20973 * kDay;   // 2027-06-04
  static constexpr std::int64_t kStep = 30;
  static constexpr std::int64_t kAround = 3 * kHour;  // more than a clock is ever changed by

  std::vector<int> offsets_;
};

int Number(const std::string& text, std::size_t at, std::size_t digits) { return std::stoi(text.substr(at, digits)); }

std::int64_t MinuteOfDay(const std::string& text, std::size_t at) {
  return Number(text, at, 2) * kHour + Number(text, at + 3, 2);
}

std::int64_t DaysFrom1970(int year, int month, int day) {
  return absl::CivilDay(year, month, day) - absl::CivilDay(1970, 1, 1);
}

int DaysOf(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31;
}

// The model's directory: who is on call in a minute.
class Model {
 public:
  Model(const v1::BusinessDirectory& directory, const WallClock& clock) : directory_(directory), clock_(clock) {
    for (const v1::RosterEntry& entry : directory.roster()) {
      if (entry.has_rotation()) hand_offs_[entry.key()] = HandOffs(entry.rotation());
    }
  }

  std::string Who(absl::Time time) const {
    const std::int64_t minute = absl::ToInt64Minutes(time - absl::UnixEpoch());
    struct Line {
      std::string order, technician;
    };
    std::vector<Line> lines;
    for (const v1::RosterEntry& entry : directory_.roster()) {
      std::string technician = OfEntry(entry, minute);
      for (const v1::Override& change : directory_.overrides()) {
        if (!Holds(change, time) || change.technician() != OfEntry(entry, minute)) continue;
        if (change.kind() == v1::OVERRIDE_KIND_REMOVE) technician.clear();
        if (change.kind() == v1::OVERRIDE_KIND_REPLACE) technician = change.replacement();
      }
      lines.push_back({absl::StrCat(absl::Dec(entry.priority(), absl::kZeroPad4), " entry ", entry.key()), technician});
    }
    for (const v1::Override& change : directory_.overrides()) {
      if (change.kind() != v1::OVERRIDE_KIND_ADD || !Holds(change, time)) continue;
      const int priority = change.priority() == 0 ? 1 : change.priority();
      lines.push_back(
          {absl::StrCat(absl::Dec(priority, absl::kZeroPad4), " override ", change.key()), change.technician()});
    }
    std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.order < b.order; });
    std::vector<std::string> who;
    for (const Line& line : lines) {
      if (CanBePaged(line.technician) && std::count(who.begin(), who.end(), line.technician) == 0) {
        who.push_back(line.technician);
      }
    }
    return absl::StrJoin(who, " ");
  }

 private:
  static bool Holds(const v1::Override& change, absl::Time time) {
    const std::int64_t second = absl::ToUnixSeconds(time);
    return change.start_time().seconds() <= second && second < change.end_time().seconds();
  }

  bool CanBePaged(const std::string& key) const {
    for (const v1::Technician& technician : directory_.technicians()) {
      if (technician.key() != key) continue;
      return !(technician.has_active() && !technician.active()) &&
             !(technician.has_available() && !technician.available());
    }
    return false;
  }

  std::string OfEntry(const v1::RosterEntry& entry, std::int64_t minute) const {
    bool open = entry.windows().empty();
    for (const v1::Window& window : entry.windows()) open = open || IsOpen(window, minute);
    if (!open) return "";
    return entry.has_technician() ? entry.technician() : OfRotation(entry, minute);
  }

  bool IsOpen(const v1::Window& window, std::int64_t minute) const {
    const std::int64_t from = MinuteOfDay(window.from(), 0), until = MinuteOfDay(window.until(), 0);
    const std::int64_t today = clock_.Shows(minute) / kDay;
    for (std::int64_t day = today - 3; day <= today + 3; ++day) {
      const int weekday = static_cast<int>((day + 3) % 7) + 1;  // 1970 began on a Thursday
      if (!window.days().empty() && std::count(window.days().begin(), window.days().end(), weekday) == 0) continue;
      const std::int64_t end = until > from ? day * kDay + until : (day + 1) * kDay + until;
      if (clock_.First(day * kDay + from) <= minute && minute < clock_.Last(end)) return true;
    }
    return false;
  }

  std::string OfRotation(const v1::RosterEntry& entry, std::int64_t minute) const {
    std::string technician;
    int turn = 0;
    for (const std::int64_t hand_off : hand_offs_.at(entry.key())) {
      if (hand_off > minute) break;
      technician = entry.rotation().technicians(turn);
      turn = (turn + 1) % entry.rotation().technicians_size();
    }
    return technician;
  }

  std::vector<std::int64_t> HandOffs(const v1::Rotation& rotation) const {
    const int year = Number(rotation.start(), 0, 4), month = Number(rotation.start(), 5, 2);
    const int day = Number(rotation.start(), 8, 2);
    const std::int64_t time = MinuteOfDay(rotation.start(), 11);
    const int length = rotation.shift_length() == 0 ? 1 : rotation.shift_length();
    std::vector<std::int64_t> hand_offs;
    if (rotation.unit() == v1::ROTATION_UNIT_HOUR) {
      for (std::int64_t at = clock_.First(DaysFrom1970(year, month, day) * kDay + time); at < kEnd;
           at += length * kHour) {
        hand_offs.push_back(at);
      }
    } else if (rotation.unit() == v1::ROTATION_UNIT_MONTH) {
      for (int y = year, m = month; DaysFrom1970(y, m, 1) * kDay < kEnd;) {
        hand_offs.push_back(clock_.First(DaysFrom1970(y, m, std::min(day, DaysOf(y, m))) * kDay + time));
        for (int i = 0; i < length; ++i) {
          y += m == 12 ? 1 : 0;
          m = m == 12 ? 1 : m + 1;
        }
      }
    } else {
      const int days = rotation.unit() == v1::ROTATION_UNIT_WEEK ? 7 * length : length;
      for (std::int64_t d = DaysFrom1970(year, month, day); d * kDay < kEnd; d += days) {
        hand_offs.push_back(clock_.First(d * kDay + time));
      }
    }
    return hand_offs;
  }

  static constexpr std::int64_t kEnd = 20909 * kDay;  // 2027-04-01

  const v1::BusinessDirectory& directory_;
  const WallClock& clock_;
  std::map<std::string, std::vector<std::int64_t>> hand_offs_;
};

// A zone and what is looked at closely in it: the changes of its clock in 2026, or
// those of others where it has none.
struct Zone {
  std::string name;
  std::vector<std::string> changes;
  WallClock clock;
};

const std::vector<Zone>& Zones() {
  static const auto& zones = *new std::vector<Zone>{
      {kNewYork, {"2026-03-08 07:00", "2026-11-01 06:00"}, WallClock(kNewYork)},
      {kLosAngeles, {"2026-03-08 10:00", "2026-11-01 09:00"}, WallClock(kLosAngeles)},
      {kPhoenix, {"2026-03-08 09:00", "2026-11-01 09:00"}, WallClock(kPhoenix)},
      {kLondon, {"2026-03-29 01:00", "2026-10-25 01:00"}, WallClock(kLondon)},
      {kKolkata, {"2026-03-28 20:30", "2026-10-24 20:30"}, WallClock(kKolkata)},
      {kLordHowe, {"2026-04-04 15:00", "2026-10-03 15:30"}, WallClock(kLordHowe)},
  };
  return zones;
}

// Makes a roster from a seed, and times that are worth a look.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed), zone_(Zones()[Below(Zones().size())]) {
    around_ = Chance(85) ? Utc(zone_.changes[Below(zone_.changes.size())])
                         : Utc("2026-01-01 00:00") + absl::Minutes(Below(365 * kDay));
    directory_ = Directory(zone_.name, "");
    const int entries = 1 + static_cast<int>(Below(5));
    for (int i = 0; i < entries; ++i) AddEntry(i);
    const int overrides = static_cast<int>(Below(5));
    for (int i = 0; i < overrides; ++i) AddOverride(i);
  }

  const v1::BusinessDirectory& directory() const { return directory_; }
  const WallClock& clock() const { return zone_.clock; }

  // Mostly within hours of the change, else within days.
  absl::Time Time() {
    const std::int64_t span = Chance(60) ? 5 * kHour : Chance(70) ? 2 * kDay : 40 * kDay;
    const absl::Time time = around_ - absl::Minutes(span) + absl::Minutes(Below(2 * span));
    return Chance(30) ? time + absl::Seconds(Below(60)) : time;
  }

 private:
  std::int64_t Below(std::int64_t bound) { return std::uniform_int_distribution<std::int64_t>(0, bound - 1)(random_); }
  bool Chance(int percent) { return Below(100) < percent; }

  std::string Who() {
    const char* const keys[] = {"ana", "ana", "bo", "bo", "cy", "dee", "joe", "kim"};
    return keys[Below(8)];
  }

  // Often within the small hours, in which clocks are changed, and often at a
  // full or a half hour.
  std::string TimeOfDay() {
    std::int64_t minute = Chance(60) ? Below(4 * kHour) : Below(kDay);
    if (Chance(60)) minute -= minute % 15;
    return absl::StrCat(absl::Dec(minute / kHour, absl::kZeroPad2), ":", absl::Dec(minute % kHour, absl::kZeroPad2));
  }

  void AddEntry(int number) {
    v1::RosterEntry& entry = *directory_.add_roster();
    entry.set_key(absl::StrCat("entry-", 9 - number));
    entry.set_priority(1 + static_cast<int>(Below(3)));
    const std::int64_t windows = Below(4);
    for (std::int64_t i = 0; i < windows; ++i) AddWindow(entry);
    if (Chance(50)) {
      entry.set_technician(Who());
    } else {
      FillRotation(*entry.mutable_rotation());
    }
  }

  void AddWindow(v1::RosterEntry& entry) {
    const std::string from = TimeOfDay(), until = Chance(10) ? "24:00" : TimeOfDay();
    if (from == until) return;
    v1::Window& window = *entry.add_windows();
    window.set_from(from);
    window.set_until(until);
    for (int day = 1; day <= 7 && Chance(60); ++day) {
      if (Chance(60)) window.add_days(static_cast<v1::DayOfWeek>(day));
    }
  }

  void FillRotation(v1::Rotation& rotation) {
    rotation.set_unit(static_cast<v1::RotationUnit>(1 + Below(4)));
    rotation.set_shift_length(static_cast<int>(Chance(50) ? Below(2) : 1 + Below(30)));
    const std::int64_t days_back = Chance(70) ? Below(60) - 5 : Below(1000);
    const absl::CivilDay day = absl::ToCivilDay(around_, absl::UTCTimeZone()) - days_back;
    rotation.set_start(absl::FormatCivilTime(day) + "T" + TimeOfDay());
    const std::int64_t turns = 1 + Below(5);
    for (std::int64_t i = 0; i < turns; ++i) rotation.add_technicians(Who());
  }

  // The overrides of one technician follow each other.
  void AddOverride(int number) {
    v1::Override& change = *directory_.add_overrides();
    change.set_key(absl::StrCat("override-", 9 - number));
    change.set_technician(Who());
    change.set_kind(static_cast<v1::OverrideKind>(1 + Below(3)));
    if (change.kind() == v1::OVERRIDE_KIND_REPLACE) {
      do change.set_replacement(Who());
      while (change.replacement() == change.technician());
    }
    if (change.kind() == v1::OVERRIDE_KIND_ADD) change.set_priority(static_cast<int>(Below(4)));
    std::int64_t begin = absl::ToUnixSeconds(Time());
    for (const v1::Override& other : directory_.overrides()) {
      if (other.technician() == change.technician()) begin = std::max(begin, other.end_time().seconds());
    }
    change.mutable_start_time()->set_seconds(begin);
    change.mutable_end_time()->set_seconds(begin + 1 + Below(Chance(50) ? 4 * 3600 : 5 * 86400));
  }

  std::mt19937 random_;
  const Zone& zone_;
  absl::Time around_;
  v1::BusinessDirectory directory_;
};

constexpr std::uint32_t kWorlds = 2000;
constexpr int kTimes = 12;

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) { return absl::FromUnixSeconds(timestamp.seconds()); }

TEST(RosterProperty, WhoIsOnCallIsWhatTheModelSays) {
  for (std::uint32_t seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    const Model model(world.directory(), world.clock());
    for (int i = 0; i < kTimes; ++i) {
      const absl::Time time = world.Time();
      ASSERT_EQ(Who(world.directory(), time), model.Who(time)) << "seed " << seed << ", at " << time << "\n"
                                                               << world.directory().DebugString();
    }
  }
}

TEST(RosterProperty, TheRostersAreFaultless) {
  for (std::uint32_t seed = 0; seed < kWorlds; ++seed) {
    const World world(seed);
    const std::vector<FieldViolation> faults = RosterFaults(world.directory());
    ASSERT_TRUE(faults.empty()) << "seed " << seed << ": " << faults[0].field << " " << faults[0].description;
  }
}

// What is said of a stretch holds at its beginning, at its end, and within.
TEST(RosterProperty, PreviewAndNextChangeAgreeWithWhoIsOnCall) {
  for (std::uint32_t seed = 0; seed < kWorlds; ++seed) {
    World world(seed);
    const v1::BusinessDirectory& directory = world.directory();
    const absl::Time begin = std::min(world.Time(), world.Time()), end = begin + absl::Hours(30);
    const std::vector<v1::Shift> shifts = PreviewOnCall(directory, begin, end);
    const std::string what = absl::StrCat("seed ", seed, "\n", directory.DebugString());
    ASSERT_FALSE(shifts.empty()) << what;
    ASSERT_EQ(TimeOf(shifts.front().start_time()), begin) << what;
    ASSERT_EQ(TimeOf(shifts.back().end_time()), end) << what;
    for (std::size_t i = 0; i < shifts.size(); ++i) {
      const absl::Time from = TimeOf(shifts[i].start_time()), until = TimeOf(shifts[i].end_time());
      const std::string who = Keys(shifts[i].on_call());
      ASSERT_LT(from, until) << what;
      const std::vector<v1::OnCall> at_first = WhoIsOnCall(directory, from);
      ASSERT_EQ(Keys(at_first), who) << what;
      for (std::size_t k = 0; k < at_first.size(); ++k) {
        ASSERT_EQ(at_first[k].DebugString(), shifts[i].on_call(static_cast<int>(k)).DebugString()) << what;
      }
      ASSERT_EQ(Who(directory, until - absl::Seconds(1)), who) << what;
      const absl::Time within = from + (until - from) * (static_cast<double>(seed % 97) / 97);
      ASSERT_EQ(Who(directory, within), who) << what << within;
      const std::optional<absl::Time> next = NextOnCallChange(directory, within, end - absl::Nanoseconds(1));
      if (i + 1 == shifts.size()) {
        ASSERT_FALSE(next.has_value()) << what << within;
        continue;
      }
      ASSERT_EQ(next, until) << what << within;
      ASSERT_EQ(TimeOf(shifts[i + 1].start_time()), until) << what;
      ASSERT_NE(Keys(shifts[i + 1].on_call()), who) << what;
    }
  }
}

// A preview against the model, minute by minute over the night of the change.
TEST(RosterProperty, PreviewIsWhatTheModelSaysInEachMinute) {
  for (std::uint32_t seed = 0; seed < kWorlds / 100; ++seed) {
    World world(seed);
    const Model model(world.directory(), world.clock());
    const absl::Time begin = absl::FromUnixSeconds(absl::ToUnixSeconds(world.Time()) / 60 * 60);
    for (const v1::Shift& shift : PreviewOnCall(world.directory(), begin, begin + absl::Hours(12))) {
      for (absl::Time time = TimeOf(shift.start_time()); time < TimeOf(shift.end_time()); time += absl::Minutes(1)) {
        ASSERT_EQ(Keys(shift.on_call()), model.Who(time)) << "seed " << seed << ", at " << time << "\n"
                                                          << world.directory().DebugString();
      }
    }
  }
}

}  // namespace
}  // namespace afterhours::core
