#include "server/core/policy.h"

#include <gmock/gmock.h>

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kNewYork[] = "America/New_York";
constexpr int kHour = 60;

Policy Held(int from_minute, int until_minute) {
  Policy policy = DefaultPolicies().at(v1::URGENCY_LOW);
  policy.hold = DayWindow{from_minute, until_minute};
  return policy;
}

// When the hold that `now` is in ends, both in UTC; "" for none.
std::string EndOf(const Policy& policy, absl::string_view now, const std::string& zone = kNewYork) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", now, &time, nullptr)) << now;
  const std::optional<absl::Time> end = HoldEnd(policy, time, zone);
  if (!end.has_value()) return "";
  EXPECT_GT(*end, time) << "a hold ends after now";
  return absl::FormatTime("%Y-%m-%d %H:%M", *end, absl::UTCTimeZone());
}

TEST(HoldEnd, IsNextMorningForAnOvernightWindow) {
  const Policy policy = Held(21 * kHour, 7 * kHour);  // New York is UTC-5 in January
  EXPECT_EQ(EndOf(policy, "2024-01-10 01:59"), "") << "20:59";
  EXPECT_EQ(EndOf(policy, "2024-01-10 02:00"), "2024-01-10 12:00") << "21:00";
  EXPECT_EQ(EndOf(policy, "2024-01-10 04:59"), "2024-01-10 12:00") << "23:59";
  EXPECT_EQ(EndOf(policy, "2024-01-10 05:00"), "2024-01-10 12:00") << "midnight";
  EXPECT_EQ(EndOf(policy, "2024-01-10 11:59"), "2024-01-10 12:00") << "06:59";
  EXPECT_EQ(EndOf(policy, "2024-01-10 12:00"), "") << "07:00";
}

TEST(HoldEnd, IsTheSameDayForAWindowWithinOne) {
  const Policy policy = Held(12 * kHour, 13 * kHour + 30);
  EXPECT_EQ(EndOf(policy, "2024-01-10 16:59"), "");
  EXPECT_EQ(EndOf(policy, "2024-01-10 17:00"), "2024-01-10 18:30");
  EXPECT_EQ(EndOf(policy, "2024-01-10 18:29"), "2024-01-10 18:30");
  EXPECT_EQ(EndOf(policy, "2024-01-10 18:30"), "");
}

TEST(HoldEnd, CrossesMonthsAndYears) {
  EXPECT_EQ(EndOf(Held(21 * kHour, 7 * kHour), "2024-01-01 03:00"), "2024-01-01 12:00");
  EXPECT_EQ(EndOf(Held(21 * kHour, 7 * kHour), "2024-03-01 03:00"), "2024-03-01 12:00");
}

TEST(HoldEnd, IsByTheClockOnTheWallWhenTheNightIsShortOrLong) {
  const Policy policy = Held(21 * kHour, 7 * kHour);
  EXPECT_EQ(EndOf(policy, "2024-03-10 03:00"), "2024-03-10 11:00") << "spring: 22:00 EST to 07:00 EDT";
  EXPECT_EQ(EndOf(policy, "2024-11-03 02:00"), "2024-11-03 12:00") << "autumn: 22:00 EDT to 07:00 EST";
}

// On 2024-03-10 02:00 to 03:00 did not exist: 01:59 EST (06:59 UTC), 03:00 EDT.
TEST(HoldEnd, IsTheSkipItselfWhenItsEndIsSkipped) {
  const Policy policy = Held(21 * kHour, 2 * kHour + 30);
  EXPECT_EQ(EndOf(policy, "2024-03-10 04:00"), "2024-03-10 07:00");
  EXPECT_EQ(EndOf(policy, "2024-03-10 06:59"), "2024-03-10 07:00");
  EXPECT_EQ(EndOf(policy, "2024-03-10 07:00"), "") << "03:00";
  EXPECT_EQ(EndOf(Held(2 * kHour + 30, 4 * kHour), "2024-03-10 07:00"), "2024-03-10 08:00") << "begun in the skip";
}

