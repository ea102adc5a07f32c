#include "server/core/policy.h"

#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kStepsMax = 10;
constexpr int kRoundsMax = 10;
constexpr absl::Duration kWaitMax = absl::Hours(24);
constexpr absl::Duration kCutoffMin = absl::Minutes(1);
constexpr absl::Duration kCutoffMax = absl::Hours(24 * 7);
constexpr int kMinutesOfDay = 24 * 60;

void FindStepFaults(const char* name, const std::vector<PolicyStep>& steps, std::vector<std::string>& faults) {
  if (steps.size() > kStepsMax) {
    faults.push_back(absl::StrCat(name, ": has ", steps.size(), " steps; at most ", kStepsMax, " can be taken"));
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string at = absl::StrCat(name, "[", i, "]");
    if (steps[i].channel == v1::CHANNEL_UNSPECIFIED) faults.push_back(at + ".channel: is not known");
    if (steps[i].wait < absl::ZeroDuration()) faults.push_back(at + ".wait: is negative");
    if (steps[i].wait > kWaitMax) faults.push_back(absl::StrCat(at, ".wait: is longer than a day"));
  }
}

bool IsMinuteOfDay(int minute) { return minute >= 0 && minute < kMinutesOfDay; }

}  // namespace

Policies DefaultPolicies() {
  constexpr v1::Channel kSms = v1::CHANNEL_SMS, kVoice = v1::CHANNEL_VOICE;
  const absl::Duration minute = absl::Minutes(1);
  Policies policies;
  policies[v1::URGENCY_HIGH] = {{{kSms, minute}, {kVoice, minute}},
                                {{kSms, minute / 2}, {kVoice, 2 * minute}},
                                /*round_count=*/2,
                                /*cutoff=*/30 * minute,
                                std::nullopt};
  policies[v1::URGENCY_MEDIUM] = {{{kSms, 2 * minute}, {kVoice, 2 * minute}},
                                  {{kSms, minute}, {kVoice, 5 * minute}},
                                  /*round_count=*/1,
                                  /*cutoff=*/60 * minute,
                                  std::nullopt};
  policies[v1::URGENCY_LOW] = {{{kSms, 30 * minute}},
                               {{kSms, 60 * minute}},
                               /*round_count=*/1,
                               /*cutoff=*/8 * 60 * minute,
                               DayWindow{21 * 60, 7 * 60}};
  return policies;
}

std::vector<std::string> PolicyFaults(const Policy& policy) {
  std::vector<std::string> faults;
  if (policy.technician_steps.empty()) faults.emplace_back("steps: there is none, so nobody would ever be paged");
  FindStepFaults("steps", policy.technician_steps, faults);
  FindStepFaults("owner_steps", policy.owner_steps, faults);
  if (policy.round_count < 1 || policy.round_count > kRoundsMax) {
    faults.push_back(absl::StrCat("rounds: must be from 1 to ", kRoundsMax));
  }
  if (policy.cutoff < kCutoffMin || policy.cutoff > kCutoffMax) {
    faults.emplace_back("cutoff: must be from one minute to seven days");
  }
  if (policy.hold.has_value()) {
    const DayWindow& hold = *policy.hold;
    if (!IsMinuteOfDay(hold.from_minute) || !IsMinuteOfDay(hold.until_minute)) {
      faults.emplace_back("hold: must be two times of day");
    } else if (hold.from_minute == hold.until_minute) {
      faults.emplace_back("hold: begins when it ends, so nothing would ever start");
    }
  }
  return faults;
}

std::optional<absl::Time> HoldEnd(const Policy& policy, absl::Time now, const std::string& time_zone) {
  if (!policy.hold.has_value()) return std::nullopt;
  absl::TimeZone zone = absl::UTCTimeZone();
  absl::LoadTimeZone(time_zone, &zone);
  const absl::CivilMinute local = absl::ToCivilMinute(now, zone);
  const absl::CivilDay today(local);
  const int minute = static_cast<int>(local - absl::CivilMinute(today));
  const auto [from, until] = *policy.hold;
  const bool overnight = until < from;
  const bool held = overnight ? minute >= from || minute < until : minute >= from && minute < until;
  if (!held) return std::nullopt;
  const absl::CivilDay last_day = overnight && minute >= from ? today + 1 : today;
  // Where the clock skips that minute, the moment of the skip; where it repeats
  // it, the first that is still to come.
  const absl::TimeZone::TimeInfo end = zone.At(absl::CivilSecond(absl::CivilMinute(last_day) + until));
  if (end.kind == absl::TimeZone::TimeInfo::SKIPPED) return end.trans;
  return end.pre > now ? end.pre : end.post;
}

}  // namespace afterhours::core
