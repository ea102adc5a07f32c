// One attempt, one page: what providers and crashes can do to a send.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

TEST(Sending, RequestIsWhatTwilioWants) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  const nlohmann::json params = world.simulator().WaitForRequests(1)[0]["params"];
  EXPECT_EQ(params["To"], "+19495550111");
  EXPECT_EQ(params["From"], World::kSenderNumber);
  EXPECT_EQ(params["ValidityPeriod"], "600");
  const std::string callback = params["StatusCallback"];
  EXPECT_EQ(callback, std::string(World::kPublicUrl) + "/webhooks/twilio/sms-status/" + dispatch.Get().pages(0).id() +
                          "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000");
}

TEST(Sending, KilledAfterTheWebhooksAnswerBeforeTheSms_SentOnceAfterRestart) {
  World world;
  EXPECT_EQ(world.TerminateDispatchd(), 0);
  world.StartDispatchd({"--engine=false"});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_PLANNED);
  world.KillDispatchd();
  EXPECT_EQ(world.simulator().AcceptedCount(), 0);

  world.StartDispatchd();
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 1);
}

TEST(Sending, KilledWhileSending_NeverSentTwice_TheNextOneIsPaged) {
  World world;
  world.simulator().Hold(true);
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.simulator().WaitForRequests(1);
  world.KillDispatchd();
  world.simulator().AddFault({{"kind", "callbacks_lost"}});
  world.simulator().Hold(false);  // Twilio takes it; nobody is there to be told
  world.PhoneOf("ana").ExpectSms("Water leak");
  world.StartDispatchd();
  world.Advance(absl::Minutes(1));  // the lease of the dead runs out
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_UNCERTAIN);
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(world.simulator().WaitForRequests(2).size(), 2u);
  EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 1);
}

