#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

// Ana, Bo and Cy take turns.
v1::BusinessDirectory Turns(const std::string& zone, const std::string& unit, const std::string& start,
                            int shift_length = 1, const std::string& more = "") {
  return Directory(zone, "roster { key: \"turns\" priority: 1 rotation { unit: ROTATION_UNIT_" + unit + " start: \"" +
                             start + "\" shift_length: " + std::to_string(shift_length) +
                             R"( technicians: ["ana", "bo", "cy"] } )" + more + "}");
}

TEST(RosterRotation, NobodyBeforeTheFirstHandOff) {
  ExpectMoments(Turns(kNewYork, "WEEK", "2026-01-05T09:00"), {{"2025-12-29 14:00", "Mon 09:00 EST", ""},
                                                              {"2026-01-05 13:59", "Mon 08:59 EST", ""},
                                                              {"2026-01-05 14:00", "Mon 09:00 EST", "ana"}});
}

TEST(RosterRotation, WeeksEndAtTheSameLocalTimeAllYear) {
  ExpectMoments(Turns(kNewYork, "WEEK", "2026-01-05T09:00"), {{"2026-01-12 13:59", "Mon 08:59 EST", "ana"},
                                                              {"2026-01-12 14:00", "Mon 09:00 EST", "bo"},
                                                              {"2026-01-12 14:01", "Mon 09:01 EST", "bo"},
                                                              {"2026-01-19 14:00", "Mon 09:00 EST", "cy"},
                                                              {"2026-01-26 13:59", "Mon 08:59 EST", "cy"},
                                                              {"2026-01-26 14:00", "Mon 09:00 EST", "ana"},
                                                              {"2026-03-09 12:59", "Mon 08:59 EDT", "cy"},
                                                              {"2026-03-09 13:00", "Mon 09:00 EDT", "ana"},
                                                              {"2026-11-02 13:59", "Mon 08:59 EST", "ana"},
                                                              {"2026-11-02 14:00", "Mon 09:00 EST", "bo"}});
  ExpectMoments(Turns(kLosAngeles, "WEEK", "2026-01-05T09:00", 2), {{"2026-01-12 17:00", "Mon 09:00 PST", "ana"},
                                                                    {"2026-01-19 16:59", "Mon 08:59 PST", "ana"},
                                                                    {"2026-01-19 17:00", "Mon 09:00 PST", "bo"}});
}

TEST(RosterRotation, HoursAreThoseThatPass) {
  ExpectMoments(Turns(kNewYork, "HOUR", "2026-03-07T20:00", 12), {{"2026-03-08 00:59", "Sat 19:59 EST", ""},
                                                                  {"2026-03-08 01:00", "Sat 20:00 EST", "ana"},
                                                                  {"2026-03-08 12:59", "Sun 08:59 EDT", "ana"},
                                                                  {"2026-03-08 13:00", "Sun 09:00 EDT", "bo"},
                                                                  {"2026-03-09 00:59", "Sun 20:59 EDT", "bo"},
                                                                  {"2026-03-09 01:00", "Sun 21:00 EDT", "cy"}});
  ExpectMoments(Turns(kLondon, "HOUR", "2026-10-25T00:30"), {{"2026-10-24 23:30", "Sun 00:30 BST", "ana"},
                                                             {"2026-10-25 00:29", "Sun 01:29 BST", "ana"},
                                                             {"2026-10-25 00:30", "Sun 01:30 BST", "bo"},
                                                             {"2026-10-25 01:29", "Sun 01:29 GMT", "bo"},
                                                             {"2026-10-25 01:30", "Sun 01:30 GMT", "cy"}});
}

