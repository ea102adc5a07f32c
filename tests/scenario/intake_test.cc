// What a call becomes: a dispatch, once, for the right business.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/world.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kTwoBusinesses[] = R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/Los_Angeles
    numbers: ["+19495550100"]
    sms_sender: "+19495550101"
    technicians: [{key: ana, name: Ana Diaz, sms: "+19495550111"}]
    roster: [{technician: ana, priority: 1}]
  - key: empty
    name: Nobody Heating
    time_zone: America/New_York
    numbers: ["+12075550140"]
    technicians: [{key: kim, name: Kim Reyes, sms: "+12075550143", available: false}]
    roster: [{technician: kim, priority: 1}]
)";

TEST(Intake, CallEndedFiveTimesAtOnceAndAgainLater_OneDispatchOneSms) {
  World world;
  const nlohmann::json call = {{"call_id", "call_five"},
                               {"from_number", World::kCallerNumber},
                               {"to_number", World::kCalledNumber},
                               {"transcript", "User: Water leak"}};
  const nlohmann::json at_once =
      world.SendRetellEvent({{"event", "call_ended"}, {"call", call}, {"times", 5}, {"parallel", true}});
  ASSERT_EQ(at_once["responses"].size(), 5u);
  for (const nlohmann::json& response : at_once["responses"]) EXPECT_EQ(response["status"], 204);
  world.PhoneOf("ana").ExpectSms("Water leak");

  const nlohmann::json later = world.SendRetellEvent({{"event", "call_ended"}, {"call", call}});
  EXPECT_EQ(later["responses"][0]["status"], 204);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
  EXPECT_EQ(world.database().Count("select count(*) from pages"), 1);
  EXPECT_EQ(world.database().Count("select count(*) from events where kind = 'CALL_RECEIVED'"), 1);
}

TEST(Intake, CallAnalyzedAddsTheSummaryToTheSameDispatch) {
  World world({.directory = DurableDirectory()});  // at night, too, such a call is not held
  DispatchHandle dispatch = world.PlaceCall("It drips a bit", {{"call_id", "call_a"}});
  world.PhoneOf("ana").ExpectSms("It drips");
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_LOW);
  const nlohmann::json analyzed =
      world.SendRetellEvent({{"event", "call_analyzed"},
                             {"call",
                              {{"call_id", "call_a"},
                               {"from_number", World::kCallerNumber},
                               {"to_number", World::kCalledNumber},
                               {"call_analysis", {{"call_summary", "A pipe has burst in the cellar"}}}}}});
  EXPECT_EQ(analyzed["responses"][0]["status"], 204);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.dispatch().call().summary(), "A pipe has burst in the cellar");
  EXPECT_EQ(status.dispatch().urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Intake, CallAnalyzedAloneStartsTheDispatch) {
  World world;
  const nlohmann::json analyzed =
      world.SendRetellEvent({{"event", "call_analyzed"},
                             {"call",
                              {{"call_id", "call_b"},
                               {"from_number", World::kCallerNumber},
                               {"to_number", World::kCalledNumber},
                               {"call_analysis", {{"call_summary", "Gas smell in the hall"}}}}}});
  EXPECT_EQ(analyzed["responses"][0]["status"], 204);
  world.PhoneOf("ana").ExpectSms("Gas smell in the hall");
}

TEST(Intake, CalledNumberDecidesWhoseCallItIs) {
  World world({.directory = kTwoBusinesses});
  DispatchHandle dispatch = world.PlaceCall("Water leak", {{"to_number", "+19495550100"}});
  world.PhoneOf("ana").ExpectSms("Smith Plumbing");
  EXPECT_EQ(dispatch.Get().dispatch().business_name(), "Smith Plumbing");
}

TEST(Intake, NumberOfNoBusiness_NeedsReview) {
  World world({.directory = kTwoBusinesses});
  DispatchHandle dispatch = world.PlaceCall("Water leak", {{"to_number", "+12065550188"}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_NEEDS_REVIEW);
  EXPECT_EQ(dispatch.Get().dispatch().business_id(), "");
  dispatch.ExpectEvent(v1::EVENT_KIND_BUSINESS_UNMATCHED);
}

TEST(Intake, TheOnlyBusinessTakesCallsToAnyNumber) {
  World world;
  world.PlaceCall("Water leak", {{"to_number", "+12065550188"}});
  world.PhoneOf("ana").ExpectSms("Water leak");
}

TEST(Intake, NobodyOnCall_Unassigned) {
  World world({.directory = kTwoBusinesses});
  DispatchHandle dispatch = world.PlaceCall("No heat", {{"to_number", "+12075550140"}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_UNASSIGNED);
  dispatch.ExpectEvent(v1::EVENT_KIND_NOBODY_ON_CALL);
}

TEST(Intake, WithheldCallerAndBrokenText_StillPage) {
  World world;
  world.PlaceCall("Water \x01 everywhere \xf0\x9f\x92\xa7", {{"from_number", "anonymous"}});
  EXPECT_THAT(world.PhoneOf("ana").ExpectSms("everywhere").body(), HasSubstr("withheld"));
}

TEST(Intake, EventsThatNeedNothing_AreAnswered2xxAndCounted) {
  World world;
  for (const char* kind : {"call_started", "transcript_updated", "an_event_of_next_year"}) {
    const nlohmann::json answer = world.SendRetellEvent({{"event", kind}, {"call", nlohmann::json::object()}});
    EXPECT_EQ(answer["responses"][0]["status"], 204) << kind;
  }
  EXPECT_EQ(world.BridgeMetric("afterhours_webhooks_total{kind=\"other\",outcome=\"ignored\",source=\"retell\"}"), 3);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 0);
}

TEST(Intake, ManualDispatch_IsIdempotentByItsCallId) {
  World world;
  const std::string url = world.bridge_url() + "/api/dispatch/manual";
  const HttpHeaders headers = {{"Authorization", std::string("Bearer ") + World::kApiKey},
                               {"Content-Type", "application/json"}};
  const std::string body = R"({"callId": "desk-1", "callData": {"callerPhone": "(949) 555-0123",
    "emergencyLevel": "HIGH", "issueSummary": "Water leak in basement", "twilioToNumber": "+19495550100"}})";
  const HttpAnswer first = Http("POST", url, headers, body), second = Http("POST", url, headers, body);
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(first.Json()["dispatch"]["id"], second.Json()["dispatch"]["id"]);
  world.PhoneOf("ana").ExpectSms("Water leak in basement");

  const HttpAnswer status = Http("GET", world.bridge_url() + "/api/dispatch/status/desk-1", headers);
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(status.Json()["dispatch"]["id"], first.Json()["dispatch"]["id"]);

  const std::string other = R"({"callId": "desk-1", "callData": {"callerPhone": "+12065550199",
    "twilioToNumber": "+19495550100"}})";
  const HttpAnswer reused = Http("POST", url, headers, other);
  EXPECT_EQ(reused.status, 400);
  EXPECT_EQ(reused.Json()["error"]["reason"], "CALL_ID_REUSED");
}

}  // namespace
}  // namespace afterhours::testing
