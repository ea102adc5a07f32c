#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

constexpr char kNights[] =
    R"(roster { key: "nights" priority: 1 technician: "ana" windows { from: "18:00" until: "06:00" } })";

// Ana until a time of the night, Bo from it.
std::string HandOverAt(const std::string& time) {
  return R"(roster { key: "late" priority: 1 technician: "ana" windows { from: "18:00" until: ")" + time + R"(" } }
            roster { key: "early" priority: 2 technician: "bo" windows { from: ")" +
         time + R"(" until: "08:00" } })";
}

std::string Only(const std::string& window) {
  return R"(roster { key: "only" priority: 1 technician: "ana" windows { )" + window + " } }";
}

TEST(RosterWindows, AnOvernightWindowEndsOnTheNextDay) {
  ExpectMoments(Directory(kNewYork, kNights), {{"2026-01-05 22:59", "Mon 17:59 EST", ""},
                                               {"2026-01-05 23:00", "Mon 18:00 EST", "ana"},
                                               {"2026-01-05 23:01", "Mon 18:01 EST", "ana"},
                                               {"2026-01-06 04:59", "Mon 23:59 EST", "ana"},
                                               {"2026-01-06 05:00", "Tue 00:00 EST", "ana"},
                                               {"2026-01-06 10:59", "Tue 05:59 EST", "ana"},
                                               {"2026-01-06 11:00", "Tue 06:00 EST", ""},
                                               {"2026-01-06 11:01", "Tue 06:01 EST", ""}});
}

// One night from 18:00 to 06:00 in each zone: it is an hour shorter or longer
// where the clock is changed, half an hour on Lord Howe, and the same where it
// is not.
TEST(RosterWindows, ANightIsAsLongAsTheClockSays) {
  struct Night {
    const char* zone;
    const char* begin;
    const char* end;
    double hours;
  };
  const Night nights[] = {
      {kNewYork, "2026-01-05 23:00", "2026-01-06 11:00", 12},
      {kNewYork, "2026-03-07 23:00", "2026-03-08 10:00", 11},
      {kNewYork, "2026-10-31 22:00", "2026-11-01 11:00", 13},
      {kLosAngeles, "2026-03-08 02:00", "2026-03-08 13:00", 11},
      {kLosAngeles, "2026-11-01 01:00", "2026-11-01 14:00", 13},
      {kPhoenix, "2026-03-08 01:00", "2026-03-08 13:00", 12},
      {kPhoenix, "2026-11-01 01:00", "2026-11-01 13:00", 12},
      {kLondon, "2026-03-28 18:00", "2026-03-29 05:00", 11},
      {kLondon, "2026-10-24 17:00", "2026-10-25 06:00", 13},
      {kKolkata, "2026-03-08 12:30", "2026-03-09 00:30", 12},
      {kKolkata, "2026-11-01 12:30", "2026-11-02 00:30", 12},
      {kLordHowe, "2026-04-04 07:00", "2026-04-04 19:30", 12.5},
      {kLordHowe, "2026-10-03 07:30", "2026-10-03 19:00", 11.5},
  };
  for (const Night& night : nights) {
    const v1::BusinessDirectory directory = Directory(night.zone, kNights);
    const absl::Time begin = Utc(night.begin), end = Utc(night.end);
    EXPECT_EQ(absl::ToDoubleHours(end - begin), night.hours) << "the table is wrong";
    const std::string at = std::string(night.zone) + " " + night.begin;
    EXPECT_EQ(Who(directory, begin - absl::Nanoseconds(1)), "") << at;
    for (absl::Time time = begin; time < end; time += absl::Minutes(1)) ASSERT_EQ(Who(directory, time), "ana") << at;
    EXPECT_EQ(Who(directory, end - absl::Nanoseconds(1)), "ana") << at;
    EXPECT_EQ(Who(directory, end), "") << at;
    EXPECT_EQ(Who(directory, end + absl::Minutes(1)), "") << at;
  }
}

