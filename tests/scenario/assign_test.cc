// A dispatch under review gets its business: once, for good, whatever happens around it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::SizeIs;

constexpr auto NEEDS_REVIEW = v1::DISPATCH_STATUS_NEEDS_REVIEW;
constexpr auto DISPATCHING = v1::DISPATCH_STATUS_DISPATCHING;
constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

const std::string& TwoFirms() {
  static const auto& yaml = *new std::string(DirectoryOf({Firm(), Jones()}));
  return yaml;
}

std::string TwoFirmsWithTheNumber() {
  Firm jones = Jones();
  jones.number = kNumberOfNobody;
  return DirectoryOf({Firm(), jones});
}

DispatchHandle PlaceStrayCall(World& world, const std::string& call_id = "call_s") {
  return world.PlaceCall("Water leak",
                         {{"call_id", call_id}, {"to_number", kNumberOfNobody}, {"from_number", World::kCallerNumber}});
}

TEST(Review, AssignedTwice_ChangesOnce) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  EXPECT_TRUE(world.desk().Assign(dispatch.id(), "jones").ok());
  world.PhoneWith(kCy).ExpectSms("Water leak");
  const absl::StatusOr<v1::Dispatch> again = world.desk().Assign(dispatch.id(), "jones");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->status(), DISPATCHING);
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_BUSINESS_MATCHED), SizeIs(1));
  EXPECT_EQ(ErrorReason(world.desk().Assign(dispatch.id(), "smith").status()), "NOT_UNDER_REVIEW");
}

TEST(Review, AssignedToNobody_IsRefused) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  EXPECT_EQ(ErrorReason(world.desk().Assign(dispatch.id(), "brown").status()), "BUSINESS_NOT_FOUND");
  EXPECT_EQ(ErrorReason(world.desk().Assign("01890000-0000-7000-8000-000000000000", "jones").status()),
            "DISPATCH_NOT_FOUND");
  EXPECT_EQ(dispatch.Get().dispatch().status(), NEEDS_REVIEW);
}

TEST(Review, WhatIsScreenedOut_IsReopenedFirst) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = world.PlaceCall("Sorry, wrong number", {{"to_number", kNumberOfNobody}});
  const absl::Status refused = world.desk().Assign(dispatch.id(), "jones").status();
  EXPECT_EQ(ErrorReason(refused), "NOT_UNDER_REVIEW");
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr("reopen it first"));
}

TEST(Review, TheSameWebhookAfterTheMove_IsTheSameDispatch) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  EXPECT_TRUE(world.desk().Assign(dispatch.id(), "jones").ok());
  world.PhoneWith(kCy).ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(PlaceStrayCall(world).id(), dispatch.id());
  world.ApplyDirectory(TwoFirmsWithTheNumber());
  EXPECT_EQ(PlaceStrayCall(world).id(), dispatch.id());
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

// An id that a business made up is its own: whose is this one's, before and after?
TEST(Review, TheSameCallOfADeskAfterTheMove_IsTheSameDispatch) {
  World world({.directory = TwoFirms()});
  v1::DispatchRequest request;
  request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
  request.mutable_call()->set_external_call_id("desk-7");
  request.mutable_call()->set_called_number(kNumberOfNobody);
  request.mutable_call()->set_summary("Water leak");
  const std::string id = world.client().Dispatch(request)->dispatch().id();
  EXPECT_TRUE(world.desk().Assign(id, "jones").ok());
  world.PhoneWith(kCy).ExpectSms("Water leak");
  EXPECT_EQ(world.client().Dispatch(request)->dispatch().id(), id) << "the number is nobody's still";
  world.ApplyDirectory(TwoFirmsWithTheNumber());
  EXPECT_EQ(world.client().Dispatch(request)->dispatch().id(), id) << "now it is Jones's";
  EXPECT_EQ(world.DispatchOf("desk-7").id(), id);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Review, ItsHistoryGoesWithIt) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  EXPECT_TRUE(world.desk().Assign(dispatch.id(), "jones").ok());
  world.PhoneWith(kCy).ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  const v1::StatusResponse status = dispatch.Get();
  for (int i = 0; i < status.events_size(); ++i) EXPECT_EQ(status.events(i).sequence(), i + 1);
  EXPECT_EQ(status.events(0).kind(), v1::EVENT_KIND_CALL_RECEIVED);
  for (const char* table : {"calls", "events", "pages", "timers"}) {
    EXPECT_EQ(world.database().Count(absl::StrCat("select count(*) from ", table, " t join dispatches d on d.id = ",
                                                  "t.dispatch_id where t.business_id <> d.business_id")),
              0)
        << table;
  }
}

