// What is no matter for whoever is on call: recorded, and nobody is paged, until
// somebody says otherwise.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::SizeIs;

constexpr auto SCREENED_OUT = v1::DISPATCH_STATUS_SCREENED_OUT;
constexpr auto DISPATCHING = v1::DISPATCH_STATUS_DISPATCHING;
constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

constexpr struct {
  v1::Screening screening;
  const char* transcript;
} kNoMatters[] = {
    {v1::SCREENING_SPAM, "Agent: Hello?\nUser: We are calling about your car's extended warranty. Press one now."},
    {v1::SCREENING_SALES,
     "User: I'm calling from a marketing agency, have you got a minute to talk about advertising?"},
    {v1::SCREENING_WRONG_NUMBER, "User: Oh sorry, wrong number."},
    {v1::SCREENING_NO_WORDS, ""},
};

// A call of four seconds.
nlohmann::json Short(nlohmann::json call) {
  constexpr std::int64_t kEndMillis = 1795000000000;
  call["start_timestamp"] = kEndMillis - 4000;
  call["end_timestamp"] = kEndMillis;
  return call;
}

DispatchHandle PlaceIdleCall(World& world, const std::string& call_id = "call_idle") {
  DispatchHandle dispatch =
      world.PlaceCall("", {{"call_id", call_id}, {"transcript", "User: Oh sorry, wrong number."}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), SCREENED_OUT);
  return dispatch;
}

std::vector<std::string> ListScreenedOut(World& world) {
  v1::ListDispatchesRequest request;
  request.add_statuses(SCREENED_OUT);
  std::vector<std::string> ids;
  const v1::ListDispatchesResponse response = *world.client().ListDispatches(request);
  for (const v1::Dispatch& dispatch : response.dispatches()) ids.push_back(dispatch.id());
  return ids;
}

TEST(Screening, EachKindIsRecorded_AndNobodyIsPaged) {
  World world({.directory = DirectoryOf({Firm()})});
  std::vector<std::string> ids;
  for (const auto& no_matter : kNoMatters) {
    DispatchHandle dispatch = world.PlaceCall("", Short({{"transcript", no_matter.transcript}}));
    const v1::StatusResponse status = dispatch.Get();
    EXPECT_EQ(status.dispatch().status(), SCREENED_OUT) << no_matter.transcript;
    EXPECT_EQ(status.dispatch().screening(), no_matter.screening) << no_matter.transcript;
    EXPECT_EQ(status.dispatch().call().transcript(), no_matter.transcript);
    EXPECT_EQ(status.dispatch().business_name(), "smith Plumbing");
    EXPECT_TRUE(status.dispatch().has_end_time());
    EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_SCREENED_OUT), SizeIs(1));
    EXPECT_EQ(status.pages_size(), 0);
    ids.insert(ids.begin(), dispatch.id());
  }
  EXPECT_EQ(ListScreenedOut(world), ids);
  world.Advance(absl::Hours(3));
  EXPECT_EQ(world.database().Count("select count(*) from timers"), 0) << "nothing wakes them";
  EXPECT_EQ(world.database().Count("select count(*) from pages"), 0);
}

TEST(Screening, ARealMatterInSuchWords_IsPaged) {
  World world({.directory = DirectoryOf({Firm()})});
  for (const char* words : {"Is this the pizza place? Wrong number. No wait, my basement is flooding",
                            "I had a sales call about the warranty, but now there is a gas leak",
                            "Sorry, wrong number of the house: 12 Elm, the water heater burst"}) {
    EXPECT_EQ(world.PlaceCall(words).Get().dispatch().status(), DISPATCHING) << words;
  }
  Phone ana = world.PhoneOf("ana");
  for (int i = 0; i < 3; ++i) ana.ExpectSms("");
}

TEST(Screening, WhatADeskReports_IsScreenedByItsWordsOnly) {
  World world({.directory = DirectoryOf({Firm()})});
  EXPECT_EQ(world.Dispatch("").Get().dispatch().status(), DISPATCHING) << "somebody had a reason to report it";
  world.PhoneOf("ana").ExpectSms("No summary");
}

TEST(Screening, AnOperatorReopensIt) {
  World world({.directory = DirectoryOf({Firm()})});
  DispatchHandle dispatch = PlaceIdleCall(world);
  const absl::StatusOr<v1::Dispatch> reopened = world.desk().Reopen(dispatch.id());
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(reopened->status(), DISPATCHING);
  EXPECT_EQ(reopened->screening(), v1::SCREENING_UNSPECIFIED);
  EXPECT_FALSE(reopened->has_end_time());
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("wrong number");
  EXPECT_EQ(world.desk().Reopen(dispatch.id())->status(), DISPATCHING) << "twice is once";
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_REOPENED), SizeIs(1));
  EXPECT_THAT(ListScreenedOut(world), SizeIs(0));
  page.Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(ErrorReason(world.desk().Reopen(dispatch.id()).status()), "DISPATCH_ENDED");
}

