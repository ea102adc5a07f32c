#include "server/files/airtable_hours.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/files/airtable_cells.h"
#include "server/files/file_fields.h"

namespace afterhours::files {
namespace {

constexpr int kDayMinutes = 24 * 60;
constexpr int kLastMinute = kDayMinutes - 1;
constexpr std::size_t kDays = 7;
constexpr int kStretchDaysMax = 366;  // as an override's
constexpr int kYearMin = 1970, kYearMax = 9998;
constexpr std::size_t kIsoDayBytes = 10;  // "2026-01-15"

// What a cell of time says: a time of day, or a moment.
struct CellTime {
  std::optional<int> minute;  // after midnight, to 24:00
  std::optional<RosterHours::Moment> moment;
};

// "6:00 PM", "6 pm", "18:00", "18:00:00": minutes after midnight.
std::optional<int> ParseMinute(absl::string_view cell) {
  std::string text = absl::StrReplaceAll(absl::AsciiStrToLower(cell), {{".", ""}, {" ", ""}});
  absl::string_view digits = text;
  const bool pm = absl::ConsumeSuffix(&digits, "pm"), am = !pm && absl::ConsumeSuffix(&digits, "am");
  const std::vector<absl::string_view> parts = absl::StrSplit(digits, ':');
  int hour = 0, minute = 0, second = 0;
  if (parts.size() > 3 || (parts.size() == 1 && !am && !pm)) return std::nullopt;
  const auto read = [&](std::size_t i, int* value) {
    return parts.size() <= i || (!parts[i].empty() && parts[i].size() <= 2 && absl::SimpleAtoi(parts[i], value));
  };
  if (!read(0, &hour) || !read(1, &minute) || !read(2, &second)) return std::nullopt;
  if (am || pm) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (pm ? 12 : 0);
  }
  const int all = hour * 60 + minute;
  return hour < 0 || minute < 0 || minute > 59 || second != 0 || all > kDayMinutes ? std::nullopt
                                                                                   : std::optional<int>(all);
}

// "1/15/2026", "15/1/2026". Unset where nobody can tell which is the month.
std::optional<absl::CivilDay> ParseSlashedDay(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  int first = 0, second = 0, year = 0;
  if (parts.size() != 3 || parts[2].size() != 4 || !absl::SimpleAtoi(parts[0], &first) ||
      !absl::SimpleAtoi(parts[1], &second) || !absl::SimpleAtoi(parts[2], &year)) {
    return std::nullopt;
  }
  if (first <= 12 && second <= 12 && first != second) return std::nullopt;
  const absl::CivilDay day = first > 12 ? absl::CivilDay(year, second, first) : absl::CivilDay(year, first, second);
  const bool in_calendar = day.day() == std::max(first, second) && day.month() == std::min(first, second);
  return in_calendar ? std::optional<absl::CivilDay>(day) : std::nullopt;
}

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  if (absl::StrContains(text, "/")) return ParseSlashedDay(text);
  absl::Time time;
  for (const char* format : {"%Y-%m-%d", "%B %d, %Y", "%B %d %Y"}) {
    if (absl::ParseTime(format, text, &time, nullptr)) return absl::ToCivilDay(time, absl::UTCTimeZone());
  }
  return std::nullopt;
}

std::optional<CellTime> ParseCellTime(absl::string_view cell) {
  absl::Time time;
  const bool is_iso = cell.size() > kIsoDayBytes && cell[kIsoDayBytes] == 'T';
  if (is_iso && absl::ParseTime(absl::RFC3339_full, cell, &time, nullptr)) {
    return CellTime{std::nullopt, RosterHours::Moment{absl::ToCivilSecond(time, absl::UTCTimeZone()), true}};
  }
  if (const auto minute = ParseMinute(cell)) return CellTime{minute, std::nullopt};
  // A day, and behind it a time, which begins with the word that has the first colon.
  std::string text(cell);
  if (is_iso) text[kIsoDayBytes] = ' ';
  const std::size_t colon = text.find(':');
  const std::size_t space = colon == std::string::npos ? std::string::npos : text.rfind(' ', colon);
  if (space == std::string::npos) return std::nullopt;
  const auto day = ParseDay(absl::StripAsciiWhitespace(absl::string_view(text).substr(0, space)));
  const auto minute = ParseMinute(absl::string_view(text).substr(space + 1));
  if (!day.has_value() || !minute.has_value()) return std::nullopt;
  return CellTime{std::nullopt, RosterHours::Moment{absl::CivilSecond(absl::CivilMinute(*day) + *minute), false}};
}

std::string TimeOfDay(int minute) { return absl::StrFormat("%02d:%02d", minute / 60, minute % 60); }

