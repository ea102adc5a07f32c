#include "server/core/local_time.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

constexpr int kMinutesOfHour = 60;
constexpr int kMinutesOfDay = 24 * kMinutesOfHour;

constexpr const char* kWeekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};  // as absl::Weekday counts

// A number of exactly these digits; -1 for anything else.
int Digits(absl::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::string TwoDigits(int number) { return absl::StrCat(absl::Dec(number, absl::kZeroPad2)); }

std::string TimeOfDay(const absl::CivilSecond& local) {
  return absl::StrCat(TwoDigits(local.hour()), ":", TwoDigits(local.minute()));
}

std::string DayAndTime(const absl::CivilSecond& local) {
  const auto weekday = static_cast<std::size_t>(absl::GetWeekday(local));
  return absl::StrCat(kWeekdays[weekday], " ", TimeOfDay(local));
}

}  // namespace

absl::TimeZone ZoneOf(const v1::Business& business) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(business.time_zone(), &zone)) return absl::UTCTimeZone();
  return zone;
}

absl::Time FirstTimeAt(absl::CivilMinute local, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(local));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

absl::Time LastTimeAt(absl::CivilMinute local, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(local));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.post;
}

std::optional<int> ParseTimeOfDay(absl::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = Digits(text.substr(0, 2)), minute = Digits(text.substr(3));
  if (hour < 0 || minute < 0 || minute >= kMinutesOfHour) return std::nullopt;
  const int minutes = hour * kMinutesOfHour + minute;
  if (minutes > kMinutesOfDay) return std::nullopt;
  return minutes;
}

std::optional<absl::CivilMinute> ParseLocalTime(absl::string_view text) {
  if (text.size() != 16 || text[4] != '-' || text[7] != '-' || text[10] != 'T') return std::nullopt;
  const int year = Digits(text.substr(0, 4)), month = Digits(text.substr(5, 2)), day = Digits(text.substr(8, 2));
  const std::optional<int> minutes = ParseTimeOfDay(text.substr(11));
  if (year < 0 || month < 0 || day < 0 || !minutes.has_value() || *minutes == kMinutesOfDay) return std::nullopt;
  const absl::CivilDay date(year, month, day);  // makes the 1st of March of February's 29th
  if (date.month() != month || date.day() != day) return std::nullopt;
  return absl::CivilMinute(date) + *minutes;
}

std::string LocalDateAndTime(absl::Time time, absl::TimeZone zone) {
  const absl::CivilSecond local = zone.At(time).cs;
  return absl::StrCat(absl::Dec(local.year(), absl::kZeroPad4), "-", TwoDigits(local.month()), "-",
                      TwoDigits(local.day()), " ", TimeOfDay(local));
}

std::string LocalStretch(absl::Time begin, absl::Time end, absl::TimeZone zone) {
  const absl::CivilSecond from = zone.At(begin).cs, until = zone.At(end).cs;
  const bool one_day = absl::CivilDay(from) == absl::CivilDay(until);
  return absl::StrCat(DayAndTime(from), " to ", one_day ? TimeOfDay(until) : DayAndTime(until));
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(
      static_cast<int>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(absl::ToUnixSeconds(time)))));
  return timestamp;
}

}  // namespace afterhours::core
