#include "server/core/local_time.h"
#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kNights[] = R"(
  roster { key: "nights" priority: 1 technician: "ana" windows { from: "18:00" until: "06:00" } }
)";

// "2026-01-05 23:00 to 2026-01-06 11:00: ana", in UTC.
std::vector<std::string> Lines(const std::vector<v1::Shift>& shifts) {
  std::vector<std::string> lines;
  for (const v1::Shift& shift : shifts) {
    lines.push_back(InUtc(TimeOf(shift.start_time())) + " to " + InUtc(TimeOf(shift.end_time())) + ": " +
                    Keys(shift.on_call()));
  }
  return lines;
}

std::string Next(const v1::BusinessDirectory& directory, absl::Time after, absl::Time horizon) {
  const std::optional<absl::Time> next = NextOnCallChange(directory, after, horizon);
  return next.has_value() ? InUtc(*next) : "none";
}

TEST(PreviewOnCall, CoversTheTimeWithoutHoles) {
  EXPECT_THAT(Lines(PreviewOnCall(Directory(kNewYork, kNights), Utc("2026-03-07 12:00"), Utc("2026-03-09 00:00"))),
              ElementsAre("2026-03-07 12:00 to 2026-03-07 23:00: ", "2026-03-07 23:00 to 2026-03-08 10:00: ana",
                          "2026-03-08 10:00 to 2026-03-08 22:00: ", "2026-03-08 22:00 to 2026-03-09 00:00: ana"));
}

TEST(PreviewOnCall, IsOneGapWhenNobodyIsOnCallAndNothingForNoTime) {
  const v1::BusinessDirectory directory = Directory(kNewYork, "");
  EXPECT_THAT(Lines(PreviewOnCall(directory, Utc("2026-01-01 00:00"), Utc("2026-02-01 00:00"))),
              ElementsAre("2026-01-01 00:00 to 2026-02-01 00:00: "));
  EXPECT_THAT(PreviewOnCall(directory, Utc("2026-01-01 00:00"), Utc("2026-01-01 00:00")), IsEmpty());
  EXPECT_THAT(PreviewOnCall(directory, Utc("2026-01-02 00:00"), Utc("2026-01-01 00:00")), IsEmpty());
}

TEST(PreviewOnCall, IsNewWhenTheOrderChangesAndNotWhenAReasonDoes) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "a" priority: 1 technician: "ana" windows { from: "00:00" until: "12:00" } }
    roster { key: "b" priority: 2 technician: "bo" }
    roster { key: "c" priority: 3 technician: "ana" windows { from: "12:00" until: "18:00" } }
    roster { key: "d" priority: 4 technician: "ana" windows { from: "18:00" until: "24:00" } })");
  const std::vector<v1::Shift> shifts = PreviewOnCall(directory, Utc("2026-01-05 00:00"), Utc("2026-01-06 00:00"));
  ASSERT_THAT(Lines(shifts), ElementsAre("2026-01-05 00:00 to 2026-01-05 12:00: ana bo",
                                         "2026-01-05 12:00 to 2026-01-06 00:00: bo ana"));
  EXPECT_EQ(shifts[1].on_call(1).reason(), "on the roster as \"c\", Mon 12:00 to 18:00") << "as it begins";
}

TEST(PreviewOnCall, KeepsTheTimesThatItIsAskedFor) {
  const absl::Time begin = Utc("2026-01-05 00:00") + absl::Nanoseconds(1), end = begin + absl::Nanoseconds(2);
  const std::vector<v1::Shift> shifts = PreviewOnCall(Directory(kNewYork, kNights), begin, end);
  ASSERT_EQ(shifts.size(), 1U);
  EXPECT_EQ(TimeOf(shifts[0].start_time()), begin);
  EXPECT_EQ(TimeOf(shifts[0].end_time()), end);
}