// On 2026-03-08, 01:59 EST is followed by 03:00 EDT.
TEST(RosterWindows, TheSkipStandsForATimeThatTheClockSkips) {
  ExpectMoments(Directory(kNewYork, HandOverAt("02:30")), {{"2026-03-08 06:58", "Sun 01:58 EST", "ana"},
                                                           {"2026-03-08 06:59", "Sun 01:59 EST", "ana"},
                                                           {"2026-03-08 07:00", "Sun 03:00 EDT", "bo"},
                                                           {"2026-03-08 07:30", "Sun 03:30 EDT", "bo"},
                                                           {"2026-03-08 11:59", "Sun 07:59 EDT", "bo"},
                                                           {"2026-03-08 12:00", "Sun 08:00 EDT", ""}});
  ExpectMoments(Directory(kNewYork, HandOverAt("02:00")),
                {{"2026-03-08 06:59", "Sun 01:59 EST", "ana"}, {"2026-03-08 07:00", "Sun 03:00 EDT", "bo"}});
  ExpectMoments(Directory(kNewYork, HandOverAt("03:00")),
                {{"2026-03-08 06:59", "Sun 01:59 EST", "ana"}, {"2026-03-08 07:00", "Sun 03:00 EDT", "bo"}});
  ExpectMoments(Directory(kLosAngeles, HandOverAt("02:30")),
                {{"2026-03-08 09:59", "Sun 01:59 PST", "ana"}, {"2026-03-08 10:00", "Sun 03:00 PDT", "bo"}});
  ExpectMoments(Directory(kLondon, HandOverAt("01:30")),
                {{"2026-03-29 00:59", "Sun 00:59 GMT", "ana"}, {"2026-03-29 01:00", "Sun 02:00 BST", "bo"}});
  ExpectMoments(Directory(kLordHowe, HandOverAt("02:15")),
                {{"2026-10-03 15:29", "Sun 01:59 +1030", "ana"}, {"2026-10-03 15:30", "Sun 02:30 +11", "bo"}});
}

TEST(RosterWindows, AWindowThatTheClockSkipsIsNotThere) {
  const v1::BusinessDirectory within = Directory(kNewYork, Only(R"(from: "02:15" until: "02:45")"));
  ExpectMoments(within, {{"2026-03-07 07:15", "Sat 02:15 EST", "ana"},
                         {"2026-03-08 06:59", "Sun 01:59 EST", ""},
                         {"2026-03-08 07:00", "Sun 03:00 EDT", ""},
                         {"2026-03-08 07:15", "Sun 03:15 EDT", ""},
                         {"2026-03-09 06:15", "Mon 02:15 EDT", "ana"}});
  EXPECT_EQ(PreviewOnCall(within, Utc("2026-03-08 05:00"), Utc("2026-03-09 04:00")).size(), 1U);
  ExpectMoments(Directory(kNewYork, Only(R"(from: "02:15" until: "03:30")")),
                {{"2026-03-08 06:59", "Sun 01:59 EST", ""},
                 {"2026-03-08 07:00", "Sun 03:00 EDT", "ana"},
                 {"2026-03-08 07:29", "Sun 03:29 EDT", "ana"},
                 {"2026-03-08 07:30", "Sun 03:30 EDT", ""}});
}

// On 2026-11-01, 01:59 EDT is followed by 01:00 EST.
TEST(RosterWindows, BeginsAtTheFirstAndEndsAtTheSecondOfATimeThatComesTwice) {
  ExpectMoments(Directory(kNewYork, HandOverAt("01:30")), {{"2026-11-01 05:29", "Sun 01:29 EDT", "ana"},
                                                           {"2026-11-01 05:30", "Sun 01:30 EDT", "ana bo"},
                                                           {"2026-11-01 05:31", "Sun 01:31 EDT", "ana bo"},
                                                           {"2026-11-01 05:59", "Sun 01:59 EDT", "ana bo"},
                                                           {"2026-11-01 06:00", "Sun 01:00 EST", "ana bo"},
                                                           {"2026-11-01 06:29", "Sun 01:29 EST", "ana bo"},
                                                           {"2026-11-01 06:30", "Sun 01:30 EST", "bo"},
                                                           {"2026-11-01 06:31", "Sun 01:31 EST", "bo"}});
  ExpectMoments(Directory(kNewYork, HandOverAt("01:00")), {{"2026-11-01 04:59", "Sun 00:59 EDT", "ana"},
                                                           {"2026-11-01 05:00", "Sun 01:00 EDT", "ana bo"},
                                                           {"2026-11-01 05:59", "Sun 01:59 EDT", "ana bo"},
                                                           {"2026-11-01 06:00", "Sun 01:00 EST", "bo"}});
  ExpectMoments(Directory(kNewYork, HandOverAt("02:00")),
                {{"2026-11-01 06:59", "Sun 01:59 EST", "ana"}, {"2026-11-01 07:00", "Sun 02:00 EST", "bo"}});
  ExpectMoments(Directory(kLosAngeles, HandOverAt("01:30")), {{"2026-11-01 08:29", "Sun 01:29 PDT", "ana"},
                                                              {"2026-11-01 08:30", "Sun 01:30 PDT", "ana bo"},
                                                              {"2026-11-01 09:29", "Sun 01:29 PST", "ana bo"},
                                                              {"2026-11-01 09:30", "Sun 01:30 PST", "bo"}});
  ExpectMoments(Directory(kLondon, HandOverAt("01:30")), {{"2026-10-25 00:29", "Sun 01:29 BST", "ana"},
                                                          {"2026-10-25 00:30", "Sun 01:30 BST", "ana bo"},
                                                          {"2026-10-25 01:29", "Sun 01:29 GMT", "ana bo"},
                                                          {"2026-10-25 01:30", "Sun 01:30 GMT", "bo"}});
  ExpectMoments(Directory(kLordHowe, HandOverAt("01:45")), {{"2026-04-04 14:44", "Sun 01:44 +11", "ana"},
                                                            {"2026-04-04 14:45", "Sun 01:45 +11", "ana bo"},
                                                            {"2026-04-04 15:00", "Sun 01:30 +1030", "ana bo"},
                                                            {"2026-04-04 15:14", "Sun 01:44 +1030", "ana bo"},
                                                            {"2026-04-04 15:15", "Sun 01:45 +1030", "bo"}});
}

