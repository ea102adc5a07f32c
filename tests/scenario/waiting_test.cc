// Nobody can be paged: how that comes to be, and what brings it back to life.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto UNASSIGNED = v1::DISPATCH_STATUS_UNASSIGNED;
constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

// A call that waits for somebody to be there.
DispatchHandle PlaceCallForNobody(World& world) {
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  dispatch.ExpectEvent(v1::EVENT_KIND_NOBODY_ON_CALL);
  return dispatch;
}

void ExpectAnaTakesIt(World& world, const DispatchHandle& dispatch) {
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Review, EmptyRoster_SomebodyIsPutOnIt) {
  World world({.directory = DirectoryOf({{.roster = "[]"}})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  world.ApplyDirectory(DirectoryOf({{.roster = "[{technician: ana, priority: 1}]"}}));
  dispatch.ExpectEvent(v1::EVENT_KIND_ROSTER_CHANGED);
  ExpectAnaTakesIt(world, dispatch);
}

TEST(Review, EmptyRoster_SomebodyIsAddedForTheNight) {
  World world({.directory = DirectoryOf({{.roster = "[]"}})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  Firm smith{.roster = "[]"};
  smith.overrides = absl::StrCat("[{kind: ADD, technician: ana, start_time: ", DayAndTime(world.Now()),
                                 ", end_time: ", DayAndTime(world.Now() + absl::Hours(2)), "}]");
  world.ApplyDirectory(DirectoryOf({smith}));
  ExpectAnaTakesIt(world, dispatch);
}

TEST(Review, NobodyIsAvailable_SomebodyIsAgain) {
  for (const char* away : {"available: false", "active: false"}) {
    Firm smith{.technicians = absl::StrCat("[{key: ana, name: Ana Diaz, sms: \"+19495550111\", ", away, "}]"),
               .roster = "[{technician: ana, priority: 1}]"};
    World world({.directory = DirectoryOf({smith})});
    DispatchHandle dispatch = PlaceCallForNobody(world);
    smith.technicians = "[{key: ana, name: Ana Diaz, sms: \"+19495550111\"}]";
    world.ApplyDirectory(DirectoryOf({smith}));
    ExpectAnaTakesIt(world, dispatch);
  }
}

TEST(Review, NobodyHasAnAddress_SomebodyGetsOne) {
  Firm smith{.technicians = "[{key: ana, name: Ana Diaz, email: ana@example.com}]",
             .roster = "[{technician: ana, priority: 1}]"};
  World world({.directory = DirectoryOf({smith})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  smith.technicians = "[{key: ana, name: Ana Diaz, sms: \"+19495550111\"}]";
  world.ApplyDirectory(DirectoryOf({smith}));
  ExpectAnaTakesIt(world, dispatch);
}

TEST(Review, OwnerWithoutAPhone_GetsOne) {
  Firm smith{.more = "owner: {name: Sam Smith}", .roster = "[]"};
  World world({.directory = DirectoryOf({smith})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  smith.more = kSam;
  world.ApplyDirectory(DirectoryOf({smith}));
  world.PhoneOf("sam").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Sam Smith");
}

TEST(Review, AChangeThatHelpsNobody_TellsNothing) {
  World world({.directory = DirectoryOf({{.roster = "[]"}})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  const int count = dispatch.Get().events_size();
  world.ApplyDirectory(DirectoryOf({{.number = "+19495550107", .roster = "[]"}}));
  EXPECT_EQ(dispatch.Get().events_size(), count);
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
}

TEST(Review, AnothersDirectory_MovesNobodyOn) {
  const Firm smith{.roster = "[]"};
  Firm jones = Jones();
  jones.roster = "[]";
  World world({.directory = DirectoryOf({smith, jones})});
  DispatchHandle dispatch = PlaceCallForNobody(world);
  const int count = dispatch.Get().events_size();
  world.ApplyDirectory(DirectoryOf({smith, Jones()}));
  EXPECT_EQ(dispatch.Get().events_size(), count);
}

TEST(Review, AllAreSuppressed_OneOfThemTextsStart) {
  World world({.directory = DirectoryOf({{.roster = "[{technician: ana, priority: 1}]"}})});
  Phone ana = world.PhoneOf("ana");
  ana.Send("STOP");
  DispatchHandle first = world.PlaceCall("Water leak");
  first.ExpectPage(v1::PAGE_STATE_FAILED);  // Twilio says that she opted out
  first.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  DispatchHandle second = world.PlaceCall("Gas leak");
  EXPECT_EQ(second.Get().dispatch().status(), UNASSIGNED);
  second.ExpectPage(v1::PAGE_STATE_SUPPRESSED);
  const absl::Time before = second.NextStep();
  ana.Send("START");
  second.ExpectEvent(v1::EVENT_KIND_ROSTER_CHANGED);
  const ReceivedSms one = ana.ExpectSms("leak"), other = ana.ExpectSms("leak");
  EXPECT_LT(second.TimesOf(v1::EVENT_KIND_ROSTER_CHANGED)[0], before) << "it is not waited for the next try";
  one.Reply("1 {code}");
  other.Reply("1 {code}");
  first.ExpectStatus(CONFIRMED);
  second.ExpectStatus(CONFIRMED);
}

// "YES" makes the provider send texts again, and it is an answer, too: one word for both.
TEST(Review, YesAfterStop_IsAnAnswerAsWell) {
  World world({.directory = DirectoryOf({Firm()})});
  world.simulator().AddFault({{"kind", "undelivered"}, {"code", 30008}, {"count", 0}, {"to", "+19495550112"}});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = world.PlaceCall("Water leak");
  ana.ExpectSms("Water leak");
  first.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(absl::Minutes(10) + absl::Seconds(1));
  world.CountExpectedSms();
  first.ExpectPage(v1::PAGE_STATE_UNDELIVERED, 1);  // Bo's: he can be asked again
  first.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  ana.Send("STOP");
  DispatchHandle second = world.PlaceCall("Gas leak");
  world.CountExpectedSms();
  second.ExpectPage(v1::PAGE_STATE_FAILED);
  second.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  EXPECT_THAT(ana.Send("YES"), HasSubstr("It is yours"));
  first.ExpectEvent(v1::EVENT_KIND_ROSTER_CHANGED);
  first.ExpectStatus(CONFIRMED);
  ana.ExpectSms("Gas leak").Reply("1");
  second.ExpectStatus(CONFIRMED);
}

TEST(Review, TheFirstNumberOptedOut_TheSecondIsTexted) {
  constexpr char kSecond[] = "+19495550113";
  World world(
      {.directory = DirectoryOf(
           {{.technicians = absl::StrCat("[{key: ana, name: Ana Diaz, contact_methods: [{channel: SMS, ",
                                         "address: \"+19495550111\"}, {channel: SMS, address: \"", kSecond, "\"}]}]"),
             .roster = "[{technician: ana, priority: 1}]"}})});
  world.PhoneOf("ana").Send("STOP");
  DispatchHandle first = world.PlaceCall("Water leak");
  first.ExpectPage(v1::PAGE_STATE_FAILED);
  first.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  DispatchHandle second = world.PlaceCall("Gas leak");
  EXPECT_EQ(second.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
  Phone other = world.PhoneWith(kSecond);
  other.ExpectSms("Gas leak").Reply("1");
  second.ExpectStatus(CONFIRMED);
  world.Advance(absl::Seconds(31));  // the first one is tried again, where it works
  other.ExpectSms("Water leak").Reply("1");
  first.ExpectStatus(CONFIRMED);
}

TEST(Review, WhatWaitsForTheMorning_BeginsThen) {
  World world({.directory = DirectoryOf({Firm()})});
  const absl::Time minute = world.AdvanceToHalfAMinuteBefore();
  Firm smith{.hold = absl::StrCat("from: ", TimeOfDay(minute - absl::Hours(2)), ", until: ", TimeOfDay(minute))};
  world.ApplyDirectory(DirectoryOf({smith}));
  DispatchHandle dispatch = world.PlaceCall("Wants a quote");
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  dispatch.ExpectEvent(v1::EVENT_KIND_WAITING);
  EXPECT_EQ(dispatch.NextStep(), minute);
  // A change of the directory is no reason to wake anybody.
  smith.roster = "[{technician: bo, priority: 1}]";
  world.ApplyDirectory(DirectoryOf({smith}));
  EXPECT_EQ(dispatch.NextStep(), minute);
  world.Advance(absl::Seconds(31));
  world.PhoneOf("bo").ExpectSms("Wants a quote").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_GE(dispatch.TimesOf(v1::EVENT_KIND_PAGE_PLANNED)[0], minute);
}

TEST(Review, TheAgentsReportIsAwaited_ItComesOrDoesNot) {
  World world({.directory = DirectoryOf({Firm()})});
  const auto end_call = [&world](const std::string& sid) {
    world.simulator().Control("twilio/call-ended",
                              {{"from", "+12135560199"}, {"to", World::kCalledNumber}, {"call_sid", sid}});
    DispatchHandle dispatch = world.DispatchOf(sid);
    EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
    return dispatch;
  };
  Phone ana = world.PhoneOf("ana");
  const std::string told = "CA0000000000000000000000000000aaaa", silent = "CA0000000000000000000000000000bbbb";
  DispatchHandle reported = end_call(told);
  world.ApplyDirectory(DirectoryOf({{.roster = "[{technician: ana, priority: 1}]"}}));
  EXPECT_EQ(reported.Get().pages_size(), 0) << "a change of the directory is no report";
  world.ReportCall("call_ended", {{"to_number", World::kCalledNumber},
                                  {"transcript", "User: Water leak"},
                                  {"telephony_identifier", {{"twilio_call_sid", told}}}});
  ana.ExpectSms("Water leak").Reply("1");
  reported.ExpectStatus(CONFIRMED);

  DispatchHandle unreported = end_call(silent);
  world.Advance(absl::Seconds(31));
  ana.ExpectSms("No summary").Reply("1");
  unreported.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
