#include <map>

#include "absl/strings/str_cat.h"
#include "tests/unit/core/roster_builder.h"

namespace afterhours::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "roster[0].priority: must be 1 or more; ...".
std::vector<std::string> Faults(const v1::BusinessDirectory& directory) {
  std::vector<std::string> faults;
  for (const FieldViolation& fault : RosterFaults(directory)) faults.push_back(fault.field + ": " + fault.description);
  return faults;
}

std::vector<std::string> Faults(const std::string& text) { return Faults(Directory(kNewYork, text)); }

std::vector<std::string> EntryFaults(const std::string& fields) { return Faults("roster { " + fields + " }"); }

std::vector<std::string> WindowFaults(const std::string& fields) {
  return EntryFaults(R"(key: "a" priority: 1 technician: "ana" windows { )" + fields + " }");
}

std::vector<std::string> RotationFaults(const std::string& fields) {
  return EntryFaults(R"(key: "a" priority: 1 rotation { )" + fields + " }");
}

std::string Times(int begin, int end) {
  return absl::StrCat("start_time { seconds: ", begin, " } end_time { seconds: ", end, " }");
}

std::vector<std::string> OverrideFaults(const std::string& fields) {
  return Faults(R"(overrides { key: "o" )" + fields + " }");
}

TEST(RosterFaults, ThereAreNoneInWhatIsRight) {
  EXPECT_THAT(Faults(""), IsEmpty());
  EXPECT_THAT(Faults(R"(
    roster { key: "0a-b_c" priority: 1 technician: "joe"
             windows { days: [DAY_OF_WEEK_MONDAY, DAY_OF_WEEK_SUNDAY] from: "00:00" until: "24:00" }
             windows { from: "23:59" until: "00:00" } }
    roster { key: "b" priority: 1 rotation { unit: ROTATION_UNIT_WEEK start: "2024-02-29T00:00" shift_length: 1000
                                             technicians: ["ana", "ana"] } }
    overrides { key: "b" kind: OVERRIDE_KIND_ADD technician: "ana" start_time {} end_time { nanos: 1 } })"),
              IsEmpty());
}

TEST(RosterFaults, Keys) {
  const auto with_key = [](const std::string& key) {
    return EntryFaults("key: \"" + key + R"(" priority: 1 technician: "ana")");
  };
  for (const std::string& bad : {std::string(), std::string("A"), std::string("-a"), std::string("_a"),
                                 std::string("a b"), std::string("ä"), std::string(65, 'a')}) {
    EXPECT_THAT(with_key(bad), ElementsAre(HasSubstr("roster[0].key: must be 1 to 64 of a-z"))) << bad;
  }
  EXPECT_THAT(with_key(std::string(64, 'a')), IsEmpty());
  const std::string entry = R"(roster { key: "a" priority: 1 technician: "ana" } )";
  EXPECT_THAT(Faults(entry + entry),
              ElementsAre("roster[1].key: \"a\" is the key of roster[0] too; give each a key of its own"));
}

TEST(RosterFaults, PriorityAndWho) {
  for (const char* priority : {"", "priority: 0", "priority: -1"}) {
    EXPECT_THAT(EntryFaults(absl::StrCat(R"(key: "a" technician: "ana" )", priority)),
                ElementsAre("roster[0].priority: must be 1 or more; the smallest is paged first"));
  }
  EXPECT_THAT(EntryFaults(R"(key: "a" priority: 1)"),
              ElementsAre("roster[0].technician: is required, or else a `rotation`: say who is on call"));
  EXPECT_THAT(EntryFaults(R"(key: "a" priority: 1 technician: "")"),
              ElementsAre("roster[0].technician: is required: a technician's key"));
  EXPECT_THAT(
      EntryFaults(R"(key: "a" priority: 1 technician: "zoe")"),
      ElementsAre("roster[0].technician: \"zoe\" is no technician of this business; correct the key, or add them"));
}

