#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

using testing::IsEmpty;

constexpr char kBothAlways[] = R"(
  roster { key: "first" priority: 1 technician: "ana" }
  roster { key: "second" priority: 2 technician: "bo" }
)";

// 2026-03-02 08:00 to 2026-03-09 09:00 in New York, whose clock is put forward in between.
constexpr absl::string_view kWeek = "start_time { seconds: 1772456400 } end_time { seconds: 1773061200 }";
const char* const kWithin = "2026-03-05 12:00";

std::string Override(const std::string& fields) { return "overrides { " + fields + " " + std::string(kWeek) + " } "; }

v1::OnCall Only(const v1::BusinessDirectory& directory, const std::string& utc) {
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(utc));
  EXPECT_EQ(on_call.size(), 1U) << utc;
  return on_call.empty() ? v1::OnCall() : on_call[0];
}

TEST(Roster, WithoutEntriesNobodyIsOnCall) {
  EXPECT_THAT(WhoIsOnCall(Directory(kNewYork, ""), Utc(kWithin)), IsEmpty());
}

TEST(Roster, OrdersByPriorityThenByKey) {
  const v1::BusinessDirectory directory = Directory(kNewYork, R"(
    roster { key: "c" priority: 2 technician: "ana" }
    roster { key: "b" priority: 10 technician: "bo" }
    roster { key: "a" priority: 2 technician: "cy" }
    roster { key: "z" priority: 1 technician: "dee" })");
  EXPECT_EQ(Who(directory, Utc(kWithin)), "dee cy ana bo");
}

TEST(Roster, NamesEachOnceInTheirFirstPlace) {
  const v1::BusinessDirectory directory = Directory(kNewYork, R"(
    roster { key: "third" priority: 3 technician: "ana" }
    roster { key: "second" priority: 2 technician: "bo" }
    roster { key: "first" priority: 1 technician: "ana" })");
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(kWithin));
  ASSERT_EQ(Keys(on_call), "ana bo");
  EXPECT_EQ(on_call[0].entry(), "first");
  EXPECT_EQ(on_call[0].priority(), 1);
}

TEST(Roster, LeavesOutWhoCannotBePaged) {
  const v1::BusinessDirectory directory = Directory(kNewYork, R"(
    roster { key: "a" priority: 1 technician: "joe" }
    roster { key: "b" priority: 2 technician: "kim" }
    roster { key: "c" priority: 3 technician: "nobody" }
    roster { key: "d" priority: 4 technician: "bo" }
    roster { key: "e" priority: 5 })");
  EXPECT_EQ(Who(directory, Utc(kWithin)), "bo");
}

TEST(Roster, SaysWhoAndWhy) {
  const v1::OnCall always =
      Only(Directory(kNewYork, R"(roster { key: "first" priority: 7 technician: "ana" })"), kWithin);
  EXPECT_EQ(always.technician(), "ana");
  EXPECT_EQ(always.name(), "Ana Diaz");
  EXPECT_EQ(always.technician_id(), "id-ana");
  EXPECT_EQ(always.priority(), 7);
  EXPECT_EQ(always.entry(), "first");
  EXPECT_EQ(always.override(), "");
  EXPECT_EQ(always.reason(), "on the roster as \"first\", always");
}

TEST(Roster, TheReasonOfAWindowIsItsTime) {
  const v1::BusinessDirectory directory = Directory(kNewYork, R"(
    roster { key: "nights" priority: 1 technician: "ana"
      windows { from: "18:00" until: "06:00" } windows { from: "20:00" until: "23:00" }
      windows { from: "08:00" until: "17:00" } })");
  const char* const night = "on the roster as \"nights\", Mon 18:00 to Tue 06:00";
  EXPECT_EQ(Only(directory, "2026-01-05 23:00").reason(), night);
  EXPECT_EQ(Only(directory, "2026-01-06 02:00").reason(), night) << "both windows: the one that lasts longer";
  EXPECT_EQ(Only(directory, "2026-01-06 10:59").reason(), night);
  EXPECT_EQ(Only(directory, "2026-01-06 18:00").reason(), "on the roster as \"nights\", Tue 08:00 to 17:00");
  EXPECT_EQ(Only(Directory(kNewYork, R"(roster { key: "skip" priority: 1 technician: "ana"
                                        windows { from: "02:30" until: "24:00" } })"),
                 "2026-03-08 07:00")
                .reason(),
            "on the roster as \"skip\", Sun 03:00 to Mon 00:00");
}

