// From one step to the next, until a human says "mine" or the cutoff comes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/harness/eventually.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr auto DISPATCHING = v1::DISPATCH_STATUS_DISPATCHING;

// Ana has been texted and has not answered: her phone rings.
DispatchHandle CallAna(World& world) {
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(kStepWait);
  return dispatch;
}

TEST(Durable, KeyOnePressed_IsAnAck) {
  World world({.directory = DurableDirectory()});
  world.PhoneOf("ana").Does("answers after 0 s and presses 9,1");
  DispatchHandle dispatch = CallAna(world);
  const ReceivedCall call = world.PhoneOf("ana").ExpectCall();
  EXPECT_THAT(call.body(), HasSubstr("Water leak"));
  EXPECT_THAT(call.body(), HasSubstr("Thank you, it is yours. Please call 1 9 4 9 5 5 5 0 1 2 3 now."));
  EXPECT_EQ(call.pressed(), "9,1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Ana Diaz");
}

TEST(Durable, KeyTwoPressed_AsksTheNextOneAtOnce) {
  World world({.directory = DurableDirectory()});
  world.PhoneOf("ana").Does("answers after 0 s and presses 2");
  DispatchHandle dispatch = CallAna(world);
  EXPECT_THAT(world.PhoneOf("ana").ExpectCall().body(), HasSubstr("we ask the next one"));
  world.PhoneOf("bo").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Durable, VoicemailIsNotAck) {
  World world({.directory = DurableDirectory()});
  world.PhoneOf("ana").Does("voicemail after 0 s");
  DispatchHandle dispatch = CallAna(world);
  world.PhoneOf("ana").ExpectCall();
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_CALL_OVER);
  EXPECT_EQ(dispatch.Get().dispatch().status(), DISPATCHING);
}

TEST(Durable, WrongKeyIsNotAck) {
  World world({.directory = DurableDirectory()});
  world.PhoneOf("ana").Does("answers after 0 s and presses 5");
  DispatchHandle dispatch = CallAna(world);
  const ReceivedCall call = world.PhoneOf("ana").ExpectCall();
  EXPECT_EQ(call.pressed(), "5");
  const std::string said = call.body();
  EXPECT_NE(said.find("Press 1 to accept"), said.rfind("Press 1 to accept")) << "the question is asked again";
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(dispatch.Get().dispatch().status(), DISPATCHING);
}

TEST(Durable, BusyAndNoAnswer_GiveWayAtOnce) {
  World world({.directory = DurableDirectory()});
  world.PhoneOf("ana").Does("is busy");
  DispatchHandle dispatch = CallAna(world);
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNDELIVERED, 1);
  EXPECT_EQ(dispatch.Get().pages(1).error_code(), "busy");
  world.CountExpectedCalls(1);
}

TEST(Durable, AckRace_TwoTechnicians) {
  World world({.directory = DurableDirectory()});
  // Often enough that two answers are taken in the same moment.
  constexpr int kRaces = 8;
  std::vector<DispatchHandle> dispatches;
  Phone ana = world.PhoneOf("ana"), bo = world.PhoneOf("bo");
  for (int i = 0; i < kRaces; ++i) {
    dispatches.push_back(world.PlaceCall("Water leak"));
    ana.ExpectSms("Water leak");
    dispatches.back().ExpectPage(v1::PAGE_STATE_DELIVERED);
  }
  world.Advance(kStepWait);
  for (int i = 0; i < kRaces; ++i) {
    ana.ExpectCall();
    bo.ExpectSms("Water leak");
  }
  for (const DispatchHandle& dispatch : dispatches) {
    dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 2);
    const v1::StatusResponse status = dispatch.Get();
    const auto reply = [](Phone& phone, const v1::Page& page) {
      return std::async(std::launch::async, [&phone, &page] { return phone.Send("1 " + page.reply_code()); });
    };
    auto from_ana = reply(ana, status.pages(0)), from_bo = reply(bo, status.pages(2));
    const std::string ana_told = from_ana.get(), bo_told = from_bo.get();
    const bool ana_won = ana_told.find("It is yours") != std::string::npos;
    EXPECT_THAT(ana_won ? ana_told : bo_told, HasSubstr("It is yours"));
    EXPECT_THAT(ana_won ? bo_told : ana_told, HasSubstr("Already taken by"));
    EXPECT_EQ(dispatch.Get().dispatch().acked_by(), ana_won ? "Ana Diaz" : "Bo Chen");
    EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_ACKED), SizeIs(1));
    EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_ACK_LATE), SizeIs(1));
  }
}