TEST(RosterFaults, TimesOfWindows) {
  for (const char* bad : {"", "9:00", "09:0", "0900", "09:60", "25:00", "24:01", "09:00 ", " 9:00", "+9:00", "09:00:00",
                          "09.00", "ab:cd", "-1:00"}) {
    EXPECT_THAT(WindowFaults(absl::StrCat("from: \"", bad, "\" until: \"10:00\"")),
                ElementsAre("roster[0].windows[0].from: must be a time of day from 00:00 to 23:59, written like 09:00"))
        << bad;
    EXPECT_THAT(
        WindowFaults(absl::StrCat("from: \"08:00\" until: \"", bad, "\"")),
        ElementsAre("roster[0].windows[0].until: must be a time of day from 00:00 to 24:00, written like 09:00"))
        << bad;
  }
  EXPECT_THAT(WindowFaults(R"(from: "24:00" until: "10:00")"), ElementsAre(HasSubstr("windows[0].from: must be")));
  for (const char* time : {"00:00", "09:00"}) {
    EXPECT_THAT(WindowFaults(absl::StrCat("from: \"", time, "\" until: \"", time, "\"")),
                ElementsAre("roster[0].windows[0].until: is the same as `from`; for the whole day, write from 00:00 "
                            "until 24:00"));
  }
}

TEST(RosterFaults, DaysOfWindows) {
  const std::string times = R"( from: "18:00" until: "06:00")";
  EXPECT_THAT(WindowFaults("days: DAY_OF_WEEK_UNSPECIFIED" + times),
              ElementsAre(HasSubstr("roster[0].windows[0].days[0]: must be a day of the week")));
  v1::BusinessDirectory unknown = Directory(
      kNewYork, R"(roster { key: "a" priority: 1 technician: "ana" windows { from: "18:00" until: "06:00" } })");
  unknown.mutable_roster(0)->mutable_windows(0)->add_days(static_cast<v1::DayOfWeek>(8));
  EXPECT_THAT(Faults(unknown), ElementsAre(HasSubstr("roster[0].windows[0].days[0]: must be a day of the week")));
  EXPECT_THAT(WindowFaults("days: [DAY_OF_WEEK_FRIDAY, DAY_OF_WEEK_MONDAY, DAY_OF_WEEK_FRIDAY]" + times),
              ElementsAre("roster[0].windows[0].days[2]: is there twice; name each day once"));
}

TEST(RosterFaults, Rotations) {
  const std::string unit = "unit: ROTATION_UNIT_DAY ", start = R"(start: "2026-01-05T09:00" )",
                    who = R"(technicians: "ana" )";
  EXPECT_THAT(RotationFaults(start + who), ElementsAre(HasSubstr("roster[0].rotation.unit: is required")));
  for (const char* length : {"-1", "1001"}) {
    EXPECT_THAT(RotationFaults(unit + start + who + "shift_length: " + length),
                ElementsAre("roster[0].rotation.shift_length: must be from 1 to 1000; leave it out for 1"));
  }
  for (const char* bad :
       {"", "2026-01-05", "2026-01-05 09:00", "2026-01-05T24:00", "2026-02-29T09:00", "2026-13-01T09:00",
        "2026-00-01T09:00", "2026-01-05T09:00Z", "2026-1-05T009:00", "26-01-05T09:00"}) {
    EXPECT_THAT(RotationFaults(unit + who + "start: \"" + bad + "\""),
                ElementsAre("roster[0].rotation.start: must be a day and a time by the business's clock, written like "
                            "2026-01-05T09:00"))
        << bad;
  }
  EXPECT_THAT(RotationFaults(unit + start), ElementsAre(HasSubstr("roster[0].rotation.technicians: is empty")));
  EXPECT_THAT(RotationFaults(unit + start + R"(technicians: ["ana", "zoe", ""])"),
              ElementsAre(HasSubstr("roster[0].rotation.technicians[1]: \"zoe\" is no technician"),
                          HasSubstr("roster[0].rotation.technicians[2]: is required")));
}