TEST(RosterWindows, AWindowWithinTheRepeatedHourHoldsUntilItsSecondEnd) {
  ExpectMoments(Directory(kNewYork, Only(R"(from: "01:15" until: "01:30")")),
                {{"2026-11-01 05:14", "Sun 01:14 EDT", ""},
                 {"2026-11-01 05:15", "Sun 01:15 EDT", "ana"},
                 {"2026-11-01 05:45", "Sun 01:45 EDT", "ana"},
                 {"2026-11-01 06:00", "Sun 01:00 EST", "ana"},
                 {"2026-11-01 06:29", "Sun 01:29 EST", "ana"},
                 {"2026-11-01 06:30", "Sun 01:30 EST", ""}});
}

TEST(RosterWindows, NothingHappensWhereTheClockIsNotChanged) {
  ExpectMoments(Directory(kPhoenix, HandOverAt("02:30")), {{"2026-03-08 09:29", "Sun 02:29 MST", "ana"},
                                                           {"2026-03-08 09:30", "Sun 02:30 MST", "bo"},
                                                           {"2026-11-01 09:29", "Sun 02:29 MST", "ana"},
                                                           {"2026-11-01 09:30", "Sun 02:30 MST", "bo"}});
  ExpectMoments(Directory(kKolkata, HandOverAt("01:30")), {{"2026-03-28 19:59", "Sun 01:29 IST", "ana"},
                                                           {"2026-03-28 20:00", "Sun 01:30 IST", "bo"},
                                                           {"2026-10-24 19:59", "Sun 01:29 IST", "ana"},
                                                           {"2026-10-24 20:00", "Sun 01:30 IST", "bo"}});
}

TEST(RosterWindows, TheDayIsThatOnWhichItBegins) {
  const v1::BusinessDirectory friday =
      Directory(kLosAngeles, Only(R"(days: DAY_OF_WEEK_FRIDAY from: "22:00" until: "06:00")"));
  ExpectMoments(friday, {{"2026-01-09 07:00", "Thu 23:00 PST", ""},
                         {"2026-01-09 13:00", "Fri 05:00 PST", ""},
                         {"2026-01-10 05:59", "Fri 21:59 PST", ""},
                         {"2026-01-10 06:00", "Fri 22:00 PST", "ana"},
                         {"2026-01-10 13:59", "Sat 05:59 PST", "ana"},
                         {"2026-01-10 14:00", "Sat 06:00 PST", ""},
                         {"2026-01-11 06:00", "Sat 22:00 PST", ""}});
  const v1::BusinessDirectory sunday =
      Directory(kKolkata, Only(R"(days: DAY_OF_WEEK_SUNDAY from: "20:00" until: "08:00")"));
  ExpectMoments(sunday, {{"2026-01-11 14:29", "Sun 19:59 IST", ""},
                         {"2026-01-11 14:30", "Sun 20:00 IST", "ana"},
                         {"2026-01-12 02:29", "Mon 07:59 IST", "ana"},
                         {"2026-01-12 02:30", "Mon 08:00 IST", ""}});
}

