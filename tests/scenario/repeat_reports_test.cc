// What a repeated call says: of how urgent it is, and in later reports of it.

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
constexpr char kAgain[] = "The caller called again.";

DispatchHandle Call(World& world, const std::string& words, const nlohmann::json& more = {}) {
  nlohmann::json call = {{"from_number", World::kCallerNumber}};
  if (more.is_object()) call.update(more);
  return world.PlaceCall(words, call);
}

// What can wait, while it is night until noon tomorrow or so.
std::string HeldDirectory(World& world) {
  return DirectoryOf({{.hold = absl::StrCat("from: ", TimeOfDay(world.Now() - absl::Hours(2)),
                                            ", until: ", TimeOfDay(world.Now() + absl::Hours(8)))}});
}

TEST(RepeatCall, RaisesTheUrgency_AndNobodyWaitsForTheMorning) {
  World world({.directory = DirectoryOf({Firm()})});
  world.ApplyDirectory(HeldDirectory(world));
  DispatchHandle dispatch = Call(world, "The heater is noisy, no hurry");
  ASSERT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  EXPECT_EQ(Call(world, "My heater again: still no hurry").id(), dispatch.id());
  EXPECT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  EXPECT_EQ(
      Call(world, "About my heater", {{"call_analysis", {{"custom_analysis_data", {{"emergency_level", "high"}}}}}})
          .id(),
      dispatch.id());
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_HIGH);
  world.PhoneOf("ana").ExpectSms("HIGH").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(RepeatCall, RaisesTheUrgency_TheNextStepComesSooner) {
  World world({.directory = DirectoryOf({Firm()})});
  Firm smith;
  smith.steps = "[{channel: SMS, wait: 1h}]";
  std::string yaml = DirectoryOf({smith});
  const std::string high = "HIGH: {steps: [{channel: SMS, wait: 1h}]";
  yaml.replace(yaml.find(high), high.size(), "HIGH: {steps: [{channel: SMS, wait: 3m}]");
  world.ApplyDirectory(yaml);
  DispatchHandle dispatch = Call(world, "No heat in the house");
  Phone ana = world.PhoneOf("ana");
  ana.ExpectSms("MEDIUM");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(Call(world, "No heat still, and now my baby is freezing").id(), dispatch.id());
  EXPECT_THAT(ana.ExpectSms(kAgain).body(), HasSubstr("HIGH"));
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_HIGH);
  world.Advance(absl::Minutes(4));
  world.PhoneOf("bo").ExpectSms("HIGH").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(RepeatCall, NeverLowersTheUrgency) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = Call(world, "The basement is flooding");
  ana.ExpectSms("HIGH");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(Call(world, "Is someone coming? There is no hurry.").id(), dispatch.id());
  ana.ExpectSms("HIGH");
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_HIGH);
}

TEST(RepeatCall, ALaterReportOfIt_AddsToItAndNotToTheFirst) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = Call(world, "No heat in the house");
  ana.ExpectSms("No heat");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  Call(world, "Is someone coming?", {{"call_id", "call_again"}});
  ana.ExpectSms(kAgain);
  world.ReportCall("call_analyzed", {{"call_id", "call_again"},
                                     {"from_number", World::kCallerNumber},
                                     {"to_number", World::kCalledNumber},
                                     {"call_analysis", {{"call_summary", "Asks when somebody comes for the heater"}}}});
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.dispatch().call().summary(), "");
  ASSERT_EQ(status.repeat_calls_size(), 1);
  EXPECT_EQ(status.repeat_calls(0).summary(), "Asks when somebody comes for the heater");
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_CALL_ENRICHED), SizeIs(1));
  EXPECT_EQ(status.pages_size(), 2) << "nobody is told twice of one call";
}

TEST(RepeatCall, ALaterReportOfIt_MayRaiseTheUrgency) {
  World world({.directory = DirectoryOf({Firm()})});
  world.ApplyDirectory(HeldDirectory(world));
  DispatchHandle dispatch = Call(world, "The heater is noisy, no hurry");
  Call(world, "Is someone coming?", {{"call_id", "call_again"}});
  ASSERT_EQ(dispatch.Get().dispatch().status(), UNASSIGNED);
  world.ReportCall("call_analyzed", {{"call_id", "call_again"},
                                     {"from_number", World::kCallerNumber},
                                     {"to_number", World::kCalledNumber},
                                     {"call_analysis", {{"call_summary", "Smoke comes out of the heater"}}}});
  world.PhoneOf("ana").ExpectSms("HIGH").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

// A desk's call that is known by its request only.
TEST(RepeatCall, ARequestThatComesTwice_IsOneCall) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  const auto report = [&world](const char* request_id, const char* summary) {
    v1::DispatchRequest request;
    request.set_request_id(request_id);
    request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
    request.mutable_call()->set_called_number(World::kCalledNumber);
    request.mutable_call()->set_caller_number(World::kCallerNumber);
    request.mutable_call()->set_summary(summary);
    return *world.client().Dispatch(request);
  };
  const v1::DispatchResponse first = report("request-1", "");
  EXPECT_TRUE(first.created());
  const DispatchHandle dispatch(world, first.dispatch().id());
  ana.ExpectSms("No summary");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  for (int i = 0; i < 3; ++i) {
    const v1::DispatchResponse again = report("request-2", "Is someone coming?");
    EXPECT_FALSE(again.created());
    EXPECT_EQ(again.dispatch().id(), dispatch.id());
  }
  ana.ExpectSms(kAgain);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.repeat_calls_size(), 1);
  EXPECT_EQ(status.dispatch().call().summary(), "") << "what the second call said is not the first one's";
}

// What only the telephone network tells may be about anything: it is no repeat.
TEST(RepeatCall, TheNetworksReportComesFirst_ItIsAnotherDispatch) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = Call(world, "No heat in the house");
  ana.ExpectSms("No heat");
  const std::string sid = "CA0000000000000000000000000000feed";
  world.simulator().Control("twilio/call-ended",
                            {{"from", World::kCallerNumber}, {"to", World::kCalledNumber}, {"call_sid", sid}});
  DispatchHandle second = world.DispatchOf(sid);
  EXPECT_NE(second.id(), first.id());
  // The other way round the network's report is one more of the same call.
  const std::string other = "CA0000000000000000000000000000f00d";
  Call(world, "No heat still", {{"telephony_identifier", {{"twilio_call_sid", other}}}});
  world.simulator().Control("twilio/call-ended",
                            {{"from", World::kCallerNumber}, {"to", World::kCalledNumber}, {"call_sid", other}});
  EXPECT_EQ(world.DispatchOf(other).id(), first.id());
  EXPECT_EQ(first.Get().repeat_calls_size(), 1);
  ana.ExpectSms(kAgain);
}

TEST(RepeatCall, DispatchdDies_WhoeverWasPagedIsToldAllTheSame) {
  World world({.directory = DirectoryOf({Firm()})});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = Call(world, "No heat in the house");
  ana.ExpectSms("No heat");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.KillDispatchd();
  world.StartDispatchd({"--engine=false"});
  EXPECT_EQ(Call(world, "Is someone coming?").id(), dispatch.id());
  world.KillDispatchd();
  world.StartDispatchd();
  ana.ExpectSms(kAgain).Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().repeat_calls_size(), 1);
}

}  // namespace
}  // namespace afterhours::testing