TEST(RosterFaults, KindsOfOverridesAndReplacements) {
  const std::string times = Times(1000, 2000);
  EXPECT_THAT(OverrideFaults(R"(technician: "ana")" + times),
              ElementsAre("overrides[0].kind: is required: ADD, REMOVE or REPLACE"));
  EXPECT_THAT(OverrideFaults("kind: OVERRIDE_KIND_REMOVE " + times),
              ElementsAre("overrides[0].technician: is required: a technician's key"));
  EXPECT_THAT(OverrideFaults(R"(kind: OVERRIDE_KIND_REMOVE technician: "zoe")" + times),
              ElementsAre(HasSubstr("overrides[0].technician: \"zoe\" is no technician")));
  EXPECT_THAT(OverrideFaults(R"(kind: OVERRIDE_KIND_REPLACE technician: "ana")" + times),
              ElementsAre("overrides[0].replacement: is required: a technician's key"));
  EXPECT_THAT(OverrideFaults(R"(kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "zoe")" + times),
              ElementsAre(HasSubstr("overrides[0].replacement: \"zoe\" is no technician")));
  EXPECT_THAT(OverrideFaults(R"(kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "ana")" + times),
              ElementsAre(HasSubstr("overrides[0].replacement: is who is replaced")));
  for (const char* kind : {"ADD", "REMOVE"}) {
    EXPECT_THAT(
        OverrideFaults(absl::StrCat("kind: OVERRIDE_KIND_", kind, R"( technician: "ana" replacement: "bo")", times)),
        ElementsAre(HasSubstr("overrides[0].replacement: is for REPLACE only")));
  }
}

TEST(RosterFaults, TimesOfOverrides) {
  const std::string who = R"(kind: OVERRIDE_KIND_REMOVE technician: "ana" )";
  EXPECT_THAT(OverrideFaults(who),
              ElementsAre("overrides[0].start_time: is required", "overrides[0].end_time: is required"));
  EXPECT_THAT(OverrideFaults(who + Times(1000, 1000)),
              ElementsAre("overrides[0].end_time: must be after `start_time`"));
  EXPECT_THAT(OverrideFaults(who + Times(1000, 999)), ElementsAre("overrides[0].end_time: must be after `start_time`"));
  constexpr int kSeconds = 366 * 24 * 60 * 60;
  EXPECT_THAT(OverrideFaults(who + Times(0, kSeconds)), IsEmpty());
  EXPECT_THAT(OverrideFaults(who + Times(0, kSeconds + 1)),
              ElementsAre(HasSubstr("overrides[0].end_time: must be at most 366 days after `start_time`")));
  for (const char* bad : {"seconds: -1", "seconds: 253402300800", "nanos: -1", "nanos: 1000000000"}) {
    EXPECT_THAT(OverrideFaults(absl::StrCat(who, "start_time { ", bad, " } end_time { seconds: 1 }")),
                ElementsAre("overrides[0].start_time: must lie between 1970 and 9999"))
        << bad;
  }
}

TEST(RosterFaults, OverridesOfOneTechnicianThatOverlap) {
  const auto two = [](const char* first, const char* second, int begin, int end) {
    return Faults(absl::StrCat("overrides { key: \"first\" kind: OVERRIDE_KIND_", first, " ", Times(1000, 2000),
                               " } overrides { key: \"second\" kind: OVERRIDE_KIND_", second, " ", Times(begin, end),
                               " }"));
  };
  const char* const remove_ana = R"(REMOVE technician: "ana")";
  const auto overlap = ElementsAre(
      "overrides[1].start_time: overlaps overrides[0] (\"first\"), which is about \"ana\" too; end one before the "
      "other "
      "begins");
  EXPECT_THAT(two(remove_ana, R"(REPLACE technician: "ana" replacement: "bo")", 1999, 3000), overlap);
  EXPECT_THAT(two(remove_ana, R"(ADD technician: "ana")", 1200, 1300), overlap);
  EXPECT_THAT(two(remove_ana, remove_ana, 500, 1001), overlap);
  EXPECT_THAT(two(remove_ana, remove_ana, 1000, 2000), overlap);
  EXPECT_THAT(two(remove_ana, remove_ana, 2000, 3000), IsEmpty());
  EXPECT_THAT(two(remove_ana, remove_ana, 500, 1000), IsEmpty());
  EXPECT_THAT(two(remove_ana, R"(REPLACE technician: "bo" replacement: "ana")", 1200, 1300), IsEmpty());
}