TEST(Roster, TheReasonOfARotationIsTheTurn) {
  const v1::BusinessDirectory weeks = Directory(kNewYork, R"(
    roster { key: "weeks" priority: 1 rotation {
      unit: ROTATION_UNIT_WEEK start: "2026-02-16T09:00" technicians: ["ana", "bo", "cy"] } })");
  EXPECT_EQ(Only(weeks, kWithin).technician(), "cy");
  EXPECT_EQ(Only(weeks, kWithin).reason(), "turn 3 of the weekly rotation \"weeks\" until 2026-03-09 09:00");
  const v1::BusinessDirectory nights = Directory(kNewYork, R"(
    roster { key: "nights" priority: 1 windows { from: "18:00" until: "06:00" } rotation {
      unit: ROTATION_UNIT_DAY shift_length: 2 start: "2026-01-05T18:00" technicians: ["ana", "bo"] } })");
  EXPECT_EQ(Only(nights, "2026-01-08 02:00").reason(),
            "turn 2 of the 2-day rotation \"nights\" until 2026-01-09 18:00, Wed 18:00 to Thu 06:00");
}

TEST(RosterOverride, AddsAfterTheRosterOfTheSamePriority) {
  const v1::BusinessDirectory directory = Directory(
      kNewYork, std::string(kBothAlways) + Override(R"(key: "z" kind: OVERRIDE_KIND_ADD technician: "cy")") +
                    Override(R"(key: "a" kind: OVERRIDE_KIND_ADD technician: "dee" priority: 2 reason: "storm")"));
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(kWithin));
  ASSERT_EQ(Keys(on_call), "ana cy bo dee");
  EXPECT_EQ(on_call[1].priority(), 1) << "the default";
  EXPECT_EQ(on_call[1].entry(), "");
  EXPECT_EQ(on_call[1].override(), "z");
  EXPECT_EQ(on_call[1].reason(), "added until 2026-03-09 09:00");
  EXPECT_EQ(on_call[3].priority(), 2);
  EXPECT_EQ(on_call[3].reason(), "added until 2026-03-09 09:00 (\"storm\")");
}

TEST(RosterOverride, AddsNobodyTwice) {
  const v1::BusinessDirectory directory =
      Directory(kNewYork, std::string(kBothAlways) + Override(R"(key: "up" kind: OVERRIDE_KIND_ADD technician: "bo")"));
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(kWithin));
  ASSERT_EQ(Keys(on_call), "ana bo");
  EXPECT_EQ(on_call[1].override(), "up") << "the first place counts";
  EXPECT_EQ(on_call[1].priority(), 1);
}

TEST(RosterOverride, Removes) {
  const v1::BusinessDirectory directory =
      Directory(kNewYork, std::string(kBothAlways) + R"(roster { key: "third" priority: 3 technician: "ana" })" +
                              Override(R"(key: "off" kind: OVERRIDE_KIND_REMOVE technician: "ana")"));
  EXPECT_EQ(Who(directory, Utc(kWithin)), "bo") << "from each place";
}

TEST(RosterOverride, RemovesAlsoWhereAReplacementIsNamedByMistake) {
  const v1::BusinessDirectory directory = Directory(
      kNewYork, kBothAlways + Override(R"(key: "off" kind: OVERRIDE_KIND_REMOVE technician: "ana" replacement: "cy")"));
  EXPECT_EQ(Who(directory, Utc(kWithin)), "bo");
}

TEST(RosterOverride, ReplacesInTheSamePlace) {
  const v1::BusinessDirectory directory = Directory(
      kNewYork, std::string(kBothAlways) + Override(R"(key: "holiday" kind: OVERRIDE_KIND_REPLACE technician: "ana"
                                                      replacement: "cy" reason: "holiday")"));
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(kWithin));
  ASSERT_EQ(Keys(on_call), "cy bo");
  EXPECT_EQ(on_call[0].name(), "Cy Roe");
  EXPECT_EQ(on_call[0].priority(), 1);
  EXPECT_EQ(on_call[0].entry(), "first");
  EXPECT_EQ(on_call[0].override(), "holiday");
  EXPECT_EQ(on_call[0].reason(), "replaces Ana Diaz until 2026-03-09 09:00 (\"holiday\")");
}

