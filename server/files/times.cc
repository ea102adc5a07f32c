#include "server/files/times.h"

namespace afterhours::files {
namespace {

constexpr std::int64_t kSpanSecondsMax = 315'576'000'000;    // as google.protobuf.Duration
constexpr std::int64_t kMomentSecondsMin = -62'135'596'800;  // year 1, as google.protobuf.Timestamp
constexpr std::int64_t kMomentSecondsMax = 253'402'300'799;  // year 9999

std::optional<google::protobuf::Timestamp> MessageOf(absl::Time time) {
  google::protobuf::Timestamp moment;
  moment.set_seconds(absl::ToUnixSeconds(time));
  moment.set_nanos(static_cast<std::int32_t>((time - absl::FromUnixSeconds(moment.seconds())) / absl::Nanoseconds(1)));
  if (moment.seconds() < kMomentSecondsMin || moment.seconds() > kMomentSecondsMax) return std::nullopt;
  return moment;
}

absl::Time TimeOf(const google::protobuf::Timestamp& moment) {
  return absl::FromUnixSeconds(moment.seconds()) + absl::Nanoseconds(moment.nanos());
}

}  // namespace

std::optional<google::protobuf::Duration> ParseSpan(absl::string_view text) {
  absl::Duration span;
  if (!absl::ParseDuration(text, &span)) return std::nullopt;
  google::protobuf::Duration message;
  absl::Duration rest;
  message.set_seconds(absl::IDivDuration(span, absl::Seconds(1), &rest));
  if (message.seconds() > kSpanSecondsMax || message.seconds() < -kSpanSecondsMax) return std::nullopt;
  message.set_nanos(static_cast<std::int32_t>(rest / absl::Nanoseconds(1)));
  return message;
}

std::string FormatSpan(const google::protobuf::Duration& span) {
  const absl::Duration duration = absl::Seconds(span.seconds()) + absl::Nanoseconds(span.nanos());
  return duration == absl::ZeroDuration() ? "0s" : absl::FormatDuration(duration);
}

std::optional<google::protobuf::Timestamp> ParseMoment(absl::string_view text, absl::TimeZone zone) {
  absl::Time time;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez"}) {
    if (absl::ParseTime(format, text, &time, nullptr)) return MessageOf(time);
  }
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%S", "%Y-%m-%d%ET%H:%M", "%Y-%m-%d %H:%M"}) {
    // Parsed as of UTC, so that what the zone's clock skips or repeats is decided here.
    if (!absl::ParseTime(format, text, &time, nullptr)) continue;
    return MessageOf(absl::FromCivil(absl::ToCivilSecond(time, absl::UTCTimeZone()), zone));
  }
  return std::nullopt;
}

std::string FormatMoment(const google::protobuf::Timestamp& moment, const std::optional<absl::TimeZone>& zone) {
  const absl::Time time = TimeOf(moment);
  for (const char* format : {"%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    if (!zone.has_value()) break;
    const std::string local = absl::FormatTime(format, time, *zone);
    const std::optional<google::protobuf::Timestamp> again = ParseMoment(local, *zone);
    if (again.has_value() && TimeOf(*again) == time) return local;
  }
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::string DayOf(const google::protobuf::Timestamp& moment, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d", TimeOf(moment), zone);
}

absl::TimeZone ZoneNamed(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  absl::LoadTimeZone(name, &zone);
  return zone;
}

}  // namespace afterhours::files