// On 2024-11-03 01:00 to 02:00 came twice: from 05:00 UTC (EDT), from 06:00 UTC (EST).
TEST(HoldEnd, IsTheNextOneWhenItsEndComesTwice) {
  const Policy policy = Held(21 * kHour, 1 * kHour + 30);
  EXPECT_EQ(EndOf(policy, "2024-11-03 03:00"), "2024-11-03 05:30");
  EXPECT_EQ(EndOf(policy, "2024-11-03 05:29"), "2024-11-03 05:30") << "the first 01:29";
  EXPECT_EQ(EndOf(policy, "2024-11-03 05:30"), "") << "the first 01:30";
  EXPECT_EQ(EndOf(policy, "2024-11-03 06:00"), "2024-11-03 06:30") << "the second 01:00";
  EXPECT_EQ(EndOf(policy, "2024-11-03 06:30"), "") << "the second 01:30";
}

TEST(HoldEnd, IsInUtcForAZoneThatIsUnknown) {
  EXPECT_EQ(EndOf(Held(21 * kHour, 7 * kHour), "2024-01-10 22:00", "Mars/Olympus"), "2024-01-11 07:00");
}

TEST(HoldEnd, IsUnsetWithoutAHold) { EXPECT_EQ(EndOf(DefaultPolicies().at(v1::URGENCY_HIGH), "2024-01-10 05:00"), ""); }

TEST(Policies, ByDefaultWork) {
  const Policies policies = DefaultPolicies();
  for (const v1::Urgency urgency : {v1::URGENCY_LOW, v1::URGENCY_MEDIUM, v1::URGENCY_HIGH}) {
    ASSERT_EQ(policies.count(urgency), 1u);
    EXPECT_THAT(PolicyFaults(policies.at(urgency)), IsEmpty());
  }
  EXPECT_FALSE(policies.at(v1::URGENCY_HIGH).hold.has_value()) << "an emergency never waits";
}

// The names of the faults of the HIGH policy, spoilt.
std::vector<std::string> FaultsOf(void (*spoil)(Policy&)) {
  Policy policy = DefaultPolicies().at(v1::URGENCY_HIGH);
  spoil(policy);
  std::vector<std::string> names;
  for (const std::string& fault : PolicyFaults(policy)) names.push_back(fault.substr(0, fault.find(':')));
  return names;
}

TEST(PolicyFaults, NamesEach) {
  EXPECT_THAT(FaultsOf([](Policy& p) { p.technician_steps.clear(); }), ElementsAre("steps"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.technician_steps.resize(11, p.technician_steps[0]); }), ElementsAre("steps"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.owner_steps.resize(11, p.owner_steps[0]); }), ElementsAre("owner_steps"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.technician_steps[1].channel = v1::CHANNEL_UNSPECIFIED; }),
              ElementsAre("steps[1].channel"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.technician_steps[0].wait = absl::Seconds(-1); }),
              ElementsAre("steps[0].wait"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.owner_steps[1].wait = absl::Hours(25); }), ElementsAre("owner_steps[1].wait"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.round_count = 0; }), ElementsAre("rounds"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.round_count = 11; }), ElementsAre("rounds"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.cutoff = absl::Seconds(59); }), ElementsAre("cutoff"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.cutoff = absl::InfiniteDuration(); }), ElementsAre("cutoff"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.hold = DayWindow{0, 1440}; }), ElementsAre("hold"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.hold = DayWindow{-1, 60}; }), ElementsAre("hold"));
  EXPECT_THAT(FaultsOf([](Policy& p) { p.hold = DayWindow{60, 60}; }), ElementsAre("hold"));
}

TEST(PolicyFaults, AllowsTheOddOnesThatWork) {
  EXPECT_THAT(FaultsOf([](Policy& p) { p.owner_steps.clear(); }), IsEmpty());
  EXPECT_THAT(FaultsOf([](Policy& p) { p.technician_steps[0].wait = absl::ZeroDuration(); }), IsEmpty());
}

TEST(PolicyFaults, NamesAllTogether) {
  EXPECT_THAT(PolicyFaults(Policy()), ElementsAre(StartsWith("steps: "), StartsWith("cutoff: ")));
}

}  // namespace
}  // namespace afterhours::core