TEST(RosterOverride, HoldsFromItsBeginningUntilBeforeItsEnd) {
  for (const char* fields :
       {R"(kind: OVERRIDE_KIND_REPLACE technician: "bo" replacement: "cy")",
        R"(kind: OVERRIDE_KIND_REMOVE technician: "bo")", R"(kind: OVERRIDE_KIND_ADD technician: "cy" priority: 5)"}) {
    const v1::BusinessDirectory directory =
        Directory(kNewYork, kBothAlways + Override(std::string("key: \"o\" ") + fields));
    EXPECT_EQ(Who(directory, Utc("2026-03-02 12:59")), "ana bo") << fields;
    EXPECT_NE(Who(directory, Utc("2026-03-02 13:00")), "ana bo") << fields;
    EXPECT_NE(Who(directory, Utc("2026-03-09 13:00") - absl::Nanoseconds(1)), "ana bo") << fields;
    EXPECT_EQ(Who(directory, Utc("2026-03-09 13:00")), "ana bo") << fields;
  }
}

TEST(RosterOverride, TwoReplacementsAreASwap) {
  const v1::BusinessDirectory directory = Directory(
      kNewYork, kBothAlways + Override(R"(key: "a" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "bo")") +
                    Override(R"(key: "b" kind: OVERRIDE_KIND_REPLACE technician: "bo" replacement: "ana")"));
  const std::vector<v1::OnCall> on_call = WhoIsOnCall(directory, Utc(kWithin));
  ASSERT_EQ(Keys(on_call), "bo ana");
  EXPECT_EQ(on_call[0].entry(), "first");
  EXPECT_EQ(on_call[1].entry(), "second");
}

TEST(RosterOverride, IsNotAppliedToAnother) {
  const std::string ana_by_cy = Override(R"(key: "a" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "cy")");
  const auto with = [&](const char* other) {
    return Who(Directory(kNewYork, kBothAlways + ana_by_cy + Override(other)), Utc(kWithin));
  };
  EXPECT_EQ(with(R"(key: "b" kind: OVERRIDE_KIND_REPLACE technician: "cy" replacement: "dee")"), "cy bo");
  EXPECT_EQ(with(R"(key: "b" kind: OVERRIDE_KIND_REMOVE technician: "cy")"), "cy bo");
  EXPECT_EQ(with(R"(key: "b" kind: OVERRIDE_KIND_ADD technician: "cy" priority: 9)"), "cy bo");
  EXPECT_EQ(with(R"(key: "b" kind: OVERRIDE_KIND_REPLACE technician: "bo" replacement: "cy")"), "cy");
}

TEST(RosterOverride, OneWhoCannotBePagedLeavesThePlaceEmpty) {
  for (const char* who : {"joe", "kim", "nobody"}) {
    const v1::BusinessDirectory replaced = Directory(
        kNewYork, kBothAlways + Override(R"(key: "a" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: ")" +
                                         std::string(who) + "\""));
    EXPECT_EQ(Who(replaced, Utc(kWithin)), "bo") << who;
    const v1::BusinessDirectory added = Directory(
        kNewYork,
        kBothAlways + Override("key: \"a\" kind: OVERRIDE_KIND_ADD technician: \"" + std::string(who) + "\""));
    EXPECT_EQ(Who(added, Utc(kWithin)), "ana bo") << who;
  }
}

TEST(RosterOverride, ReplacesAlsoWhoCannotBePaged) {
  const v1::BusinessDirectory directory = Directory(
      kNewYork, R"(roster { key: "first" priority: 1 technician: "kim" })" +
                    Override(R"(key: "ill" kind: OVERRIDE_KIND_REPLACE technician: "kim" replacement: "ana")"));
  EXPECT_EQ(Only(directory, kWithin).reason(), "replaces Kim Lee until 2026-03-09 09:00");
}

TEST(RosterOverride, ReplacesOneOfARotationInTheirTurnsOnly) {
  const v1::BusinessDirectory directory =
      Directory(kNewYork, R"(roster { key: "days" priority: 1 rotation {
                     unit: ROTATION_UNIT_DAY start: "2026-03-01T09:00" technicians: ["ana", "bo"] } })" +
                              Override(R"(key: "o" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "cy")"));
  ExpectMoments(directory, {{"2026-03-02 12:59", "Mon 07:59 EST", "ana"},
                            {"2026-03-02 13:00", "Mon 08:00 EST", "cy"},
                            {"2026-03-02 14:00", "Mon 09:00 EST", "bo"},
                            {"2026-03-03 14:00", "Tue 09:00 EST", "cy"},
                            {"2026-03-08 12:59", "Sun 08:59 EDT", "cy"},
                            {"2026-03-09 12:59", "Mon 08:59 EDT", "bo"},
                            {"2026-03-09 13:00", "Mon 09:00 EDT", "ana"}});
}

}  // namespace
}  // namespace afterhours::core
