// A caller calls again about the same matter: one dispatch, and whoever may be on
// their way hears of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr char kAgain[] = "The caller called again.";

// Who calls, and calls again.
DispatchHandle Call(World& world, const std::string& words, const nlohmann::json& more = {}) {
  nlohmann::json call = {{"from_number", World::kCallerNumber}};
  if (more.is_object()) call.update(more);
  return world.PlaceCall(words, call);
}

int RepeatCount(const DispatchHandle& dispatch) { return dispatch.Get().repeat_calls_size(); }

// The first call, which has Ana's attention.
DispatchHandle CallAna(World& world, Phone& ana) {
  DispatchHandle dispatch = Call(world, "No heat in the house");
  ana.ExpectSms("No heat");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  return dispatch;
}

TEST(RepeatCall, JoinsWhatIsUnderWay_AndIsToldOnce) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  EXPECT_EQ(Call(world, "Any news about my heater?", {{"call_id", "call_again"}}).id(), dispatch.id());
  EXPECT_THAT(ana.ExpectSms(kAgain).body(), AllOf(HasSubstr("Any news"), HasSubstr("called 2 times")));
  const v1::StatusResponse status = dispatch.Get();
  ASSERT_EQ(status.repeat_calls_size(), 1);
  EXPECT_EQ(status.repeat_calls(0).external_call_id(), "call_again");
  EXPECT_THAT(status.repeat_calls(0).transcript(), HasSubstr("Any news"));
  EXPECT_THAT(status.dispatch().call().transcript(), Not(HasSubstr("Any news")));
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_CALL_REPEATED), SizeIs(1));
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
  // Whoever is paged later reads it in the page.
  world.Advance(absl::Minutes(11));
  world.PhoneOf("bo").ExpectSms("called 2 times").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(RepeatCall, HoweverOftenItsWebhookComes_ItIsOneCall) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  const nlohmann::json again = {{"call_id", "call_five"},
                                {"from_number", World::kCallerNumber},
                                {"to_number", World::kCalledNumber},
                                {"transcript", "User: Is someone coming?"}};
  world.SendRetellEvent({{"event", "call_ended"}, {"call", again}, {"times", 5}, {"parallel", true}});
  world.ReportCall("call_ended", again);
  ana.ExpectSms(kAgain);
  EXPECT_EQ(RepeatCount(dispatch), 1);
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_CALL_REPEATED), SizeIs(1));
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
  EXPECT_EQ(world.DispatchOf("call_five").id(), dispatch.id());
}

TEST(RepeatCall, IsToldThreeTimesAtMost) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Call(world, "Is someone coming?").id(), dispatch.id());
  for (int i = 0; i < 3; ++i) ana.ExpectSms(kAgain);
  EXPECT_EQ(RepeatCount(dispatch), 5) << "all of them are kept";
  EXPECT_EQ(dispatch.Get().pages_size(), 4);
  world.Advance(absl::Minutes(11));
  world.PhoneOf("bo").ExpectSms("called 6 times");
}

