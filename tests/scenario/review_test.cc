// A call of which nobody knows whose it is: how that comes to be, and what brings it
// back to life.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto NEEDS_REVIEW = v1::DISPATCH_STATUS_NEEDS_REVIEW;
constexpr auto DISPATCHING = v1::DISPATCH_STATUS_DISPATCHING;
constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr char kCallSid[] = "CA0000000000000000000000000000beef";

const std::string& TwoFirms() {
  static const auto& yaml = *new std::string(DirectoryOf({Firm(), Jones()}));
  return yaml;
}

// A call that nobody can tell whose it is.
DispatchHandle PlaceStrayCall(World& world, const nlohmann::json& more = {{"to_number", kNumberOfNobody}}) {
  DispatchHandle dispatch = world.PlaceCall("Water leak", more);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.dispatch().status(), NEEDS_REVIEW);
  EXPECT_EQ(status.dispatch().business_id(), "");
  EXPECT_EQ(status.pages_size(), 0);
  dispatch.ExpectEvent(v1::EVENT_KIND_BUSINESS_UNMATCHED);
  return dispatch;
}

// The event that says how the business was found after all.
v1::Event Match(const DispatchHandle& dispatch) {
  dispatch.ExpectEvent(v1::EVENT_KIND_BUSINESS_MATCHED);
  const v1::StatusResponse status = dispatch.Get();
  for (const v1::Event& event : status.events()) {
    if (event.kind() == v1::EVENT_KIND_BUSINESS_MATCHED) return event;
  }
  return {};
}

void ExpectCyTakesIt(World& world, const DispatchHandle& dispatch) {
  world.PhoneWith(kCy).ExpectSms("jones Plumbing").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Cy Jones");
}

TEST(Review, NumberOfNobody_AnOperatorSaysWhose) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  const absl::StatusOr<v1::Dispatch> assigned = world.desk().Assign(dispatch.id(), "jones");
  ASSERT_TRUE(assigned.ok()) << assigned.status();
  EXPECT_EQ(assigned->status(), DISPATCHING);
  EXPECT_EQ(assigned->business_name(), "jones Plumbing");
  EXPECT_EQ(Match(dispatch).actor(), "operator:kim");
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, NumberOfNobody_TheDirectoryGetsIt) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  Firm jones = Jones();
  jones.number = kNumberOfNobody;
  world.ApplyDirectory(DirectoryOf({Firm(), jones}));
  EXPECT_EQ(Match(dispatch).actor(), "operator:kim");
  EXPECT_THAT(Match(dispatch).message(), HasSubstr(kNumberOfNobody));
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, NumberOfNobody_TheDirectoryGetsTheAgent) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world, {{"to_number", kNumberOfNobody}, {"agent_id", "agent_j"}});
  Firm jones = Jones();
  jones.more = "retell_agent_ids: [agent_j]";
  world.ApplyDirectory(DirectoryOf({Firm(), jones}));
  EXPECT_THAT(Match(dispatch).message(), HasSubstr("voice agent"));
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, NumberIsMissing_ALaterReportHasIt) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world, {{"call_id", "call_m"}, {"to_number", ""}});
  world.ReportCall("call_analyzed",
                   {{"call_id", "call_m"}, {"from_number", World::kCallerNumber}, {"to_number", Jones().number}});
  EXPECT_EQ(world.DispatchOf("call_m").id(), dispatch.id());
  EXPECT_EQ(Match(dispatch).actor(), "system");
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, TwilioFirstWithANumberOfNobody_TheAgentsReportHasAnother) {
  World world({.directory = TwoFirms()});
  const nlohmann::json ended = world.simulator().Control(
      "twilio/call-ended", {{"from", World::kCallerNumber}, {"to", kNumberOfNobody}, {"call_sid", kCallSid}});
  EXPECT_EQ(ended["responses"][0]["status"], 204) << ended.dump();
  DispatchHandle dispatch = world.DispatchOf(kCallSid);
  EXPECT_EQ(dispatch.Get().dispatch().status(), NEEDS_REVIEW);
  world.ReportCall("call_ended", {{"call_id", "call_t"},
                                  {"to_number", Jones().number},
                                  {"transcript", "User: Water leak"},
                                  {"telephony_identifier", {{"twilio_call_sid", kCallSid}}}});
  EXPECT_EQ(world.DispatchOf("call_t").id(), dispatch.id());
  ExpectCyTakesIt(world, dispatch);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), 1);
}

TEST(Review, RetellFirstWithANumberOfNobody_TwiliosReportHasAnother) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(
      world, {{"to_number", kNumberOfNobody}, {"telephony_identifier", {{"twilio_call_sid", kCallSid}}}});
  world.simulator().Control("twilio/call-ended",
                            {{"from", World::kCallerNumber}, {"to", Jones().number}, {"call_sid", kCallSid}});
  EXPECT_EQ(world.DispatchOf(kCallSid).id(), dispatch.id());
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, NoBusinessAtAll_TheFirstOneTakesIt) {
  World world({.directory = World::kNoDirectory});
  DispatchHandle dispatch = PlaceStrayCall(world);
  world.ApplyDirectory(DirectoryOf({Jones()}));
  EXPECT_THAT(Match(dispatch).message(), HasSubstr("only business"));
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, NumberOfNobody_TheBusinessThatIsLeftTakesIt) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  EXPECT_TRUE(world.desk().DeleteBusiness("smith").ok());
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, ReopenedWithoutABusiness_WaitsForOne) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = world.PlaceCall("Sorry, wrong number", {{"to_number", kNumberOfNobody}});
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_SCREENED_OUT);
  EXPECT_EQ(world.desk().Reopen(dispatch.id())->status(), NEEDS_REVIEW);
  EXPECT_EQ(world.desk().Assign(dispatch.id(), "jones")->status(), DISPATCHING);
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, ReopenedWhenItsBusinessIsKnown_GoesOnAtOnce) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = world.PlaceCall("Sorry, wrong number", {{"to_number", kNumberOfNobody}});
  Firm jones = Jones();
  jones.number = kNumberOfNobody;
  world.ApplyDirectory(DirectoryOf({Firm(), jones}));
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_SCREENED_OUT);
  EXPECT_EQ(world.desk().Reopen(dispatch.id())->status(), DISPATCHING);
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, TheDirectoryLoadedFromAShell_MovesItOnToo) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  Firm jones = Jones();
  jones.number = kNumberOfNobody;
  world.LoadDirectory(DirectoryOf({Firm(), jones}));
  ExpectCyTakesIt(world, dispatch);
}

TEST(Review, ADirectoryThatStillDoesNotKnow_ChangesNothing) {
  World world({.directory = TwoFirms()});
  DispatchHandle dispatch = PlaceStrayCall(world);
  Firm jones = Jones();
  jones.more = "retell_agent_ids: [agent_of_another_call]";
  world.ApplyDirectory(DirectoryOf({Firm(), jones}));
  EXPECT_EQ(dispatch.Get().dispatch().status(), NEEDS_REVIEW);
  EXPECT_EQ(dispatch.TimesOf(v1::EVENT_KIND_BUSINESS_MATCHED).size(), 0u);
}

}  // namespace
}  // namespace afterhours::testing
