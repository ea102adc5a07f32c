// Bad input is refused with a reason, and changes nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kRetellPath[] = "/webhooks/retell/call-ended";
const HttpHeaders kJson = {{"Content-Type", "application/json"}};

std::string Reason(const HttpAnswer& answer) { return answer.Json()["error"].value("reason", ""); }

void ExpectNothingWritten(World& world) {
  for (const char* table : {"dispatches", "dispatch_keys", "inbound_messages", "unmatched_receipts", "events"}) {
    EXPECT_EQ(world.database().Count(std::string("select count(*) from ") + table), 0) << table;
  }
}

TEST(BadInput, TheDoorOfTheBridge) {
  World world;
  const std::string& url = world.bridge_url();
  const auto expect = [](const HttpAnswer& answer, int status, const char* reason) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(Reason(answer), reason) << answer.body;
  };
  expect(Http("GET", url + "/nothing/here"), 404, "ROUTE_UNKNOWN");
  expect(Http("GET", url + kRetellPath), 405, "METHOD_NOT_ALLOWED");
  expect(Http("POST", url + kRetellPath, {{"Content-Type", "text/plain"}}, "{}"), 415, "CONTENT_TYPE");
  expect(Http("POST", url + kRetellPath, kJson, "{}"), 403, "SIGNATURE");
  expect(Http("POST", url + "/webhooks/twilio/sms", {{"Content-Type", "application/x-www-form-urlencoded"}}, "From=1"),
         403, "SIGNATURE");
  expect(Http("POST", url + "/webhooks/twilio/sms", {{"Content-Type", "application/x-www-form-urlencoded"}}, "a=%zz"),
         400, "MALFORMED");
  expect(Http("POST", url + "/webhooks/twilio/sms", kJson, "{}"), 403, "SIGNATURE");
  expect(Http("POST", url + "/webhooks/twilio/sms-status/x/y", {}, ""), 404, "ROUTE_UNKNOWN");
  expect(Http("POST", url + "/api/dispatch/manual", kJson, "{}"), 401, "UNAUTHENTICATED");
  expect(Http("GET", url + "/api/dispatch/status/x"), 401, "UNAUTHENTICATED");
  EXPECT_EQ(Http("POST", url + kRetellPath, kJson, std::string((2 << 20) + 1, ' ')).status, 413);
  ExpectNothingWritten(world);
}

TEST(BadInput, SignedButMalformedRetellBody_IsA400ThatSaysWhat) {
  World world;
  const nlohmann::json answer =
      world.SendRetellEvent({{"event", "call_ended"}, {"omit", {"call_id"}}, {"call", nlohmann::json::object()}});
  EXPECT_EQ(answer["responses"][0]["status"], 400) << answer.dump();
  EXPECT_THAT(answer["responses"][0]["body"].get<std::string>(), HasSubstr("call_id"));
  ExpectNothingWritten(world);
}

TEST(BadInput, RetellSignatureOlderThanItsWindow_IsRefused) {
  World world;
  // Time goes on for the bridge only: the event was signed ten minutes ago.
  world.Advance(absl::Minutes(10));
  world.simulator().SetClockOffsetMs(0);
  const nlohmann::json answer = world.SendRetellEvent({{"event", "call_ended"}, {"call", nlohmann::json::object()}});
  EXPECT_EQ(answer["responses"][0]["status"], 403);
  ExpectNothingWritten(world);
}

TEST(BadInput, ForwardedHeadersDoNotMakeAUrl) {
  World world;
  // Signed for another host, which a header claims to be the right one.
  const FormFields form = {
      {"MessageSid", "SM1"}, {"From", "+12065550100"}, {"To", World::kSenderNumber}, {"Body", "1"}};
  const HttpAnswer answer = Http("POST", world.bridge_url() + "/webhooks/twilio/sms",
                                 {{"Content-Type", "application/x-www-form-urlencoded"},
                                  {"X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
                                  {"X-Forwarded-Host", "pages.example.com"},
                                  {"X-Forwarded-Proto", "https"}},
                                 EncodeForm(form));
  EXPECT_EQ(answer.status, 403);
  ExpectNothingWritten(world);
}

TEST(BadInput, RpcNamesEveryFieldAtFault) {
  World world;
  v1::DispatchRequest request;
  request.mutable_call()->set_caller_number("not a number");
  request.mutable_call()->set_summary(std::string(5000, 'x'));
  const absl::Status status = world.client().Dispatch(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(status), "FIELD_INVALID");
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("call.source"), HasSubstr("call.caller_number"), HasSubstr("call.summary")));
  ExpectNothingWritten(world);
}

TEST(BadInput, UnknownDispatch_IsNotFound) {
  World world;
  const std::string id = "01890000-0000-7000-8000-000000000000";
  v1::StatusRequest status;
  status.set_dispatch_id(id);
  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(id);
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Ana");
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(id);
  v1::WatchDispatchRequest watch;
  watch.set_dispatch_id(id);
  for (const absl::Status& answer :
       {world.client().Status(status).status(), world.client().Ack(ack).status(),
        world.client().CancelDispatch(cancel).status(),
        world.client().WatchDispatch(watch, [](const v1::WatchDispatchResponse&) { return true; })}) {
    EXPECT_EQ(answer.code(), absl::StatusCode::kNotFound) << answer;
    EXPECT_EQ(ErrorReason(answer), "DISPATCH_NOT_FOUND");
  }
  const HttpAnswer http = Http("GET", world.bridge_url() + "/api/dispatch/status/nothing",
                               {{"Authorization", std::string("Bearer ") + World::kApiKey}});
  EXPECT_EQ(http.status, 404);
}

TEST(BadInput, SameRequestIdForSomethingElse_IsRefused) {
  World world;
  v1::DispatchRequest request;
  request.set_request_id("r-1");
  request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
  request.mutable_call()->set_summary("Water leak");
  const auto first = world.client().Dispatch(request), again = world.client().Dispatch(request);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_TRUE(first->created());
  EXPECT_FALSE(again->created());
  EXPECT_EQ(first->dispatch().id(), again->dispatch().id());
  request.mutable_call()->set_summary("Something else");
  EXPECT_EQ(ErrorReason(world.client().Dispatch(request).status()), "REQUEST_ID_REUSED");
  world.PhoneOf("ana").ExpectSms("Water leak");
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(BadInput, DispatchdIsAway_503WithRetryAfter_AndBackAgain) {
  World world({.bridge_flags = {"--dispatchd_timeout=500ms"}});
  EXPECT_EQ(Http("GET", world.bridge_url() + "/readyz").status, 200);
  world.KillDispatchd();
  const nlohmann::json call = {{"call_id", "call_x"}, {"transcript", "User: Water leak"}};
  const nlohmann::json away = world.SendRetellEvent({{"event", "call_ended"}, {"call", call}});
  EXPECT_EQ(away["responses"][0]["status"], 503);
  const HttpAnswer not_ready = Http("GET", world.bridge_url() + "/readyz");
  EXPECT_EQ(not_ready.status, 503);
  EXPECT_THAT(not_ready.headers, HasSubstr("Retry-After"));
  EXPECT_EQ(Http("GET", world.bridge_url() + "/healthz").status, 200);
  world.StartDispatchd();
  Eventually("the bridge finds dispatchd again",
             [&] { return Http("GET", world.bridge_url() + "/readyz").status == 200; });
  world.PlaceCall("Water leak", {{"call_id", "call_x"}});
  world.PhoneOf("ana").ExpectSms("Water leak");
}

}  // namespace
}  // namespace afterhours::testing