TEST(RosterRotation, AStartThatTheClockSkipsIsTheSkipAndOneThatComesTwiceTheFirst) {
  ExpectMoments(Turns(kNewYork, "HOUR", "2026-03-08T02:30"), {{"2026-03-08 06:59", "Sun 01:59 EST", ""},
                                                              {"2026-03-08 07:00", "Sun 03:00 EDT", "ana"},
                                                              {"2026-03-08 07:59", "Sun 03:59 EDT", "ana"},
                                                              {"2026-03-08 08:00", "Sun 04:00 EDT", "bo"}});
  ExpectMoments(Turns(kNewYork, "DAY", "2026-03-08T02:30"), {{"2026-03-08 06:59", "Sun 01:59 EST", ""},
                                                             {"2026-03-08 07:00", "Sun 03:00 EDT", "ana"},
                                                             {"2026-03-09 06:29", "Mon 02:29 EDT", "ana"},
                                                             {"2026-03-09 06:30", "Mon 02:30 EDT", "bo"}});
  ExpectMoments(Turns(kNewYork, "HOUR", "2026-11-01T01:30"), {{"2026-11-01 05:29", "Sun 01:29 EDT", ""},
                                                              {"2026-11-01 05:30", "Sun 01:30 EDT", "ana"},
                                                              {"2026-11-01 06:29", "Sun 01:29 EST", "ana"},
                                                              {"2026-11-01 06:30", "Sun 01:30 EST", "bo"}});
}

TEST(RosterRotation, AHandOffThatTheClockSkipsIsAtTheSkip) {
  ExpectMoments(Turns(kNewYork, "DAY", "2026-03-06T02:30"), {{"2026-03-07 07:29", "Sat 02:29 EST", "ana"},
                                                             {"2026-03-07 07:30", "Sat 02:30 EST", "bo"},
                                                             {"2026-03-08 06:59", "Sun 01:59 EST", "bo"},
                                                             {"2026-03-08 07:00", "Sun 03:00 EDT", "cy"},
                                                             {"2026-03-09 06:29", "Mon 02:29 EDT", "cy"},
                                                             {"2026-03-09 06:30", "Mon 02:30 EDT", "ana"}});
  ExpectMoments(Turns(kLordHowe, "DAY", "2026-10-03T02:15"), {{"2026-10-02 15:45", "Sat 02:15 +1030", "ana"},
                                                              {"2026-10-03 15:29", "Sun 01:59 +1030", "ana"},
                                                              {"2026-10-03 15:30", "Sun 02:30 +11", "bo"},
                                                              {"2026-10-04 15:14", "Mon 02:14 +11", "bo"},
                                                              {"2026-10-04 15:15", "Mon 02:15 +11", "cy"}});
}

TEST(RosterRotation, AHandOffThatComesTwiceIsAtTheFirst) {
  ExpectMoments(Turns(kNewYork, "DAY", "2026-10-31T01:30"), {{"2026-11-01 05:29", "Sun 01:29 EDT", "ana"},
                                                             {"2026-11-01 05:30", "Sun 01:30 EDT", "bo"},
                                                             {"2026-11-01 06:29", "Sun 01:29 EST", "bo"},
                                                             {"2026-11-01 06:30", "Sun 01:30 EST", "bo"},
                                                             {"2026-11-02 06:29", "Mon 01:29 EST", "bo"},
                                                             {"2026-11-02 06:30", "Mon 01:30 EST", "cy"}});
  ExpectMoments(Turns(kLordHowe, "DAY", "2026-04-04T01:45"), {{"2026-04-04 14:44", "Sun 01:44 +11", "ana"},
                                                              {"2026-04-04 14:45", "Sun 01:45 +11", "bo"},
                                                              {"2026-04-04 15:15", "Sun 01:45 +1030", "bo"},
                                                              {"2026-04-05 15:15", "Mon 01:45 +1030", "cy"}});
}

TEST(RosterRotation, DaysWhereTheClockIsNotChanged) {
  ExpectMoments(Turns(kPhoenix, "DAY", "2026-03-07T02:30"), {{"2026-03-08 09:29", "Sun 02:29 MST", "ana"},
                                                             {"2026-03-08 09:30", "Sun 02:30 MST", "bo"},
                                                             {"2026-11-01 09:29", "Sun 02:29 MST", "bo"},
                                                             {"2026-11-01 09:30", "Sun 02:30 MST", "cy"}});
  ExpectMoments(Turns(kKolkata, "DAY", "2026-03-07T02:30"),
                {{"2026-03-07 20:59", "Sun 02:29 IST", "ana"}, {"2026-03-07 21:00", "Sun 02:30 IST", "bo"}});
}