TEST(Review, ItsCutoffCountsFromTheAssignment) {
  World world({.directory = TwoFirms()});
  world.AllowErrors();  // nobody took it: operators are told
  DispatchHandle dispatch = PlaceStrayCall(world);
  world.Advance(absl::Minutes(20));  // of thirty, by the policy of nobody
  EXPECT_TRUE(world.desk().Assign(dispatch.id(), "jones").ok());
  world.PhoneWith(kCy).ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(absl::Minutes(119));
  dispatch.ExpectEvent(v1::EVENT_KIND_EXHAUSTED);
  EXPECT_EQ(dispatch.Get().dispatch().status(), DISPATCHING);
  world.Advance(absl::Minutes(2));
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
}

TEST(Review, NobodyAssignsIt_ItEnds) {
  World world({.directory = TwoFirms()});
  world.AllowErrors();  // operators are told
  DispatchHandle dispatch = PlaceStrayCall(world);
  world.Advance(absl::Minutes(31));
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
  EXPECT_EQ(ErrorReason(world.desk().Assign(dispatch.id(), "jones").status()), "NOT_UNDER_REVIEW");
  world.ApplyDirectory(TwoFirmsWithTheNumber());
  EXPECT_EQ(dispatch.Get().pages_size(), 0) << "what has ended is not begun";
}

TEST(Review, AnOperatorMayTakeItWithoutABusiness) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(dispatch.id());
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Kim");
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ACCEPTED);
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(Review, DispatchdDiesInTheMiddle_NothingIsLost) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  world.KillDispatchd();
  world.StartDispatchd({"--engine=false"});
  EXPECT_EQ(dispatch.Get().dispatch().status(), NEEDS_REVIEW);
  Eventually("assigned", [&] { return world.desk().Assign(dispatch.id(), "jones").ok(); });
  world.KillDispatchd();  // before it could page
  world.StartDispatchd();
  world.PhoneWith(kCy).ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_BUSINESS_MATCHED), SizeIs(1));
}

TEST(Review, TwoOperatorsAtOnce_OneBusinessGetsIt) {
  World world({.directory = TwoFirms()});
  Phone ana = world.PhoneOf("ana"), cy = world.PhoneWith(kCy);
  for (int i = 0; i < 6; ++i) {
    DispatchHandle dispatch = PlaceStrayCall(world, absl::StrCat("call_race_", i));
    const auto assign = [&](const char* business) {
      return std::async(std::launch::async, [&world, &dispatch, business] {
        return world.desk().Assign(dispatch.id(), business).status();
      });
    };
    auto to_smith = assign("smith"), to_jones = assign("jones");
    const absl::Status smith = to_smith.get(), jones = to_jones.get();
    ASSERT_NE(smith.ok(), jones.ok()) << smith << " and " << jones;
    EXPECT_EQ(ErrorReason(smith.ok() ? jones : smith), "NOT_UNDER_REVIEW");
    EXPECT_EQ(dispatch.Get().dispatch().business_name(), smith.ok() ? "smith Plumbing" : "jones Plumbing");
    (smith.ok() ? ana : cy).ExpectSms("Water leak").Reply("1 {code}");
    dispatch.ExpectStatus(CONFIRMED);
  }
}

// Neither may look away while the other writes.
TEST(Review, CallsWhileTheirNumberIsGivenAnOwner_AreNotLeftBehind) {
  World world({.directory = TwoFirms()});
  Phone cy = world.PhoneWith(kCy);
  constexpr int kRounds = 8, kCalls = 6;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::future<std::string>> calls;
    for (int i = 0; i < kCalls; ++i) {
      calls.push_back(std::async(std::launch::async, [&world, round, i] {
        v1::DispatchRequest request;
        request.set_request_id(absl::StrCat("r", round, "-", i));
        request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
        request.mutable_call()->set_called_number(kNumberOfNobody);
        request.mutable_call()->set_summary("Water leak");
        return world.client().Dispatch(request)->dispatch().id();
      }));
    }
    world.ApplyDirectory(TwoFirmsWithTheNumber());
    for (auto& call : calls) {
      const DispatchHandle dispatch(world, call.get());
      EXPECT_EQ(dispatch.Get().dispatch().business_name(), "jones Plumbing");
      cy.ExpectSms("Water leak");
    }
    world.ApplyDirectory(TwoFirms());
  }
}

TEST(Review, TwoStrayCallsOfOneCaller_AreTwoWhenTheyRangElsewhere) {
  World world({.directory = TwoFirms()});
  DispatchHandle first = PlaceStrayCall(world, "call_1");
  DispatchHandle second = world.PlaceCall(
      "Water leak", {{"to_number", "+12065550189"}, {"from_number", World::kCallerNumber}, {"call_id", "call_2"}});
  EXPECT_NE(first.id(), second.id()) << "two businesses may be waiting for them";
  EXPECT_EQ(PlaceStrayCall(world, "call_3").id(), first.id());
  EXPECT_TRUE(world.desk().Assign(first.id(), "jones").ok());
  world.PhoneWith(kCy).ExpectSms("called 2 times");
}

}  // namespace
}  // namespace afterhours::testing