TEST(Screening, WhatIsReopened_EndsByItsCutoff) {
  World world({.directory = DirectoryOf({Firm()})});
  world.AllowErrors();  // nobody took it: operators are told
  DispatchHandle dispatch = PlaceIdleCall(world);
  world.Advance(absl::Hours(5));
  EXPECT_TRUE(world.desk().Reopen(dispatch.id()).ok());
  world.PhoneOf("ana").ExpectSms("wrong number");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.Advance(absl::Minutes(11));
  world.PhoneOf("bo").ExpectSms("wrong number");
  world.Advance(absl::Minutes(110));
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
}

TEST(Screening, ALaterReportWithSubstance_ReopensIt) {
  World world({.directory = DirectoryOf({Firm()})});
  DispatchHandle dispatch = world.PlaceCall("", Short({{"call_id", "call_r"}, {"transcript", ""}}));
  EXPECT_EQ(dispatch.Get().dispatch().screening(), v1::SCREENING_NO_WORDS);
  for (int i = 0; i < 2; ++i) {
    world.ReportCall("call_analyzed", {{"call_id", "call_r"},
                                       {"from_number", World::kCallerNumber},
                                       {"to_number", World::kCalledNumber},
                                       {"call_analysis", {{"call_summary", "The basement is flooding"}}}});
  }
  world.PhoneOf("ana").ExpectSms("The basement is flooding").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_HIGH);
  EXPECT_THAT(dispatch.TimesOf(v1::EVENT_KIND_REOPENED), SizeIs(1));
}

TEST(Screening, ALaterReportWithoutSubstance_LeavesIt) {
  World world({.directory = DirectoryOf({Firm()})});
  const std::string sid = "CA0000000000000000000000000000cafe";
  DispatchHandle dispatch = world.PlaceCall(
      "", Short({{"call_id", "call_n"}, {"transcript", ""}, {"telephony_identifier", {{"twilio_call_sid", sid}}}}));
  world.simulator().Control("twilio/call-ended",
                            {{"from", World::kCallerNumber}, {"to", World::kCalledNumber}, {"call_sid", sid}});
  EXPECT_EQ(world.DispatchOf(sid).id(), dispatch.id());
  world.ReportCall("call_analyzed", {{"call_id", "call_n"},
                                     {"from_number", World::kCallerNumber},
                                     {"to_number", World::kCalledNumber},
                                     {"transcript", ""},
                                     {"call_analysis", {{"call_summary", "It was a wrong number."}}}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), SCREENED_OUT);
  EXPECT_EQ(dispatch.Get().dispatch().call().summary(), "It was a wrong number.");
}

TEST(Screening, TheNetworksReportWaits_TheAgentsSaysThatItIsNone) {
  World world({.directory = DirectoryOf({Firm()})});
  const std::string sid = "CA0000000000000000000000000000cafe";
  world.simulator().Control("twilio/call-ended",
                            {{"from", World::kCallerNumber}, {"to", World::kCalledNumber}, {"call_sid", sid}});
  DispatchHandle dispatch = world.DispatchOf(sid);
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_UNASSIGNED);
  world.ReportCall("call_ended", {{"transcript", "User: Oh sorry, wrong number."},
                                  {"telephony_identifier", {{"twilio_call_sid", sid}}}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), SCREENED_OUT);
  world.Advance(absl::Minutes(2));
  EXPECT_EQ(dispatch.Get().pages_size(), 0);
}

TEST(Screening, TheSameCallerThenHasAMatter_ItIsADispatch) {
  World world({.directory = DirectoryOf({Firm()})});
  DispatchHandle first = world.PlaceCall("", Short({{"transcript", ""}, {"from_number", World::kCallerNumber}}));
  DispatchHandle second = world.PlaceCall("Water leak", {{"from_number", World::kCallerNumber}});
  EXPECT_NE(first.id(), second.id());
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(first.Get().dispatch().status(), SCREENED_OUT);
}

TEST(Screening, NobodyCanTakeOrCancelIt) {
  World world({.directory = DirectoryOf({Firm()})});
  DispatchHandle dispatch = PlaceIdleCall(world);
  v1::AckRequest ack;
  ack.mutable_operator_ack()->set_dispatch_id(dispatch.id());
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Kim");
  EXPECT_EQ(world.client().Ack(ack)->outcome(), v1::ACK_OUTCOME_ENDED);
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(dispatch.id());
  EXPECT_EQ(ErrorReason(world.client().CancelDispatch(cancel).status()), "DISPATCH_ENDED");
  EXPECT_EQ(dispatch.Get().dispatch().status(), SCREENED_OUT);
}

TEST(Screening, DispatchdDiesAfterIt_ItIsReopenedAllTheSame) {
  World world({.directory = DirectoryOf({Firm()})});
  DispatchHandle dispatch = PlaceIdleCall(world);
  world.KillDispatchd();
  world.StartDispatchd();
  Eventually("reopened", [&] { return world.desk().Reopen(dispatch.id()).ok(); });
  world.PhoneOf("ana").ExpectSms("wrong number").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