TEST(RepeatCall, TheTextCanBeAnswered) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  Call(world, "Is someone coming?");
  const ReceivedSms told = ana.ExpectSms(kAgain);
  EXPECT_THAT(told.Reply("1"), HasSubstr("It is yours")) << "both of her texts are about one dispatch";
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(RepeatCall, ByTheCodeOfTheText_ItIsTakenToo) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  Call(world, "Is someone coming?");
  const ReceivedSms told = ana.ExpectSms(kAgain);
  EXPECT_THAT(told.code(), SizeIs(4));
  EXPECT_THAT(told.Reply("1 {code}"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(RepeatCall, EverybodyWhoWasPagedIsTold_ButWhoPassed) {
  World world({.directory = DirectoryOf({{.more = kSam}})});
  Phone ana = world.PhoneOf("ana"), bo = world.PhoneOf("bo"), sam = world.PhoneOf("sam");
  DispatchHandle dispatch = Call(world, "No heat in the house");
  ana.ExpectSms("No heat").Reply("2");
  bo.ExpectSms("No heat");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  world.Advance(absl::Minutes(11));
  sam.ExpectSms("No heat");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 2);
  Call(world, "Is someone coming?");
  bo.ExpectSms(kAgain);
  sam.ExpectSms(kAgain);
  EXPECT_EQ(dispatch.Get().pages_size(), 5);
}

TEST(RepeatCall, AfterTheAck_ItIsAnotherDispatch) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = CallAna(world, ana);
  ana.Send("1");
  first.ExpectStatus(CONFIRMED);
  DispatchHandle second = Call(world, "No heat still");
  EXPECT_NE(second.id(), first.id());
  ana.ExpectSms("No heat still");
  EXPECT_EQ(RepeatCount(first), 0);
}

TEST(RepeatCall, AnotherMatter_IsAnotherDispatch) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = CallAna(world, ana);
  DispatchHandle second = Call(world, "The toilet is overflowing");
  EXPECT_NE(second.id(), first.id());
  ana.ExpectSms("toilet");
  // And about which of them is a third?
  EXPECT_EQ(Call(world, "The toilet overflows still").id(), second.id());
  ana.ExpectSms(kAgain);
  EXPECT_EQ(Call(world, "No heat still").id(), first.id());
  ana.ExpectSms(kAgain);
}

TEST(RepeatCall, WithoutACallersNumber_NoneIsTheSame) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = Call(world, "No heat in the house", {{"from_number", "anonymous"}});
  ana.ExpectSms("withheld");
  DispatchHandle second = Call(world, "No heat in the house", {{"from_number", "anonymous"}});
  EXPECT_NE(second.id(), first.id());
  ana.ExpectSms("withheld");
}

TEST(RepeatCall, ToAnotherBusiness_ItIsAnotherDispatch) {
  World world({.directory = DirectoryOf({Firm(), Jones()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = CallAna(world, ana);
  DispatchHandle second = Call(world, "No heat in the house", {{"to_number", Jones().number}});
  EXPECT_NE(second.id(), first.id());
  world.PhoneWith(kCy).ExpectSms("No heat");
  EXPECT_EQ(RepeatCount(first), 0);
}

TEST(RepeatCall, WithAWindowOfZero_NoneJoins) {
  World world({.directory = DirectoryOf({{.more = "repeat_call_window: 0s"}})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = CallAna(world, ana);
  EXPECT_NE(Call(world, "No heat still").id(), first.id());
  ana.ExpectSms("No heat still");
}

TEST(RepeatCall, AfterTheWindow_ItIsAnotherDispatch) {
  World world({.directory = DirectoryOf({{.more = "repeat_call_window: 20m", .steps = "[{channel: SMS, wait: 1h}]"}})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = CallAna(world, ana);
  world.Advance(absl::Minutes(19));
  EXPECT_EQ(Call(world, "No heat still").id(), first.id());
  ana.ExpectSms(kAgain);
  world.Advance(absl::Minutes(2));
  EXPECT_NE(Call(world, "No heat still").id(), first.id());
  ana.ExpectSms("No heat still");
}

TEST(RepeatCall, TwoAtOnce_BothAreKept) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = CallAna(world, ana);
  const auto call = [&world](const char* id) {
    return std::async(std::launch::async, [&world, id] {
      return Call(world, "Is someone coming?", {{"call_id", id}}).id();
    });
  };
  auto one = call("call_x"), other = call("call_y");
  EXPECT_EQ(one.get(), dispatch.id());
  EXPECT_EQ(other.get(), dispatch.id());
  EXPECT_EQ(RepeatCount(dispatch), 2);
  ana.ExpectSms(kAgain);
  ana.ExpectSms(kAgain);
}

}  // namespace
}  // namespace afterhours::testing
