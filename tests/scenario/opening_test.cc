// Nobody is on call yet: whoever comes on call is paged at that moment.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

constexpr auto UNASSIGNED = v1::DISPATCH_STATUS_UNASSIGNED;
constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

std::string OpenFrom(absl::Time opening) {
  return absl::StrCat("windows: [{from: ", TimeOfDay(opening), ", until: ", TimeOfDay(opening + absl::Hours(8)), "}]");
}

// Ana is on call from `opening` on. It is asked at that moment, not a minute after
// the call, and she is paged then.
void ExpectPagedAtTheOpening(World& world, DispatchHandle dispatch, absl::Time opening) {
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  const absl::Time next_minute = dispatch.TimesOf(v1::EVENT_KIND_CALL_RECEIVED)[0] + absl::Minutes(1);
  ASSERT_LT(opening, next_minute);
  EXPECT_EQ(dispatch.NextStep(), opening);
  world.Advance(opening - world.Now() + absl::Seconds(1));
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  const absl::Time paged = dispatch.TimesOf(v1::EVENT_KIND_PAGE_PLANNED)[0];
  EXPECT_GE(paged, opening);
  EXPECT_LT(paged, next_minute);
}

TEST(Review, OutsideOfAllWindows_PagedWhenOneOpens) {
  World world({.directory = DirectoryOf({Firm()})});
  const absl::Time opening = world.AdvanceToHalfAMinuteBefore();
  world.ApplyDirectory(
      DirectoryOf({{.roster = absl::StrCat("[{technician: ana, priority: 1, ", OpenFrom(opening), "}]")}}));
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_NOBODY_ON_CALL);
  ExpectPagedAtTheOpening(world, dispatch, opening);
}

TEST(Review, BeforeTheRotationsStart_PagedWhenItBegins) {
  World world({.directory = DirectoryOf({Firm()})});
  const absl::Time opening = world.AdvanceToHalfAMinuteBefore();
  world.ApplyDirectory(DirectoryOf({{.roster = absl::StrCat("[{key: weeks, priority: 1, rotation: {unit: WEEK, start: ",
                                                            DayAndTime(opening), ", technicians: [ana, bo]}}]")}}));
  ExpectPagedAtTheOpening(world, world.PlaceCall("Water leak"), opening);
}

TEST(Review, EverybodyIsTakenOffTheRoster_PagedWhenThatEnds) {
  World world({.directory = DirectoryOf({Firm()})});
  const absl::Time opening = world.AdvanceToHalfAMinuteBefore();
  Firm smith{.roster = "[{technician: ana, priority: 1}]"};
  smith.overrides = absl::StrCat("[{kind: REMOVE, technician: ana, start_time: ", DayAndTime(opening - absl::Hours(2)),
                                 ", end_time: ", DayAndTime(opening), "}]");
  world.ApplyDirectory(DirectoryOf({smith}));
  ExpectPagedAtTheOpening(world, world.PlaceCall("Water leak"), opening);
}

TEST(Review, EverybodyIsTakenOffTheRoster_PagedWhenThatIsTakenBack) {
  World world({.directory = DirectoryOf({Firm()})});
  Firm smith{.roster = "[{technician: ana, priority: 1}]"};
  smith.overrides =
      absl::StrCat("[{kind: REMOVE, technician: ana, start_time: ", DayAndTime(world.Now() - absl::Hours(2)),
                   ", end_time: ", DayAndTime(world.Now() + absl::Hours(9)), "}]");
  world.ApplyDirectory(DirectoryOf({smith}));
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  world.ApplyDirectory(DirectoryOf({{.roster = "[{technician: ana, priority: 1}]"}}));
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Review, TheWindowOpensWhileDispatchdIsDown_PagedWhenItIsBack) {
  World world({.directory = DirectoryOf({Firm()})});
  const absl::Time opening = world.AdvanceToHalfAMinuteBefore();
  world.ApplyDirectory(
      DirectoryOf({{.roster = absl::StrCat("[{technician: ana, priority: 1, ", OpenFrom(opening), "}]")}}));
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  EXPECT_EQ(dispatch.NextStep(), opening);
  world.KillDispatchd();
  world.Advance(absl::Seconds(31));
  world.StartDispatchd();
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

// The owner was asked for want of anybody else.
TEST(Review, SomebodyIsPutOnTheRosterInTheOwnersTurn_PagedAtOnce) {
  World world({.directory = DirectoryOf({{.more = kSam, .roster = "[]"}})});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms to_sam = world.PhoneOf("sam").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.ApplyDirectory(DirectoryOf({{.more = kSam, .roster = "[{technician: ana, priority: 1}]"}}));
  world.PhoneOf("ana").ExpectSms("Water leak");
  to_sam.Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Sam Smith") << "who was asked may answer still";
}

// Nobody could be reached, and it is tried again less and less often: not past this.
TEST(Review, TheWindowOpensWhileNobodyCanBeReached_PagedThen) {
  World world({.directory = DirectoryOf({Firm()})});
  world.AllowErrors();
  const absl::Time opening = world.AdvanceToHalfAMinuteBefore();
  world.ApplyDirectory(DirectoryOf({{.roster = absl::StrCat("[{technician: bo, priority: 1}, {technician: ana, ",
                                                            "priority: 2, ", OpenFrom(opening), "}]")}}));
  world.simulator().AddFault(
      {{"kind", "refuse"}, {"code", 20003}, {"http_status", 401}, {"count", 0}, {"to", "+19495550112"}});
  world.Advance(absl::Seconds(5));  // so that the first pause, of 30 s, would end after it
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  dispatch.ExpectNextStep(opening);
  world.Advance(opening - world.Now() + absl::Seconds(1));
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