TEST(RosterWindows, SeveralADayAndUntilMidnight) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "shop" priority: 1 technician: "ana"
      windows { days: [DAY_OF_WEEK_MONDAY, DAY_OF_WEEK_TUESDAY] from: "06:00" until: "08:00" }
      windows { days: [DAY_OF_WEEK_MONDAY, DAY_OF_WEEK_TUESDAY] from: "12:00" until: "13:30" }
      windows { days: DAY_OF_WEEK_MONDAY from: "18:00" until: "24:00" }
      windows { days: DAY_OF_WEEK_WEDNESDAY from: "00:00" until: "24:00" } })");
  ExpectMoments(directory, {{"2026-01-05 05:59", "Mon 05:59 GMT", ""},
                            {"2026-01-05 06:00", "Mon 06:00 GMT", "ana"},
                            {"2026-01-05 08:00", "Mon 08:00 GMT", ""},
                            {"2026-01-05 12:00", "Mon 12:00 GMT", "ana"},
                            {"2026-01-05 13:29", "Mon 13:29 GMT", "ana"},
                            {"2026-01-05 13:30", "Mon 13:30 GMT", ""},
                            {"2026-01-05 18:00", "Mon 18:00 GMT", "ana"},
                            {"2026-01-05 23:59", "Mon 23:59 GMT", "ana"},
                            {"2026-01-06 00:00", "Tue 00:00 GMT", ""},
                            {"2026-01-06 12:30", "Tue 12:30 GMT", "ana"},
                            {"2026-01-06 23:59", "Tue 23:59 GMT", ""},
                            {"2026-01-07 00:00", "Wed 00:00 GMT", "ana"},
                            {"2026-01-07 23:59", "Wed 23:59 GMT", "ana"},
                            {"2026-01-08 00:00", "Thu 00:00 GMT", ""}});
}

// Samoa had no 30th of December 2011, a Friday: the 29th was followed by the 31st.
TEST(RosterWindows, ADayThatTheCalendarSkips) {
  const v1::BusinessDirectory nights = Directory("Pacific/Apia", Only(R"(from: "22:00" until: "06:00")"));
  ExpectMoments(nights, {{"2011-12-30 07:59", "Thu 21:59 -10", ""},
                         {"2011-12-30 08:00", "Thu 22:00 -10", "ana"},
                         {"2011-12-30 09:59", "Thu 23:59 -10", "ana"},
                         {"2011-12-30 10:00", "Sat 00:00 +14", "ana"},
                         {"2011-12-30 15:59", "Sat 05:59 +14", "ana"},
                         {"2011-12-30 16:00", "Sat 06:00 +14", ""}});
  const v1::BusinessDirectory friday =
      Directory("Pacific/Apia", Only(R"(days: DAY_OF_WEEK_FRIDAY from: "08:00" until: "17:00")"));
  EXPECT_EQ(PreviewOnCall(friday, Utc("2011-12-29 00:00"), Utc("2012-01-01 00:00")).size(), 1U);
}

// In St. John's of 2010 the clock went from 00:01 back to 23:01 of the day before.
TEST(RosterWindows, AClockThatIsPutBackOverMidnight) {
  ExpectMoments(Directory("America/St_Johns", Only(R"(days: DAY_OF_WEEK_SUNDAY from: "00:00" until: "05:00")")),
                {{"2010-11-07 02:29", "Sat 23:59 NDT", ""},
                 {"2010-11-07 02:30", "Sun 00:00 NDT", "ana"},
                 {"2010-11-07 02:31", "Sat 23:01 NST", "ana"},
                 {"2010-11-07 03:30", "Sun 00:00 NST", "ana"},
                 {"2010-11-07 08:30", "Sun 05:00 NST", ""}});
  ExpectMoments(Directory("America/St_Johns", Only(R"(days: DAY_OF_WEEK_FRIDAY from: "23:50" until: "23:30")")),
                {{"2010-11-06 02:19", "Fri 23:49 NDT", ""},
                 {"2010-11-06 02:20", "Fri 23:50 NDT", "ana"},
                 {"2010-11-07 02:00", "Sat 23:30 NDT", "ana"},
                 {"2010-11-07 02:30", "Sun 00:00 NDT", "ana"},
                 {"2010-11-07 02:59", "Sat 23:29 NST", "ana"},
                 {"2010-11-07 03:00", "Sat 23:30 NST", ""}});
}

}  // namespace
}  // namespace afterhours::core