TEST(RosterRotation, AMonthThatIsTooShortEndsOnItsLastDay) {
  ExpectMoments(Turns(kNewYork, "MONTH", "2026-01-31T09:00"), {{"2026-02-28 13:59", "Sat 08:59 EST", "ana"},
                                                               {"2026-02-28 14:00", "Sat 09:00 EST", "bo"},
                                                               {"2026-03-31 12:59", "Tue 08:59 EDT", "bo"},
                                                               {"2026-03-31 13:00", "Tue 09:00 EDT", "cy"},
                                                               {"2026-04-30 12:59", "Thu 08:59 EDT", "cy"},
                                                               {"2026-04-30 13:00", "Thu 09:00 EDT", "ana"},
                                                               {"2026-05-31 12:59", "Sun 08:59 EDT", "ana"},
                                                               {"2026-05-31 13:00", "Sun 09:00 EDT", "bo"}});
}

TEST(RosterRotation, LeapDays) {
  ExpectMoments(Turns(kLondon, "MONTH", "2028-01-31T09:00"),
                {{"2028-02-29 08:59", "Tue 08:59 GMT", "ana"}, {"2028-02-29 09:00", "Tue 09:00 GMT", "bo"}});
  ExpectMoments(Turns(kLondon, "MONTH", "2024-02-29T09:00", 12), {{"2025-02-28 08:59", "Fri 08:59 GMT", "ana"},
                                                                  {"2025-02-28 09:00", "Fri 09:00 GMT", "bo"},
                                                                  {"2028-02-29 08:59", "Tue 08:59 GMT", "ana"},
                                                                  {"2028-02-29 09:00", "Tue 09:00 GMT", "bo"}});
  ExpectMoments(Turns(kLondon, "DAY", "2028-02-28T09:00"), {{"2028-02-29 09:00", "Tue 09:00 GMT", "bo"},
                                                            {"2028-03-01 08:59", "Wed 08:59 GMT", "bo"},
                                                            {"2028-03-01 09:00", "Wed 09:00 GMT", "cy"}});
}

// Of two hand-offs in the day that Samoa skipped, and at its end, the last holds.
TEST(RosterRotation, ADayThatTheCalendarSkips) {
  ExpectMoments(Turns("Pacific/Apia", "DAY", "2011-12-28T09:00"), {{"2011-12-29 19:00", "Thu 09:00 -10", "bo"},
                                                                   {"2011-12-30 09:59", "Thu 23:59 -10", "bo"},
                                                                   {"2011-12-30 10:00", "Sat 00:00 +14", "cy"},
                                                                   {"2011-12-30 18:59", "Sat 08:59 +14", "cy"},
                                                                   {"2011-12-30 19:00", "Sat 09:00 +14", "ana"}});
  ExpectMoments(Turns("Pacific/Apia", "DAY", "2011-12-28T00:00"), {{"2011-12-29 10:00", "Thu 00:00 -10", "bo"},
                                                                   {"2011-12-30 09:59", "Thu 23:59 -10", "bo"},
                                                                   {"2011-12-30 10:00", "Sat 00:00 +14", "ana"},
                                                                   {"2011-12-31 10:00", "Sun 00:00 +14", "bo"}});
}