TEST(Durable, AckAfterEscalation_EarlierPagesStop) {
  World world({.directory = DurableDirectory()});
  // Bo's text is still being retried when Ana answers hers.
  world.simulator().AddFault({{"kind", "rate_limit"}, {"count", 0}, {"to", "+19495550112"}});
  DispatchHandle dispatch = CallAna(world);
  world.PhoneOf("ana").ExpectCall();
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY);
  EXPECT_THAT(world.PhoneOf("ana").Send("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  world.simulator().Control("faults", {}, "DELETE");
  const std::size_t asked = world.simulator().WaitForRequests(2).size();
  world.Advance(absl::Minutes(30));
  // The engine has gone round and found nothing: what is due would have been taken.
  EXPECT_EQ(world.database().Count("select count(*) from outbox"), 0);
  EXPECT_EQ(world.database().Count("select count(*) from timers"), 0);
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_CANCELED);
  EXPECT_EQ(world.simulator().WaitForRequests(2).size(), asked);
}

TEST(Durable, EmptyStepSkipsNow) {
  World world({.directory = DurableDirectory(", voice: none")});
  DispatchHandle dispatch = CallAna(world);
  // Ana cannot be called: Bo is texted in that moment, not two minutes later.
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_STEP_SKIPPED);
  EXPECT_EQ(world.simulator().WaitForCalls(0).size(), 0u);
}

TEST(Durable, AllExhausted_OwnerPaged) {
  World world({.directory = DurableDirectory()});
  DispatchHandle dispatch = CallAna(world);
  world.PhoneOf("ana").ExpectCall();
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 2);
  world.Advance(kStepWait);
  world.PhoneOf("bo").ExpectCall();
  EXPECT_THAT(world.PhoneOf("sam").ExpectSms("Water leak").Reply("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Sam Smith");
}

TEST(Durable, NobodyOnCall_OwnerPagedNow) {
  const std::string directory = DurableDirectory();
  World world({.directory = directory.substr(0, directory.find("    roster:")) +
                            directory.substr(directory.find("    policies:"))});
  world.PlaceCall("Water leak");
  world.PhoneOf("sam").ExpectSms("Water leak");
}

TEST(Durable, CutoffReached) {
  World world({.directory = DurableDirectory()});
  world.AllowErrors();  // nobody took it: operators are told
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.KillDispatchd();
  world.Advance(absl::Hours(1));
  world.StartDispatchd();
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
  EXPECT_EQ(world.database().Count("select count(*) from timers"), 0);
  EXPECT_THAT(page.Reply("1"), HasSubstr("over"));
  EXPECT_THAT(world.DispatchdLog(), HasSubstr("nobody took a dispatch before its cutoff"));
}

TEST(Durable, PolicyEditedMidway_RunningUnchanged) {
  World world({.directory = DurableDirectory(", voice: none")});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle running = world.PlaceCall("Water leak in the kitchen");
  ana.ExpectSms("kitchen");
  running.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.LoadDirectory(DurableDirectory(", voice: none", "10m"));
  DispatchHandle later = world.PlaceCall("Water leak in the bath");
  ana.ExpectSms("bath");
  later.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(kStepWait);
  world.PhoneOf("bo").ExpectSms("kitchen");
  running.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  // Bo's call, too, comes when the policy of that time says.
  world.PhoneOf("bo").Does("answers after 0 s and presses 1");
  world.Advance(kStepWait);
  world.PhoneOf("bo").ExpectCall();
  running.ExpectStatus(CONFIRMED);
  EXPECT_EQ(later.Get().pages_size(), 1);
}