TEST(RosterFaults, PriorityAndReasonOfOverrides) {
  const std::string what = R"(kind: OVERRIDE_KIND_ADD technician: "ana" )" + Times(1000, 2000);
  EXPECT_THAT(OverrideFaults(what + "priority: -1"),
              ElementsAre(HasSubstr("overrides[0].priority: must be 1 or more")));
  EXPECT_THAT(OverrideFaults(what + "reason: \"" + std::string(200, 'a') + "\""), IsEmpty());
  EXPECT_THAT(OverrideFaults(what + "reason: \"" + std::string(201, 'a') + "\""),
              ElementsAre("overrides[0].reason: is longer than 200 bytes; shorten it"));
  EXPECT_THAT(OverrideFaults(what + R"(reason: "\000")"),
              ElementsAre(HasSubstr("overrides[0].reason: is not valid UTF-8")));
}

TEST(RosterFaults, KeysOfOverrides) {
  const auto key = [](const char* key, int begin) {
    return absl::StrCat("overrides { key: \"", key, R"(" kind: OVERRIDE_KIND_ADD technician: "ana" )",
                        Times(begin, begin + 1), " } ");
  };
  EXPECT_THAT(
      Faults(key("a", 1) + key("A", 2) + key("a", 3)),
      ElementsAre(HasSubstr("overrides[1].key: must be 1 to 64"), HasSubstr("overrides[2].key: \"a\" is the key of")));
}

TEST(RosterFaults, Sizes) {
  v1::BusinessDirectory directory = Directory(kNewYork, "");
  const auto add_entry = [&directory](int number) {
    v1::RosterEntry& entry = *directory.add_roster();
    entry.set_key(absl::StrCat("entry-", number));
    entry.set_priority(1);
    entry.set_technician("ana");
    return &entry;
  };
  for (int i = 0; i < 200; ++i) add_entry(i);
  for (int i = 0; i < 50; ++i) {
    v1::Window& window = *directory.mutable_roster(0)->add_windows();
    window.set_from("18:00");
    window.set_until("06:00");
  }
  v1::Rotation& rotation = *directory.mutable_roster(1)->mutable_rotation();
  rotation.set_unit(v1::ROTATION_UNIT_DAY);
  rotation.set_start("2026-01-05T09:00");
  for (int i = 0; i < 50; ++i) rotation.add_technicians("ana");
  for (int i = 0; i < 500; ++i) {
    v1::Override& change = *directory.add_overrides();
    change.set_key(absl::StrCat("override-", i));
    change.set_kind(v1::OVERRIDE_KIND_REMOVE);
    change.set_technician("ana");
    change.mutable_start_time()->set_seconds(i);
    change.mutable_end_time()->set_seconds(i + 1);
  }
  EXPECT_THAT(Faults(directory), IsEmpty());
  directory.mutable_roster(0)->add_windows();
  rotation.add_technicians("ana");
  directory.add_overrides();
  EXPECT_THAT(Faults(directory), ElementsAre(HasSubstr("roster[0].windows: has 51 windows; at most 50"),
                                             HasSubstr("roster[1].rotation.technicians: has 51 turns; at most 50"),
                                             HasSubstr("overrides: has 501 overrides; at most 500")));
  directory.clear_overrides();
  add_entry(200);
  EXPECT_THAT(Faults(directory), ElementsAre(HasSubstr("roster: has 201 entries; at most 200")));
}

}  // namespace
}  // namespace afterhours::core
