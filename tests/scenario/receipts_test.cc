// What a provider says of a page, late, twice, wrongly or not at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr char kAna[] = "+19495550111";

// Ana takes it on the phone, whenever she is called.
void AnaTakesCalls(World& world) { world.PhoneOf("ana").Does("answers after 0 s and presses 1"); }

TEST(Durable, CallbackBeforeResponse) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "callback_before_response"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(dispatch.Get().pages(0).provider_message_id(), HasSubstr("SM"));
}

void ExpectCallbacksTaken(World& world, int count) {
  Eventually("all callbacks are taken", [&] {
    return world.BridgeMetric(
               "afterhours_webhooks_total{kind=\"sms-status\",outcome=\"accepted\",source=\"twilio\"}") >= count;
  });
}

TEST(Durable, CallbackOutOfOrder) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "callbacks_out_of_order"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ExpectCallbacksTaken(world, 3);
  EXPECT_EQ(dispatch.Get().pages(0).state(), v1::PAGE_STATE_DELIVERED);
}

TEST(Durable, CallbackTwice) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "callbacks_doubled"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ExpectCallbacksTaken(world, 6);
  EXPECT_EQ(world.database().Count("select count(*) from (select page_id, attributes->>'state' from events "
                                   "where kind = 'RECEIPT' group by 1, 2 having count(*) > 1) doubled"),
            0);
}

TEST(Durable, CallbackLost_Polled) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "callbacks_lost"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_ACCEPTED);
  world.Advance(absl::Seconds(61));
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_SETTLED);
}

TEST(Durable, ReplyWhoseWebhookIsLost_IsFound) {
  World world({.directory = DurableDirectory()});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(absl::Seconds(2));
  world.PhoneOf("ana").SendUnheard("1 " + page.code());
  world.Advance(absl::Seconds(60));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Ana Diaz");
}

TEST(Durable, Undelivered30003_VoiceNow) {
  World world({.directory = DurableDirectory()});
  AnaTakesCalls(world);
  world.simulator().AddFault({{"kind", "undelivered"}, {"code", 30003}, {"channel", "sms"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectStatus(CONFIRMED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.pages(0).state(), v1::PAGE_STATE_UNDELIVERED);
  EXPECT_EQ(status.pages(0).error_code(), "30003");
  EXPECT_EQ(status.pages(1).channel(), v1::CHANNEL_VOICE);
  world.CountExpectedSms();  // Twilio took it, the carrier did not
  world.CountExpectedCalls(1);
}

TEST(Durable, UnknownHandset30005_TheNextOneNow) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "undelivered"}, {"code", 30005}, {"to", kAna}});
  world.PlaceCall("Water leak");
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(world.simulator().WaitForCalls(0).size(), 0u) << "no handset is there to be called";
  world.CountExpectedSms();
}

TEST(Durable, NotSent30500_IsSentOnceMore) {
  World world({.directory = DurableDirectory()});
  world.simulator().AddFault({{"kind", "failed"}, {"code", 30500}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED, 0);
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  world.CountExpectedSms();
}

TEST(Durable, Blocked30034_NeverSmsAgain) {
  World world({.directory = DurableDirectory()});
  world.AllowErrors();  // the sender needs attention
  AnaTakesCalls(world);
  world.simulator().AddFault({{"kind", "undelivered"}, {"code", 30034}, {"channel", "sms"}, {"count", 0}});
  DispatchHandle first = world.PlaceCall("Water leak");
  first.ExpectStatus(CONFIRMED);
  DispatchHandle second = world.PlaceCall("Other leak");
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(second.Get().pages(0).state(), v1::PAGE_STATE_SUPPRESSED);
  EXPECT_EQ(second.Get().pages(0).error_code(), "30034");
  EXPECT_EQ(world.simulator().WaitForRequests(1).size(), 1u);
  EXPECT_THAT(world.DispatchdLog(), HasSubstr("needs attention"));
  world.CountExpectedSms();
  world.CountExpectedCalls(2);
}

TEST(Durable, OptedOut21610_OtherChannelNow) {
  World world({.directory = DurableDirectory()});
  AnaTakesCalls(world);
  Phone ana = world.PhoneOf("ana");
  ana.Send("STOP");
  DispatchHandle first = world.PlaceCall("Water leak");
  first.ExpectStatus(CONFIRMED);
  EXPECT_EQ(first.Get().pages(0).error_code(), "21610");
  DispatchHandle second = world.PlaceCall("Other leak");
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(second.Get().pages(0).state(), v1::PAGE_STATE_SUPPRESSED);
  EXPECT_EQ(world.simulator().WaitForRequests(1).size(), 1u);
  world.CountExpectedCalls(2);
  // And back.
  ana.Send("START");
  DispatchHandle third = world.PlaceCall("Third leak");
  ana.ExpectSms("Third leak").Reply("1");
  third.ExpectStatus(CONFIRMED);
}

TEST(Durable, Landline21614_Voice) {
  World world({.directory = DurableDirectory()});
  AnaTakesCalls(world);
  world.simulator().AddFault({{"kind", "refuse"}, {"code", 21614}, {"channel", "sms"}});
  DispatchHandle first = world.PlaceCall("Water leak");
  first.ExpectStatus(CONFIRMED);
  EXPECT_EQ(first.Get().pages(0).state(), v1::PAGE_STATE_FAILED);
  DispatchHandle second = world.PlaceCall("Other leak");
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(second.Get().pages(0).state(), v1::PAGE_STATE_SUPPRESSED);
  EXPECT_EQ(world.simulator().WaitForRequests(1).size(), 1u);
  world.CountExpectedCalls(2);
}

TEST(Durable, TooManyRequests429_BacksOff) {
  World world({.directory = DurableDirectory()});
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
  const std::vector<absl::Time> sent = dispatch.TimesOf(v1::EVENT_KIND_PAGE_SENDING);
  const std::vector<absl::Time> refused = dispatch.TimesOf(v1::EVENT_KIND_PAGE_RETRY);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_GE(sent[1] - refused[0], absl::Seconds(1));
  EXPECT_GE(sent[2] - refused[1], absl::Seconds(2));
}

TEST(Durable, OutageOfTheProvider_EndsInAPageAllTheSame) {
  World world({.directory = DurableDirectory()});
  world.AllowErrors();
  world.simulator().AddFault({{"kind", "refuse"}, {"code", 20003}, {"http_status", 401}, {"count", 6}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);  // Ana, Bo and Sam, text and call
  world.Advance(absl::Seconds(31));
  dispatch.ExpectEvent(v1::EVENT_KIND_ROUND_STARTED);
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