TEST(Sending, AcceptedButTheAnswerIsLost_TheReceiptAdoptsIt) {
  World world;
  world.simulator().AddFault({{"kind", "reset_after_accept"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_THAT(status.pages(0).provider_message_id(), HasSubstr("SM"));
  EXPECT_EQ(status.pages(0).attempt_count(), 1);
  EXPECT_THAT(page.Reply("1"), HasSubstr("It is yours"));
  if (status.pages_size() == 2) world.PhoneOf("bo").ExpectSms("Water leak");  // asked while it was uncertain
}

TEST(Sending, KeptConnectionDiesUnderARequest_ItIsNotSentTwice) {
  World world;
  Phone ana = world.PhoneOf("ana");
  world.PlaceCall("First leak");
  ana.ExpectSms("First leak");
  world.simulator().AddFault({{"kind", "reset_after_accept"}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Second leak");
  ana.ExpectSms("Second leak");
  world.PhoneOf("bo").ExpectSms("Second leak");
  // Nothing more is under way: the chain has moved on and the pages are there.
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 0);
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  EXPECT_EQ(world.simulator().WaitForRequests(3).size(), 3u);
}

TEST(Sending, TooManyRequests_BacksOffAndSendsOnce) {
  World world;
  world.simulator().AddFault({{"kind", "rate_limit"}, {"count", 2}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY, 1);
  world.Advance(absl::Seconds(2));
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY, 2);
  world.Advance(absl::Seconds(4));
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 3);
  EXPECT_EQ(dispatch.Get().pages(0).error_code(), "20429");
}

TEST(Sending, RetriesAreBounded_ThenTheNextOneIsPaged) {
  World world;
  world.simulator().AddFault({{"kind", "rate_limit"}, {"count", 5}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  for (int retry = 1; retry <= 4; ++retry) {
    dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY, retry);
    world.Advance(absl::Minutes(1));
  }
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED, 0);
  world.PhoneOf("bo").ExpectSms("Water leak");
}

TEST(Sending, OptedOut21610_TheNextOneAtOnce) {
  World world;
  world.simulator().AddFault({{"kind", "refuse"}, {"code", 21610}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("bo").ExpectSms("Water leak");
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.pages(0).state(), v1::PAGE_STATE_FAILED);
  EXPECT_EQ(status.pages(0).error_code(), "21610");
}

TEST(Sending, Undelivered30003_TheNextOneAtOnce) {
  World world;
  world.simulator().AddFault({{"kind", "undelivered"}, {"code", 30003}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNDELIVERED, 0);
  EXPECT_EQ(dispatch.Get().pages(0).error_code(), "30003");
  world.CountExpectedSms();  // Twilio took Ana's, the carrier did not
}

TEST(Sending, NobodyLeft_SaysSo) {
  World world;
  world.simulator().AddFault({{"kind", "refuse"}, {"code", 21610}, {"count", 2}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
}

TEST(Sending, WrongCredentials_RaiseAnAlarm) {
  World world;
  world.AllowErrors();
  world.simulator().AddFault({{"kind", "refuse"}, {"code", 20003}, {"http_status", 401}, {"count", 2}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED, 0);
  // Nobody is left to give way to: the last page waits for the set-up to be mended.
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY);
  world.Advance(absl::Minutes(1));
  world.PhoneOf("bo").ExpectSms("Water leak");
}

TEST(Sending, ErrorPageThatIsNotJson_LeavesTheOutcomeUnknown) {
  World world;
  world.simulator().AddFault({{"kind", "html_error"}, {"http_status", 502}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN, 0);
  world.PhoneOf("bo").ExpectSms("Water leak");
}

TEST(Sending, CallbacksBeforeTheAnswer) {
  World world;
  world.simulator().AddFault({{"kind", "callback_before_response"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(dispatch.Get().pages(0).provider_message_id(), HasSubstr("SM"));
}

TEST(Sending, CallbacksOutOfOrderAndDoubled_NeverMoveThePageBack) {
  World world;
  world.simulator().AddFault({{"kind", "callbacks_out_of_order"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.simulator().AddFault({{"kind", "callbacks_doubled"}});
  DispatchHandle doubled = world.PlaceCall("Other leak");
  world.simulator().WaitForRequests(2);
  doubled.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.CountExpectedSms();
  // Every callback has been answered.
  Eventually("all callbacks", [&] {
    return world.BridgeMetric(
               "afterhours_webhooks_total{kind=\"sms-status\",outcome=\"accepted\",source=\"twilio\"}") >= 8;
  });
  EXPECT_EQ(dispatch.Get().pages(0).state(), v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(world.database().Count(
                "select count(*) from (select page_id, attributes->>'state' from events where kind = 'RECEIPT' "
                "group by 1, 2 having count(*) > 1) doubled"),
            0);
}

TEST(Sending, ReceiptOfAnUnknownPage_IsKeptAndAnswered2xx) {
  World world;
  v1::ReportDeliveryRequest report;
  report.set_provider("twilio");
  report.set_page_id("01890000-0000-7000-8000-000000000000");
  report.set_provider_message_id("SM1");
  report.set_provider_status("delivered");
  report.set_state(v1::PAGE_STATE_DELIVERED);
  for (int i = 0; i < 2; ++i) {
    const auto response = world.client().ReportDelivery(report);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->outcome(), v1::RECEIPT_OUTCOME_UNKNOWN_PAGE);
  }
  EXPECT_EQ(world.database().Value("select receive_count from unmatched_receipts"), "2");
}

TEST(Sending, TwoReplicas_OneSend) {
  World world;
  const Process other = world.StartReplica();
  std::vector<DispatchHandle> dispatches;
  for (int i = 0; i < 20; ++i) dispatches.push_back(world.PlaceCall("Water leak"));
  for (const DispatchHandle& dispatch : dispatches) {
    dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
    world.CountExpectedSms();
    EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 1);
  }
  EXPECT_EQ(world.simulator().AcceptedCount(), 20);
}

TEST(Sending, ShutdownSettlesWhatIsWithTheProvider) {
  World world;
  world.simulator().Hold(true);
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.simulator().WaitForRequests(1);
  world.SignalDispatchd(SIGTERM);
  Eventually("dispatchd is shutting down",
             [&] { return world.DispatchdLog().find("shutting down") != std::string::npos; });
  world.simulator().Hold(false);
  EXPECT_EQ(world.WaitForDispatchd(), 0);
  EXPECT_EQ(world.database().Value("select state in ('ACCEPTED', 'SENT', 'DELIVERED') from pages"), "t");
  world.PhoneOf("ana").ExpectSms("Water leak");
  world.StartDispatchd();
}

}  // namespace
}  // namespace afterhours::testing
