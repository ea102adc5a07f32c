#include "tests/simulation/setting.h"

#include "absl/strings/str_cat.h"

namespace afterhours::simulation {
namespace {

constexpr v1::Channel kSms = v1::CHANNEL_SMS, kVoice = v1::CHANNEL_VOICE, kEmail = v1::CHANNEL_EMAIL;

v1::Channel DrawChannel(Random& random) {
  return random.Of<v1::Channel>({kSms, kSms, kSms, kVoice, kVoice, kVoice, kEmail});
}

core::PolicyStep DrawStep(Random& random) {
  const absl::Duration second = absl::Seconds(1);
  return {DrawChannel(random), random.Of<absl::Duration>({0 * second, 3 * second, 20 * second, 30 * second, 60 * second,
                                                          60 * second, 120 * second, 600 * second})};
}

core::Policy DrawPolicy(Random& random) {
  core::Policy policy;
  for (int i = 1 + random.Below(3); i > 0; --i) policy.technician_steps.push_back(DrawStep(random));
  for (int i = random.Below(3); i > 0; --i) policy.owner_steps.push_back(DrawStep(random));
  policy.round_count = 1 + random.Below(3);
  policy.cutoff = random.Between(absl::Minutes(1), absl::Minutes(random.OneIn(20) ? 180 : 30));
  if (random.OneIn(6)) {
    const int from = random.Below(24 * 60);
    policy.hold = core::DayWindow{from, (from + 1 + random.Below(24 * 60 - 1)) % (24 * 60)};
  }
  return policy;
}

core::Policies DrawPolicies(Random& random) {
  if (random.OneIn(3)) return core::DefaultPolicies();
  core::Policies policies;
  for (const v1::Urgency urgency : {v1::URGENCY_LOW, v1::URGENCY_MEDIUM, v1::URGENCY_HIGH}) {
    policies[urgency] = DrawPolicy(random);
  }
  return policies;
}

core::OnCallTechnician DrawTechnician(Random& random, int number) {
  const std::string name = absl::StrCat("tech", number);
  core::OnCallTechnician technician{absl::StrCat("id-", name), name, {}};
  const std::string mobile = absl::StrCat(name, "-mobile");
  const std::string landline = random.OneIn(3) ? absl::StrCat(name, "-landline") : mobile;
  if (!random.OneIn(6)) technician.contact_methods.push_back({kSms, mobile});
  if (!random.OneIn(4)) technician.contact_methods.push_back({kVoice, landline});
  if (random.OneIn(5)) technician.contact_methods.push_back({kSms, absl::StrCat(name, "-second")});
  if (random.OneIn(6)) technician.contact_methods.push_back({kVoice, absl::StrCat(name, "-desk")});
  if (random.OneIn(4)) technician.contact_methods.push_back({kEmail, absl::StrCat(name, "@example.com")});
  return technician;
}

core::Call DrawCall(Random& random, int number) {
  core::Call call;
  call.source = random.Of<v1::CallSource>({v1::CALL_SOURCE_RETELL, v1::CALL_SOURCE_RETELL, v1::CALL_SOURCE_TWILIO});
  call.external_call_id = absl::StrCat("call-", number);
  call.caller_number = random.OneIn(5) ? "" : "+19495550123";
  if (call.source != v1::CALL_SOURCE_TWILIO) call.summary = DrawSummary(random);
  return call;
}

// Ordinary days, and the nights when New York's clocks change.
absl::Time DrawBegin(Random& random) {
  const absl::CivilDay day =
      random.Of<absl::CivilDay>({absl::CivilDay(2024, 5, 7), absl::CivilDay(2024, 3, 9), absl::CivilDay(2024, 11, 2)});
  return absl::FromCivil(day, absl::UTCTimeZone()) + random.UpTo(absl::Hours(48));
}

}  // namespace

Setting DrawSetting(Random& random) {
  Setting setting;
  setting.business.id = "business";
  setting.matched = !random.OneIn(15);
  setting.business.name = "Smith Plumbing";
  setting.business.sms_sender = random.OneIn(2) ? "+19495550101" : "";
  setting.business.time_zone = "America/New_York";
  if (!random.OneIn(3)) {
    setting.business.owner_name = random.OneIn(2) ? "olga" : "";
    setting.business.owner_phone = "owner-mobile";
  }
  const int staff_count = 1 + random.Below(4);
  for (int i = 1; i <= staff_count; ++i) setting.staff.push_back(DrawTechnician(random, i));
  setting.policies = DrawPolicies(random);
  setting.asks_model = random.OneIn(2);
  const int call_count = random.OneIn(4) ? 2 : 1;
  for (int i = 1; i <= call_count; ++i) setting.calls.push_back(DrawCall(random, i));
  setting.begin = DrawBegin(random);
  return setting;
}

std::vector<core::OnCallTechnician> DrawRoster(Random& random, const std::vector<core::OnCallTechnician>& staff) {
  std::vector<core::OnCallTechnician> roster;
  for (const core::OnCallTechnician& technician : staff) {
    if (random.OneIn(4)) continue;
    roster.insert(roster.begin() + random.Below(static_cast<int>(roster.size()) + 1), technician);
  }
  return roster;
}

std::string DrawSummary(Random& random) {
  return random.Of<std::string>({"", "Gas leak", "Water leak in the basement", "The basement is flooding",
                                 "No hot water", "Sink is clogged", "Wants a quote", "Wrong number",
                                 "A recording about the car's extended warranty"});
}

}  // namespace afterhours::simulation
