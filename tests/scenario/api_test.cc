// The API as its users see it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

TEST(Api, WatchTellsEveryEventOnce_AndEndsWithTheDispatch) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);  // no receipt comes after the end
  v1::WatchDispatchRequest request;
  request.set_dispatch_id(dispatch.id());
  std::vector<int> sequences;
  v1::DispatchStatus last = v1::DISPATCH_STATUS_UNSPECIFIED;
  bool replied = false;
  const absl::Status status = world.client().WatchDispatch(request, [&](const v1::WatchDispatchResponse& news) {
    sequences.push_back(news.event().sequence());
    last = news.status();
    if (!replied) page.Reply("1");
    replied = true;
    return true;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(last, v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  for (std::size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], static_cast<int>(i) + 1);

  // From a later event on, for a watcher that comes back.
  request.set_after_sequence(sequences.back() - 1);
  int again = 0;
  EXPECT_TRUE(
      world.client().WatchDispatch(request, [&](const v1::WatchDispatchResponse&) { return ++again > 0; }).ok());
  EXPECT_EQ(again, 1);
}

TEST(Api, ListGoesThroughAllPagesNewestFirst) {
  World world({.dispatchd_flags = {"--engine=false"}});
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(made.begin(), world.Dispatch("Leak " + std::to_string(i)).id());
  v1::ListDispatchesRequest request;
  request.set_page_size(2);
  request.add_statuses(v1::DISPATCH_STATUS_DISPATCHING);
  std::vector<std::string> listed;
  do {
    const auto response = world.client().ListDispatches(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_LE(response->dispatches_size(), 2);
    for (const v1::Dispatch& dispatch : response->dispatches()) listed.push_back(dispatch.id());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, made);

  request.set_page_token("garbage");
  EXPECT_EQ(ErrorReason(world.client().ListDispatches(request).status()), "PAGE_TOKEN_INVALID");
  request.clear_page_token();
  request.clear_statuses();
  request.add_statuses(v1::DISPATCH_STATUS_CANCELED);
  EXPECT_EQ(world.client().ListDispatches(request)->dispatches_size(), 0);
}

TEST(Api, CancelEndsIt_NoPageAfter_AndAnAckIsToldSo) {
  World world({.dispatchd_flags = {"--engine=false"}});
  DispatchHandle dispatch = world.Dispatch("Water leak");
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(dispatch.id());
  cancel.set_reason("caller called back");
  ASSERT_TRUE(world.client().CancelDispatch(cancel).ok());
  EXPECT_TRUE(world.client().CancelDispatch(cancel).ok()) << "again changes nothing";
  EXPECT_EQ(dispatch.Get().pages(0).state(), v1::PAGE_STATE_CANCELED);
  EXPECT_EQ(world.database().Count("select count(*) from outbox"), 0);
  EXPECT_EQ(world.database().Count("select count(*) from events where kind = 'CANCELED'"), 1);

  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(dispatch.id());
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Ana");
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ENDED);
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_CANCELED);
}

TEST(Api, OperatorTakesIt_ThenItCannotBeCanceled) {
  World world({.dispatchd_flags = {"--engine=false"}});
  DispatchHandle dispatch = world.Dispatch("Water leak");
  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(dispatch.id());
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Olga");
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ACCEPTED) << "the same again";
  ack.mutable_operator_ack()->set_acked_by("Pia");
  const auto late = world.client().Ack(ack);
  EXPECT_EQ(late->outcome(), v1::ACK_OUTCOME_ALREADY_TAKEN);
  EXPECT_THAT(late->reply_text(), HasSubstr("Olga"));
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(dispatch.id());
  const absl::Status status = world.client().CancelDispatch(cancel).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "DISPATCH_ENDED");
}

TEST(Api, AnIdMayBeWrittenInUpperCase) {
  World world({.dispatchd_flags = {"--engine=false"}});
  DispatchHandle dispatch = world.Dispatch("Water leak");
  const std::string id = absl::AsciiStrToUpper(dispatch.id());
  v1::StatusRequest request;
  request.set_dispatch_id(id);
  const auto status = world.client().Status(request);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->dispatch().id(), dispatch.id());
  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(id);
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Olga");
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ACCEPTED);
}

TEST(Api, HealthSaysWhatItShould) {
  World world;
  const HttpAnswer health = Http("GET", world.bridge_url() + "/health");
  EXPECT_EQ(health.status, 200);
  for (const char* member : {"status", "timestamp", "service", "version", "metrics"}) {
    EXPECT_TRUE(health.Json().contains(member)) << member;
  }
  EXPECT_THAT(Http("GET", world.bridge_url() + "/metrics").body, HasSubstr("afterhours_http_requests_total"));
  EXPECT_GE(world.DispatchdMetric("afterhours_oldest_due_page_age_seconds"), 0);
}

TEST(Api, TheClientsExampleRuns) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("First leak");
  world.PhoneOf("ana").ExpectSms("First leak");
  world.simulator().Control("phones/%2B19495550111/script", {{"script", "replies 1 {code} after 1 ms"}}, "PUT");
  std::string output;
  EXPECT_EQ(
      RunToEnd({AFTERHOURS_EXAMPLE, world.dispatchd_address(), World::kCalledNumber, "Example leak"}, {}, &output), 0)
      << output;
  EXPECT_THAT(output, HasSubstr("Acknowledged by Ana Diaz"));
  world.CountExpectedSms();
}

}  // namespace
}  // namespace afterhours::testing