TEST(GapsInCoverage, AreTheStretchesWithNobody) {
  const v1::BusinessDirectory directory = Directory(kNewYork, kNights);
  EXPECT_THAT(Lines(GapsInCoverage(directory, Utc("2026-03-07 12:00"), Utc("2026-03-09 00:00"))),
              ElementsAre("2026-03-07 12:00 to 2026-03-07 23:00: ", "2026-03-08 10:00 to 2026-03-08 22:00: "));
  const v1::BusinessDirectory away = Directory(kNewYork, std::string(kNights) + R"(
    overrides { key: "o" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "kim"
                start_time { seconds: 1772931600 } end_time { seconds: 1772935200 } })");
  EXPECT_THAT(Lines(GapsInCoverage(away, Utc("2026-03-07 23:00"), Utc("2026-03-08 10:00"))),
              ElementsAre("2026-03-08 01:00 to 2026-03-08 02:00: "));
}

TEST(NextOnCallChange, IsTheFirstMomentWithOthers) {
  const v1::BusinessDirectory directory = Directory(kNewYork, kNights);
  const absl::Time later = Utc("2026-04-01 00:00");
  EXPECT_EQ(Next(directory, Utc("2026-03-07 12:00"), later), "2026-03-07 23:00");
  EXPECT_EQ(Next(directory, Utc("2026-03-07 23:00") - absl::Nanoseconds(1), later), "2026-03-07 23:00");
  EXPECT_EQ(Next(directory, Utc("2026-03-07 23:00"), later), "2026-03-08 10:00");
}

TEST(NextOnCallChange, LooksUpToTheHorizonAndAtIt) {
  const v1::BusinessDirectory directory = Directory(kNewYork, kNights);
  const absl::Time after = Utc("2026-03-07 12:00"), change = Utc("2026-03-07 23:00");
  EXPECT_EQ(Next(directory, after, change), "2026-03-07 23:00");
  EXPECT_EQ(Next(directory, after, change - absl::Nanoseconds(1)), "none");
  EXPECT_EQ(Next(directory, after, after), "none");
  EXPECT_EQ(Next(directory, after, Utc("2026-03-01 00:00")), "none");
}

TEST(NextOnCallChange, IsFarAwayWhereNothingChangesBefore) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "years" priority: 1 rotation {
      unit: ROTATION_UNIT_MONTH shift_length: 120 start: "2026-01-01T09:00" technicians: ["ana", "bo"] } })");
  EXPECT_EQ(Next(directory, Utc("2026-01-01 10:00"), Utc("2046-01-01 00:00")), "2036-01-01 09:00");
  EXPECT_EQ(Next(directory, Utc("2026-01-01 10:00"), Utc("2035-01-01 00:00")), "none");
}

// It looks at one stretch of time after the other: none is missed between them.
TEST(NextOnCallChange, IsFoundFromAnyDistance) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "once" priority: 1 rotation {
      unit: ROTATION_UNIT_MONTH shift_length: 1000 start: "2026-01-01T09:00" technicians: "ana" } })");
  const absl::Time change = Utc("2026-01-01 09:00"), horizon = change + absl::Hours(1);
  for (int hours = 0; hours < 24 * 30; ++hours) {
    for (const absl::Duration more : {absl::Nanoseconds(1), absl::Milliseconds(500), absl::Minutes(30)}) {
      ASSERT_EQ(Next(directory, change - absl::Hours(hours) - more, horizon), "2026-01-01 09:00") << hours << more;
    }
  }
}

TEST(NextOnCallChange, IsNotWhereOnlyAReasonChanges) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "a" priority: 1 technician: "ana" windows { from: "00:00" until: "12:00" } }
    roster { key: "b" priority: 1 technician: "ana" windows { from: "12:00" until: "24:00" } })");
  EXPECT_EQ(Next(directory, Utc("2026-01-01 10:00"), Utc("2027-01-01 00:00")), "none");
}

}  // namespace
}  // namespace afterhours::core
