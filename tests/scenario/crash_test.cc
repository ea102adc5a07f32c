// Promises 1 to 3 under crashes and lost answers: nothing is lost, nothing is
// sent twice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

// Dies while Twilio has the request, and comes back when Twilio has taken it.
void CrashAfterAccept(World& world) {
  world.simulator().WaitForRequests(1);
  world.KillDispatchd();
  world.simulator().Hold(false);
  world.PhoneOf("ana").ExpectSms("Water leak");
  world.StartDispatchd();
}

TEST(Durable, CrashBeforeSend) {
  World world({.directory = DurableDirectory()});
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

TEST(Durable, CrashAfterAcceptBeforeRecord_CallbackHeals) {
  World world({.directory = DurableDirectory(), .bridge_flags = {}});
  world.AllowErrors();  // callbacks that come while dispatchd is down
  world.simulator().Hold(true);
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  CrashAfterAccept(world);
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_THAT(status.pages(0).provider_message_id(), HasSubstr("SM"));
  EXPECT_EQ(status.pages(0).attempt_count(), 1);
  EXPECT_EQ(status.pages_size(), 1);
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_PAGE_SETTLED), IsEmpty()) << "nobody had to ask";
}

TEST(Durable, CrashAfterAccept_NoCallback_ListingHeals) {
  World world({.directory = DurableDirectory()});
  world.simulator().Hold(true);
  world.simulator().AddFault({{"kind", "callbacks_lost"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  CrashAfterAccept(world);
  world.Advance(absl::Minutes(1));  // the lease of the dead runs out
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN);
  world.Advance(absl::Seconds(6));
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  dispatch.ExpectEvent(v1::EVENT_KIND_PAGE_SETTLED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_THAT(status.pages(0).provider_message_id(), HasSubstr("SM"));
  EXPECT_EQ(status.pages(0).attempt_count(), 1);
  EXPECT_EQ(status.pages_size(), 1);
}

TEST(Durable, CrashBeforeAccept_ListingShowsNothing_SentOnceMore) {
  World world({.directory = DurableDirectory(), .dispatchd_flags = {"--twilio_timeout=1s"}});
  world.simulator().AddFault({{"kind", "timeout_before_accept"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN);
  for (int check = 1; check <= 2; ++check) {
    world.Advance(absl::Seconds(11));
    Eventually("Twilio is asked",
               [&] { return world.DispatchdMetric("afterhours_look_ups_total{outcome=\"not_found\"}") >= check; });
  }
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_FAILED, 0);
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
}

TEST(Durable, TimeoutAfterAccept_NoDuplicate) {
  World world({.directory = DurableDirectory(), .dispatchd_flags = {"--twilio_timeout=1s"}});
  world.simulator().AddFault({{"kind", "timeout_after_accept"}});
  world.simulator().AddFault({{"kind", "callbacks_lost"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN);
  world.Advance(absl::Seconds(6));
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(dispatch.Get().pages_size(), 1);
  EXPECT_THAT(page.Reply("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Durable, UncertainCall_IsFoundAmongTheCalls) {
  World world({.directory = DurableDirectory(), .dispatchd_flags = {"--twilio_timeout=1s"}});
  world.simulator().AddFault({{"kind", "timeout_after_accept"}, {"channel", "call"}});
  world.simulator().AddFault({{"kind", "callbacks_lost"}, {"channel", "call"}});
  world.PhoneOf("ana").Does("answers after 0 s and says nothing");
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(kStepWait);
  dispatch.ExpectPage(v1::PAGE_STATE_UNCERTAIN, 1);
  world.PhoneOf("ana").ExpectCall();
  world.Advance(absl::Seconds(6));
  dispatch.ExpectEvent(v1::EVENT_KIND_CALL_OVER);
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(world.simulator().WaitForCalls(1).size(), 1u);
}

TEST(Durable, UncertainCall_IsNotTakenForAnothers) {
  World world({.directory = DurableDirectory(), .dispatchd_flags = {"--twilio_timeout=1s"}});
  // Of two calls to one number one was placed, and nobody was told.
  world.simulator().AddFault({{"kind", "timeout_before_accept"}, {"channel", "call"}});
  world.simulator().AddFault({{"kind", "timeout_after_accept"}, {"channel", "call"}});
  world.simulator().AddFault({{"kind", "callbacks_lost"}, {"channel", "call"}});
  Phone ana = world.PhoneOf("ana");
  ana.Does("answers after 0 s and says nothing");
  DispatchHandle leak = world.Dispatch("Water leak");
  ana.ExpectSms("Water leak");
  DispatchHandle gas = world.Dispatch("Gas smell");
  ana.ExpectSms("Gas smell");
  for (DispatchHandle* dispatch : {&leak, &gas}) dispatch->ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(kStepWait);
  for (DispatchHandle* dispatch : {&leak, &gas}) dispatch->ExpectPage(v1::PAGE_STATE_UNCERTAIN, 1);
  ana.ExpectCall();
  world.Advance(absl::Seconds(6));
  Eventually("Twilio has been asked about both",
             [&] { return world.DispatchdMetric("afterhours_look_ups_total{outcome=\"unknown\"}") >= 2; });
  for (DispatchHandle* dispatch : {&leak, &gas}) dispatch->ExpectPage(v1::PAGE_STATE_UNCERTAIN, 1);
}

TEST(Durable, AcceptThenDatabaseDown) {
  World world({.directory = DurableDirectory(), .own_cluster = true});
  world.AllowErrors();
  world.simulator().Hold(true);
  world.simulator().AddFault({{"kind", "callbacks_lost"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.simulator().WaitForRequests(1);
  world.cluster().Stop("immediate");
  world.simulator().Hold(false);
  world.PhoneOf("ana").ExpectSms("Water leak");
  world.cluster().Start();
  dispatch.ExpectPage(v1::PAGE_STATE_ACCEPTED);
  EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 1);
  EXPECT_EQ(dispatch.Get().pages_size(), 1);
}

TEST(Durable, DatabaseRestart) {
  World world({.directory = DurableDirectory(), .own_cluster = true});
  world.AllowErrors();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.cluster().Stop("immediate");
  world.Advance(kStepWait);  // its step is due while nobody is there
  world.cluster().Start();
  world.PhoneOf("ana").ExpectCall();
  world.PhoneOf("bo").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Durable, DatabaseFailsOver_TheStandbyServes) {
  World world({.directory = DurableDirectory(", voice: none"), .own_cluster = true, .standby = true});
  world.AllowErrors();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const std::string copy = world.database().UrlOn(world.standby());
  Eventually("the standby has it", [&] {
    return TestDatabase::ValueAt(copy, "select count(*) from pages where state = 'DELIVERED'") == "1";
  });
  world.cluster().Stop("immediate");
  world.standby().Promote();
  world.Advance(kStepWait);
  ReceivedSms page = world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_THAT(page.Reply("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
  EXPECT_EQ(TestDatabase::ValueAt(copy, "select status from dispatches"), "DISPATCHED_CONFIRMED");
  world.cluster().Start();  // to be cleaned up
}

TEST(Durable, ReplicaKilled_OtherTakesOver) {
  World world({.directory = DurableDirectory()});
  const Process other = world.StartReplica();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.KillDispatchd();
  world.Advance(kStepWait);
  world.simulator().WaitForCalls(1);
  world.StartDispatchd();
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(world.simulator().WaitForCalls(1).size(), 1u);
  world.CountExpectedCalls(1);
}

TEST(Durable, EngineOutageOverTwoSteps_OnePageEach) {
  World world({.directory = DurableDirectory(", voice: none")});
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  ana.ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.KillDispatchd();
  world.StartDispatchd({"--engine=false"});
  DispatchHandle unsent = world.PlaceCall("Other leak");
  unsent.ExpectPage(v1::PAGE_STATE_PLANNED);
  world.KillDispatchd();
  world.Advance(absl::Minutes(10));
  world.StartDispatchd();
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  // Bo's call is not due before Bo has had his time.
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.pages_size(), 2);
  EXPECT_GE(status.dispatch().next_step_time().seconds() - status.pages(1).create_time().seconds(), 119);
  // Nor is Bo's turn before Ana has had hers, when her page could not leave in time.
  ana.ExpectSms("Other leak");
  unsent.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const std::vector<absl::Time> sent = unsent.TimesOf(v1::EVENT_KIND_PAGE_SENDING);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_GE(unsent.Get().dispatch().next_step_time().seconds() - absl::ToUnixSeconds(sent[0]), 119);
}

TEST(Durable, ClockSteps) {
  World world({.directory = DurableDirectory(", voice: none")});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  // Forward over several steps: each has its time still.
  world.Advance(absl::Minutes(20));
  world.PhoneOf("bo").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED, 1);
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
  // Back: nothing happens twice, and an ack is an ack.
  world.Advance(-absl::Minutes(30));
  EXPECT_THAT(page.Reply("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
}

TEST(Durable, TwoReplicas_OneSend) {
  World world({.directory = DurableDirectory()});
  const Process other = world.StartReplica();
  std::vector<DispatchHandle> dispatches;
  for (int i = 0; i < 20; ++i) dispatches.push_back(world.PlaceCall("Water leak"));
  for (const DispatchHandle& dispatch : dispatches) {
    dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
    world.CountExpectedSms();
    EXPECT_EQ(dispatch.Get().pages(0).attempt_count(), 1);
  }
  world.Advance(kStepWait);
  EXPECT_EQ(world.simulator().WaitForCalls(20).size(), 20u);
  Phone bo = world.PhoneOf("bo");
  for (int i = 0; i < 20; ++i) bo.ExpectSms("Water leak");
  EXPECT_EQ(world.simulator().WaitForCalls(20).size(), 20u);
  world.CountExpectedCalls(20);
}

TEST(Durable, RecoverTwice_ChangesOnce) {
  World world({.directory = DurableDirectory(), .dispatchd_flags = {"--engine=false"}});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.database().Value("with gone as (delete from timers returning 1) select count(*) from gone");
  world.database().Value("with gone as (delete from outbox returning 1) select count(*) from gone");

  v1::RecoverRequest request;
  request.set_dry_run(true);
  for (int i = 0; i < 2; ++i) {
    const auto found = world.client().Recover(request);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->dispatch_count(), 1);
    ASSERT_EQ(found->findings_size(), 3) << found->DebugString();
    EXPECT_EQ(found->findings(0).problem(), v1::RECOVER_PROBLEM_NO_CUTOFF);
    EXPECT_EQ(found->findings(1).problem(), v1::RECOVER_PROBLEM_NO_NEXT_STEP);
    EXPECT_EQ(found->findings(2).problem(), v1::RECOVER_PROBLEM_PAGE_NOT_QUEUED);
  }
  request.set_dry_run(false);
  request.set_dispatch_id(dispatch.id());
  EXPECT_EQ(world.client().Recover(request)->findings_size(), 3);
  const int events = dispatch.Get().events_size();
  EXPECT_EQ(world.client().Recover(request)->findings_size(), 0);
  EXPECT_EQ(dispatch.Get().events_size(), events);
  EXPECT_EQ(world.database().Count("select count(*) from outbox"), 1);
  request.set_dispatch_id("01890000-0000-7000-8000-000000000000");
  EXPECT_EQ(world.client().Recover(request).status().code(), absl::StatusCode::kNotFound);
}

TEST(Durable, SweepFindsALiveDispatchWithoutTimers) {
  World world({.directory = DurableDirectory()});
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.AllowRepairs();
  world.database().Value("with gone as (delete from timers returning 1) select count(*) from gone");
  dispatch.ExpectEvent(v1::EVENT_KIND_RECOVERED, 2);
  world.PhoneOf("ana").ExpectCall();
  world.PhoneOf("bo").ExpectSms("Water leak");
}

}  // namespace
}  // namespace afterhours::testing