// In St. John's of 2010 the clock went from 00:01 back to 23:01 of the day before.
TEST(RosterRotation, AClockThatIsPutBackOverMidnight) {
  const v1::BusinessDirectory directory = Turns("America/St_Johns", "DAY", "2010-11-06T00:00");
  ExpectMoments(directory, {{"2010-11-07 02:29", "Sat 23:59 NDT", "ana"},
                            {"2010-11-07 02:30", "Sun 00:00 NDT", "bo"},
                            {"2010-11-07 02:31", "Sat 23:01 NST", "bo"},
                            {"2010-11-07 03:30", "Sun 00:00 NST", "bo"},
                            {"2010-11-08 03:30", "Mon 00:00 NST", "cy"}});
  EXPECT_EQ(WhoIsOnCall(directory, Utc("2010-11-07 02:31"))[0].reason(),
            "turn 2 of the daily rotation \"turns\" until 2010-11-08 00:00");
}

TEST(RosterRotation, YearsAfterItsStart) {
  // 1,878 weeks: a whole number of rounds of three.
  ExpectMoments(Turns(kLosAngeles, "WEEK", "1990-01-01T09:00"),
                {{"2025-12-29 16:59", "Mon 08:59 PST", "cy"}, {"2025-12-29 17:00", "Mon 09:00 PST", "ana"}});
}

TEST(RosterRotation, WithWindowsBothMustHold) {
  const v1::BusinessDirectory directory =
      Turns(kNewYork, "WEEK", "2026-01-05T20:00", 1, R"(windows { from: "18:00" until: "06:00" })");
  ExpectMoments(directory, {{"2026-01-05 23:00", "Mon 18:00 EST", ""},
                            {"2026-01-06 00:59", "Mon 19:59 EST", ""},
                            {"2026-01-06 01:00", "Mon 20:00 EST", "ana"},
                            {"2026-01-06 11:00", "Tue 06:00 EST", ""},
                            {"2026-01-12 23:00", "Mon 18:00 EST", "ana"},
                            {"2026-01-13 00:59", "Mon 19:59 EST", "ana"},
                            {"2026-01-13 01:00", "Mon 20:00 EST", "bo"},
                            {"2026-01-13 10:59", "Tue 05:59 EST", "bo"},
                            {"2026-01-13 11:00", "Tue 06:00 EST", ""}});
}

TEST(RosterRotation, WhoCannotBePagedLeavesTheirTurnEmpty) {
  const v1::BusinessDirectory directory = Directory(kLondon, R"(
    roster { key: "turns" priority: 1
      rotation { unit: ROTATION_UNIT_DAY start: "2026-01-05T09:00" technicians: ["ana", "joe", "kim", "nobody", "ana"] } })");
  ExpectMoments(directory, {{"2026-01-05 09:00", "Mon 09:00 GMT", "ana"},
                            {"2026-01-06 09:00", "Tue 09:00 GMT", ""},
                            {"2026-01-07 09:00", "Wed 09:00 GMT", ""},
                            {"2026-01-08 09:00", "Thu 09:00 GMT", ""},
                            {"2026-01-09 09:00", "Fri 09:00 GMT", "ana"},
                            {"2026-01-10 09:00", "Sat 09:00 GMT", "ana"}});
}

TEST(RosterRotation, OneThatCannotBeReadPutsNobodyOnCall) {
  for (const char* rotation :
       {R"(start: "2026-01-05T09:00" technicians: "ana")",
        R"(unit: ROTATION_UNIT_DAY start: "2026-01-05" technicians: "ana")",
        R"(unit: ROTATION_UNIT_DAY start: "2026-01-05T09:00")",
        R"(unit: ROTATION_UNIT_DAY start: "2026-01-05T09:00" technicians: "ana" shift_length: -1)",
        R"(unit: ROTATION_UNIT_WEEK start: "2026-01-05T09:00" technicians: "ana" shift_length: 2000000000)"}) {
    const v1::BusinessDirectory directory =
        Directory(kLondon, std::string("roster { key: \"turns\" priority: 1 rotation { ") + rotation + " } }");
    EXPECT_EQ(Who(directory, Utc("2026-02-01 00:00")), "") << rotation;
    EXPECT_FALSE(RosterFaults(directory).empty()) << rotation;
  }
}

}  // namespace
}  // namespace afterhours::core