// AFTERHOURS_TEST_DISPATCHES: how many; by default a few more than two replicas
// have under way at once.
TEST(Durable, ManyUnderWay_OneReplicaKilled_NothingIsLostOrDoubled) {
  const char* wanted = getenv("AFTERHOURS_TEST_DISPATCHES");
  const int dispatch_count = wanted == nullptr ? 160 : std::stoi(wanted);
  World world({.directory = DurableDirectory(", voice: none")});
  const Process other = world.StartReplica();
  for (int i = 0; i < dispatch_count; ++i) world.Dispatch("Water leak");
  Eventually("Ana has all pages", [&] { return world.simulator().AcceptedCount() == dispatch_count; });
  Eventually("their receipts are in", [&] {
    return world.database().Count("select count(*) from pages where state = 'DELIVERED'") == dispatch_count;
  });
  // Receipts take their time: the lease of the killed one is over before they come.
  world.simulator().AddFault({{"kind", "callbacks_late"}, {"delay_ms", 4000}, {"count", 0}});
  world.simulator().Hold(true);
  world.Advance(kStepWait);                                 // Bo's turn, everywhere at once
  world.simulator().WaitForRequests(dispatch_count + 100);  // both replicas have theirs under way
  world.KillDispatchd();
  world.StartDispatchd({"--engine=false"});  // the bridge has somebody to talk to
  world.simulator().Hold(false);
  // The killed one's are settled when its lease is over, by their receipts or by asking.
  world.Advance(absl::Seconds(16));
  Eventually("Bo has all pages", [&] {
    return world.database().Count("select count(*) from pages where state = 'DELIVERED'") == 2 * dispatch_count;
  });
  EXPECT_EQ(world.simulator().AcceptedCount(), 2 * dispatch_count);
  EXPECT_EQ(world.database().Count("select count(*) from pages"), 2 * dispatch_count);
  for (int i = 0; i < 2 * dispatch_count; ++i) world.CountExpectedSms();
}

TEST(Durable, UrgencyRaisedMidway_TheNextStepComesSooner) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Somebody should look at the heater", {{"call_id", "call_raised"}});
  world.PhoneOf("ana").ExpectSms("heater");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const v1::Dispatch before = dispatch.Get().dispatch();
  ASSERT_NE(before.urgency(), v1::URGENCY_HIGH);
  world.SendRetellEvent({{"event", "call_analyzed"},
                         {"call",
                          {{"call_id", "call_raised"},
                           {"from_number", World::kCallerNumber},
                           {"to_number", World::kCalledNumber},
                           {"call_analysis", {{"call_summary", "There is a smell of gas in the house"}}}}}});
  const v1::Dispatch after = dispatch.Get().dispatch();
  EXPECT_EQ(after.urgency(), v1::URGENCY_HIGH);
  EXPECT_LT(after.next_step_time().seconds(), before.next_step_time().seconds());
  EXPECT_LT(after.cutoff_time().seconds(), before.cutoff_time().seconds());
}

TEST(Durable, TenantStorm_OtherTenantOnTime) {
  World world({.directory = DurableDirectory() + R"(
  - key: jones
    name: Jones Electric
    time_zone: America/New_York
    numbers: ["+1 212 555 0100"]
    sms_sender: "+12125550101"
    technicians: [{key: joe, name: Joe Jones, sms: "+12125550111", voice: none}]
    roster: [{technician: joe, priority: 1}]
)"});
  constexpr int kStorm = 300;
  constexpr int kInFlightMax = 64;
  world.simulator().Hold(true);
  for (int i = 0; i < kStorm; ++i) world.Dispatch("Water leak");
  world.simulator().WaitForRequests(kInFlightMax);
  v1::DispatchRequest request;
  request.set_request_id("jones-1");
  request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
  request.mutable_call()->set_called_number("+12125550100");
  request.mutable_call()->set_summary("Sparks in the kitchen");
  ASSERT_TRUE(world.client().Dispatch(request).ok());
  world.simulator().Hold(false);
  world.PhoneWith("+12125550111").ExpectSms("Sparks");
  const std::vector<nlohmann::json> requests = world.simulator().WaitForRequests(kStorm + 1);
  int place = 0;
  while (requests.at(static_cast<std::size_t>(place))["params"]["To"] != "+12125550111") ++place;
  EXPECT_LT(place, 3 * kInFlightMax) << "of " << kStorm;
  for (int i = 0; i < kStorm; ++i) world.CountExpectedSms();
}

}  // namespace
}  // namespace afterhours::testing