// "Thurs" is THU: a day by the beginning of its name.
std::string ShortDayName(absl::string_view name) {
  constexpr const char* kNames[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
  for (const absl::string_view day : kNames) {
    if (lower.size() >= 3 && absl::StartsWith(day, lower)) return lower.substr(0, 3);
  }
  return lower;
}

// Unset: not understood.
std::optional<std::set<v1::DayOfWeek>> ParseDayCell(absl::string_view cell) {
  std::set<v1::DayOfWeek> days;
  const std::string plain = absl::StrReplaceAll(cell, {{"\xe2\x80\x93", "-"}, {"\xe2\x80\x94", "-"}});
  for (const std::string& part : SplitCell(plain)) {
    const std::string word = ComparableName(part);
    std::vector<std::string> ends = absl::StrSplit(part, '-');
    for (std::string& end : ends) end = ShortDayName(end);
    std::string range = absl::StrJoin(ends, "-");
    if (word == "weekdays" || word == "weekday") range = "mon-fri";
    if (word == "weekends" || word == "weekend") range = "sat-sun";
    if (word == "daily" || word == "every day" || word == "all days") range = "mon-sun";
    const auto some = ParseDays(range);
    if (!some.has_value()) return std::nullopt;
    days.insert(some->begin(), some->end());
  }
  return days;
}

void ReadWindow(AirtableRow& row, int from, int until, const std::set<v1::DayOfWeek>& days, RosterHours& hours) {
  if (from == until) return row.Refuse(kEndColumn, "is the same as Start Time; for always, leave both empty");
  from %= kDayMinutes;
  // One minute before midnight is how forms without 24:00 say midnight.
  if (until == 0 || until == kLastMinute) until = kDayMinutes;
  const bool all_day = from == 0 && until == kDayMinutes;
  if (all_day && (days.empty() || days.size() == kDays)) return;  // always
  v1::Window& window = hours.window.emplace();
  if (days.size() < kDays) window.mutable_days()->Assign(days.begin(), days.end());
  window.set_from(TimeOfDay(from));
  window.set_until(TimeOfDay(until));
}

void ReadStretch(AirtableRow& row, const RosterHours::Moment& begin, const RosterHours::Moment& end,
                 RosterHours& hours) {
  if (begin.is_utc != end.is_utc) {
    return row.Refuse(kEndColumn, "is in another time zone than Start Time; write both in the same way");
  }
  if (end.shown <= begin.shown) return row.Refuse(kEndColumn, "is not after Start Time; correct one of them");
  if (absl::CivilDay(end.shown) - absl::CivilDay(begin.shown) >= kStretchDaysMax) {
    return row.Refuse(kEndColumn, absl::StrCat("is ", kStretchDaysMax,
                                               " days or more after Start Time; write times of day, for a line that "
                                               "holds every week"));
  }
  hours.begin = begin;
  hours.end = end;
}

std::optional<CellTime> ReadTime(AirtableRow& row, const char* column) {
  auto time = ParseCellTime(row.Cell(column));
  if (time.has_value() && time->moment.has_value()) {
    const auto year = time->moment->shown.year();
    if (year < kYearMin || year > kYearMax) time.reset();
  }
  if (!time.has_value()) {
    row.Refuse(column, absl::StrCat("\"", row.Cell(column),
                                    "\" is not understood, or can be read in two ways; write a time like 18:00 or "
                                    "6:00 PM, or a day and a time like 2026-01-15 18:00"));
  }
  return time;
}

}  // namespace

absl::Time RosterHours::Moment::In(absl::TimeZone zone) const {
  return absl::FromCivil(shown, is_utc ? absl::UTCTimeZone() : zone);
}

RosterHours ReadHours(AirtableRow& row) {
  RosterHours hours;
  const auto days = ParseDayCell(row.Cell(kDaysColumn));
  if (!days.has_value()) {
    row.Refuse(kDaysColumn,
               absl::StrCat("\"", row.Cell(kDaysColumn), "\" is not understood; write days like Mon, Tue"));
    return hours;
  }
  const bool begins = !row.Cell(kStartColumn).empty(), ends = !row.Cell(kEndColumn).empty();
  if (begins != ends) {
    row.Refuse(begins ? kEndColumn : kStartColumn, absl::StrCat("is empty, and ", begins ? kStartColumn : kEndColumn,
                                                                " is not; fill in both, or neither for always"));
    return hours;
  }
  if (!begins) {
    if (!days->empty()) ReadWindow(row, 0, kDayMinutes, *days, hours);
    return hours;
  }
  const auto begin = ReadTime(row, kStartColumn), end = ReadTime(row, kEndColumn);
  if (!begin.has_value() || !end.has_value()) return hours;
  if (begin->minute.has_value() != end->minute.has_value()) {
    row.Refuse(kEndColumn,
               "is a time of day and Start Time a day and a time, or the other way round; write both alike");
  } else if (begin->minute.has_value()) {
    ReadWindow(row, *begin->minute, *end->minute, *days, hours);
  } else if (!days->empty()) {
    row.Refuse(kDaysColumn, "cannot be together with times that name a day; leave the days out, or write times of day");
  } else {
    ReadStretch(row, *begin->moment, *end->moment, hours);
  }
  return hours;
}

}  // namespace afterhours::files
