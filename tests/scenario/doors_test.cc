// What comes in: once, whatever door it takes and whoever is away.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr char kCallSid[] = "CA0000000000000000000000000000abcd";

DispatchHandle DispatchOfCall(World& world, const std::string& call_id) {
  v1::StatusRequest request;
  request.set_external_call_id(call_id);
  const absl::StatusOr<v1::StatusResponse> status = world.client().Status(request);
  EXPECT_TRUE(status.ok()) << status.status();
  return DispatchHandle(world, status.ok() ? status->dispatch().id() : "");
}

void EndCallAtTwilio(World& world) {
  const nlohmann::json answer = world.simulator().Control(
      "twilio/call-ended", {{"from", World::kCallerNumber}, {"to", World::kCalledNumber}, {"call_sid", kCallSid}});
  EXPECT_EQ(answer["responses"][0]["status"], 204) << answer.dump();
}

nlohmann::json ReportByRetell(World& world, const std::string& event = "call_ended") {
  return world.SendRetellEvent({{"event", event},
                                {"call",
                                 {{"call_id", "call_fallback"},
                                  {"from_number", World::kCallerNumber},
                                  {"to_number", World::kCalledNumber},
                                  {"transcript", "User: The basement is flooding"},
                                  {"telephony_identifier", {{"twilio_call_sid", kCallSid}}}}}});
}

TEST(Durable, WebhookReplayed_OneDispatch) {
  World world({.directory = DurableDirectory()});
  DispatchHandle dispatch = world.PlaceCall("Water leak", {{"call_id", "call_replayed"}});
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  for (int i = 0; i < 3; ++i) {
    const nlohmann::json again = {{"call_id", "call_replayed"}, {"from_number", World::kCallerNumber}};
    EXPECT_EQ(world.PlaceCall("Water leak", again).id(), dispatch.id());
    world.Advance(absl::Hours(1));
  }
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Durable, FallbackIntake_ThenRetellArrives) {
  World world({.directory = DurableDirectory()});
  EndCallAtTwilio(world);
  DispatchHandle dispatch = DispatchOfCall(world, kCallSid);
  dispatch.ExpectEvent(v1::EVENT_KIND_WAITING);
  EXPECT_EQ(dispatch.Get().pages_size(), 0) << "Retell has its time";
  EXPECT_EQ(ReportByRetell(world)["responses"][0]["status"], 204);
  EXPECT_EQ(DispatchOfCall(world, "call_fallback").id(), dispatch.id());
  world.PhoneOf("ana").ExpectSms("HIGH").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Durable, FallbackIntake_RetellNeverArrives) {
  World world({.directory = DurableDirectory()});
  EndCallAtTwilio(world);
  DispatchHandle dispatch = DispatchOfCall(world, kCallSid);
  dispatch.ExpectEvent(v1::EVENT_KIND_WAITING);
  world.Advance(absl::Seconds(31));
  world.PhoneOf("ana").ExpectSms("No summary; call the customer back.");
  // It comes late after all: the same dispatch learns what it is about.
  EXPECT_EQ(ReportByRetell(world)["responses"][0]["status"], 204);
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Durable, RetellFirst_ThenTwiliosCallback_OneDispatch) {
  World world({.directory = DurableDirectory()});
  ReportByRetell(world);
  DispatchHandle dispatch = DispatchOfCall(world, "call_fallback");
  world.PhoneOf("ana").ExpectSms("flooding");
  EndCallAtTwilio(world);
  EXPECT_EQ(DispatchOfCall(world, kCallSid).id(), dispatch.id());
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Durable, BridgeJournal_SurvivesRestart) {
  World world({.directory = DurableDirectory()});
  world.AllowErrors();
  const std::vector<std::string> flags = {"--journal=" + world.FilePath("journal.db")};
  world.RestartBridge(flags);
  DispatchHandle answered = world.PlaceCall("First leak");
  Phone ana = world.PhoneOf("ana");
  const ReceivedSms page = ana.ExpectSms("First leak");
  answered.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.KillDispatchd();

  EXPECT_EQ(ReportByRetell(world)["responses"][0]["status"], 204);
  EXPECT_THAT(page.Reply("1 {code}"), HasSubstr("ot your answer"));
  EXPECT_EQ(ReportByRetell(world)["responses"][0]["status"], 204);
  world.KillBridge(flags);
  world.StartDispatchd();

  answered.ExpectStatus(CONFIRMED);
  Eventually("the journal is replayed", [&] { return world.BridgeMetric("afterhours_journal_entries") == 0; });
  DispatchHandle dispatch = DispatchOfCall(world, "call_fallback");
  ana.ExpectSms("flooding");
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 2);
}

TEST(Durable, ReplyFromUnknownNumber) {
  World world({.directory = DurableDirectory()});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  EXPECT_THAT(world.PhoneWith("+12065550177").Send("1"), HasSubstr("not read by people"));
  EXPECT_EQ(world.database().Value("select outcome from inbound_messages"), "UNKNOWN_SENDER");
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
}

}  // namespace
}  // namespace afterhours::testing
