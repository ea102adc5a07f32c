// One attempt, one page: what providers and crashes can do to a send.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

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
  EXPECT_EQ(status.pages_size(), 1);
}

TEST(Sending, KeptConnectionDiesUnderARequest_ItIsNotSentTwice) {
  World world;
  Phone ana = world.PhoneOf("ana");
  world.PlaceCall("First leak");
  ana.ExpectSms("First leak");
  world.simulator().AddFault({{"kind", "reset_after_accept"}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Second leak");
  ana.ExpectSms("Second leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(dispatch.Get().pages_size(), 1);
  EXPECT_EQ(world.simulator().WaitForRequests(2).size(), 2u);
}

TEST(Sending, RetriesAreBounded_ThenTheNextStepIsTaken) {
  World world;
  world.simulator().AddFault({{"kind", "rate_limit"}, {"count", 5}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  for (int retry = 1; retry <= 4; ++retry) {
    dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_RETRY, retry);
    world.Advance(absl::Seconds(11));
  }
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED, 0);
  world.PhoneOf("ana").ExpectCall();
  world.PhoneOf("bo").ExpectSms("Water leak");
}

TEST(Sending, ErrorPageThatIsNotJson_LeavesTheOutcomeUnknown) {
  World world;
  world.simulator().AddFault({{"kind", "html_error"}, {"http_status", 502}, {"to", "+19495550111"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN);
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
