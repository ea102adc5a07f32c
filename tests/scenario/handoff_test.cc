// A shift ends while a dispatch is under way: whoever is on call now is asked, and
// whoever was asked before may answer still.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

// Ana until `change`, then Bo; the next step is due after it.
std::string ShiftChange(absl::Time change, const std::string& more = "") {
  const std::string before = absl::StrCat("from: ", TimeOfDay(change - absl::Hours(4)), ", until: ", TimeOfDay(change));
  const std::string after = absl::StrCat("from: ", TimeOfDay(change), ", until: ", TimeOfDay(change + absl::Hours(4)));
  return DirectoryOf(
      {{.more = more,
        .roster = absl::StrCat("[{key: late, technician: ana, priority: 1, windows: [{", before,
                               "}]}, {key: night, technician: bo, priority: 1, windows: [{", after, "}]}]"),
        .steps = "[{channel: SMS, wait: 10m}, {channel: SMS, wait: 10m}]"}});
}

// Ana has been paged half a minute before her shift ends.
struct Evening {
  World world{{.directory = DirectoryOf({Firm()})}};
  absl::Time change = world.AdvanceToHalfAMinuteBefore();
  Phone ana = world.PhoneOf("ana");
  Phone bo = world.PhoneOf("bo");

  DispatchHandle PageAna(const std::string& directory) {
    world.ApplyDirectory(directory);
    DispatchHandle dispatch = world.PlaceCall("Water leak");
    ana.ExpectSms("Water leak");
    dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
    return dispatch;
  }
};

TEST(Handoff, TheNextStepIsForWhoeverIsOnCallNow) {
  Evening evening;
  DispatchHandle dispatch = evening.PageAna(ShiftChange(evening.change));
  evening.world.Advance(absl::Minutes(11));
  evening.bo.ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.pages_size(), 2) << "Ana's second text is not sent";
  EXPECT_EQ(status.dispatch().acked_by(), "Bo Chen");
}

TEST(Handoff, TheWaitOfTheOneWhoWasPagedIsNotCutShort) {
  Evening evening;
  DispatchHandle dispatch = evening.PageAna(ShiftChange(evening.change));
  evening.world.Advance(absl::Minutes(5));
  EXPECT_GT(dispatch.NextStep(), evening.world.Now());
  EXPECT_EQ(dispatch.Get().pages_size(), 1) << "she may be about to answer";
}

TEST(Handoff, WhoeverLeftMayAnswerStill) {
  Evening evening;
  DispatchHandle dispatch = evening.PageAna(ShiftChange(evening.change));
  evening.world.Advance(absl::Minutes(11));
  const ReceivedSms to_bo = evening.bo.ExpectSms("Water leak");
  EXPECT_THAT(evening.ana.Send("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Ana Diaz");
  EXPECT_THAT(to_bo.Reply("1"), HasSubstr("Already taken by Ana Diaz"));
}

TEST(Handoff, WhoeverLeftIsNotPagedAgain) {
  Evening evening;
  std::string yaml = ShiftChange(evening.change, kSam);
  const std::string once = "owner_steps: [{channel: SMS, wait: 10m}]";
  for (std::size_t at = 0; (at = yaml.find(once, at)) != std::string::npos; at += once.size()) {
    yaml.replace(at, once.size(), once + ", rounds: 2");
  }
  DispatchHandle dispatch = evening.PageAna(yaml);
  for (int i = 0; i < 2; ++i) {
    evening.world.Advance(absl::Minutes(11));
    evening.bo.ExpectSms("Water leak");
    dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1 + i);
  }
  evening.world.Advance(absl::Minutes(11));
  evening.world.PhoneOf("sam").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 3);
  evening.world.Advance(absl::Minutes(11));
  evening.bo.ExpectSms("Water leak").Reply("1 {code}");  // the second round: Bo, and not Ana
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Handoff, TheNextTurnOfARotationTakesOver) {
  Evening evening;
  const absl::Time start = evening.change - absl::Hours(12);
  DispatchHandle dispatch = evening.PageAna(DirectoryOf(
      {{.roster = absl::StrCat("[{key: turns, priority: 1, rotation: {unit: HOUR, shift_length: 12, start: ",
                               DayAndTime(start), ", technicians: [ana, bo]}}]")}}));
  evening.world.Advance(absl::Minutes(11));
  evening.bo.ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Handoff, TwoSwapTheirShiftsMeanwhile) {
  Evening evening;
  Firm smith{.roster = "[{technician: ana, priority: 1}]",
             .steps = "[{channel: SMS, wait: 10m}, {channel: SMS, wait: 10m}]"};
  DispatchHandle dispatch = evening.PageAna(DirectoryOf({smith}));
  smith.overrides = absl::StrCat("[{kind: REPLACE, technician: ana, replacement: bo, start_time: ",
                                 DayAndTime(evening.world.Now() - absl::Minutes(1)),
                                 ", end_time: ", DayAndTime(evening.change + absl::Hours(8)), "}]");
  evening.world.ApplyDirectory(DirectoryOf({smith}));
  EXPECT_EQ(dispatch.Get().pages_size(), 1) << "Ana has her time to answer";
  evening.world.Advance(absl::Minutes(11));
  evening.bo.ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
}

// The hand-over of her page failed for good, and nothing says that she has it: it is
// for whoever is on call now.
TEST(Handoff, APageThatNeverCameToBe_IsNotSentAgainToWhoeverLeft) {
  Evening evening;
  evening.world.ApplyDirectory(ShiftChange(evening.change));
  evening.world.simulator().AddFault({{"kind", "reset_before_accept"}});
  DispatchHandle dispatch = evening.world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN);
  evening.world.Advance(absl::Seconds(31));  // Ana has left; the provider is asked
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_UNCERTAIN);
  evening.world.Advance(absl::Seconds(21));
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED);
  evening.bo.ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Handoff, EverybodyLeaves_TheOwnerIsAsked) {
  Evening evening;
  Firm smith{.more = kSam};
  smith.roster =
      absl::StrCat("[{technician: ana, priority: 1, windows: [{from: ", TimeOfDay(evening.change - absl::Hours(4)),
                   ", until: ", TimeOfDay(evening.change), "}]}]");
  DispatchHandle dispatch = evening.PageAna(DirectoryOf({smith}));
  evening.world.Advance(absl::Minutes(11));
  evening.world.PhoneOf("sam").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
