// The same caller calls again about the same matter.
#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Story Paged() {
  Story story;
  story.snapshot.call.summary = "No heat";
  story.OnCall("ana").OnCall("bo").WithOwner().Start().Send();
  return story;
}

TEST(StepRepeat, IsKeptAndToldToWhoeverHasAPage) {
  Story story = Paged();
  const absl::Time step = *story.Due(TimerKind::kStep);
  const std::string awaited = story.chain().page_id;
  story.Repeat("Asks for news");
  ASSERT_THAT(story.snapshot.repeat_calls, SizeIs(1));
  EXPECT_THAT(story.snapshot.changed_repeats, ElementsAre(0u));
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS"));
  EXPECT_THAT(story.Last().body,
              AllOf(HasSubstr("The caller called again. Asks for news"), HasSubstr("called 2 times")));
  EXPECT_THAT(story.Last().body, HasSubstr(story.Last().reply_code));
  EXPECT_TRUE(story.Last().over) << "the chain does not wait for it";
  EXPECT_EQ(story.chain().page_id, awaited);
  EXPECT_EQ(story.Due(TimerKind::kStep), step);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_REPEATED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepRepeat, IsToldThreeTimes) {
  Story story = Paged();
  for (int i = 0; i < 5; ++i) story.Repeat("Asks for news");
  EXPECT_THAT(story.snapshot.repeat_calls, SizeIs(5));
  EXPECT_THAT(story.snapshot.pages, SizeIs(4));
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_REPEATED));
}

TEST(StepRepeat, IsToldOncePerTechnician) {
  Story story = Paged();
  story.FireStep().Send().FireStep().Send();  // ana by phone, then bo
  story.Repeat("Asks for news");
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS", "ana SMS", "bo SMS"));
}

TEST(StepRepeat, IsToldWhoseTextHasNotLeft) {
  Story story;
  story.OnCall("ana").Start().Repeat("Asks for news");
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS"));
}

TEST(StepRepeat, IsNotToldWhoPassedOrWhomNothingReaches) {
  Story story = Paged();
  story.Decline("ana").Send();  // bo
  story.Repeat("Asks for news");
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS", "bo SMS"));

  Story failed = Paged();
  failed.Hear(v1::PAGE_STATE_UNDELIVERED, 0, "SM1", "30003").Send();  // ana by phone
  failed.HangUp(1).Send();                                            // bo
  failed.snapshot.suppressions.push_back({kSms, "tel:bo", "+19495550101", "21610", failed.now + absl::Hours(1)});
  failed.Repeat("Asks for news");
  EXPECT_EQ(failed.Paged().back(), "ana SMS") << "who was called can be texted; bo opted out";
  EXPECT_THAT(failed.snapshot.pages, SizeIs(4));
}

TEST(StepRepeat, IsToldAtTheNumberForTextsOfWhoWasCalled) {
  Story called;
  called.snapshot.policies[v1::URGENCY_HIGH].technician_steps = {{kVoice, absl::Minutes(1)}};
  called.OnCall("eve", {{kVoice, "landline"}, {kSms, "mobile"}}).OnCall("fay", {{kVoice, "desk"}}).Start().Send();
  called.Repeat("Asks for news");
  EXPECT_EQ(called.Last().to_address, "mobile");
  called.FireStep().Send().Repeat("Asks for news", "call-3");
  EXPECT_EQ(called.Last().technician_name, "eve") << "a landline takes no texts";
}

TEST(StepRepeat, TheSecondNumberIsTextedWhenTheFirstOptedOut) {
  Story story;
  story.OnCall("eve", {{kSms, "first"}, {kVoice, "first"}, {kSms, "second"}}).Start().Send().FireStep().Send();
  ASSERT_THAT(story.Paged(), ElementsAre("eve SMS", "eve VOICE"));
  story.snapshot.suppressions.push_back({kSms, "first", "+19495550101", "21610", story.now + absl::Hours(1)});
  story.Repeat("Asks for news");
  EXPECT_EQ(story.Last().to_address, "second");
}

TEST(StepRepeat, IsInEveryLaterPage) {
  Story story = Paged();
  story.Repeat("Asks for news").FireStep();
  EXPECT_EQ(story.Last().channel, kVoice);
  EXPECT_THAT(story.Last().body, HasSubstr("They have called 2 times"));
  story.Send().FireStep();
  EXPECT_THAT(story.Last().body, HasSubstr("called 2 times"));
}

TEST(StepRepeat, RaisesTheUrgencyAndHurries) {
  Story story = Paged();
  ASSERT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_MEDIUM);
  story.Repeat("Gas leak");
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
  EXPECT_THAT(story.Last().body, HasSubstr("HIGH"));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepRepeat, RaisesTheUrgencyByWhatItsReporterGives) {
  Story story = Paged();
  Call again = Story::CallThatSays("Called again");
  again.given_urgency = v1::URGENCY_HIGH;
  story.Do(CallRepeated{again});
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
}

TEST(StepRepeat, WordsThatNobodyKnowsRaiseNothing) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.OnCall("ana").Start().Repeat("xyzzy");
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_LOW);
}

TEST(StepRepeat, EndsTheHold) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.now += absl::Hours(6);  // 23:13
  story.OnCall("ana").Start().Repeat("Asks for news");
  ASSERT_THAT(story.snapshot.pages, IsEmpty());
  story.Repeat("Gas leak", "call-3");
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepRepeat, ALaterReportAddsToItsOwnCall) {
  Story story = Paged();
  Call again = Story::CallThatSays("");
  again.transcript = "User: hello?";
  story.Do(CallRepeated{again});
  again.summary = "Gas leak";
  story.Do(CallReportedAgain{again});
  EXPECT_EQ(story.snapshot.repeat_calls[0].summary, "Gas leak");
  EXPECT_EQ(story.snapshot.call.summary, "No heat");
  EXPECT_EQ(story.snapshot.call.transcript, "");
  EXPECT_FALSE(story.snapshot.call_changed);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_ENRICHED, v1::EVENT_KIND_URGENCY_JUDGED));
  EXPECT_TRUE(story.Do(CallReportedAgain{again}).NothingHappened());
}

TEST(StepRepeat, ACallWithoutAnIdIsKnownByItsWords) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_MANUAL;
  story.snapshot.call.external_call_id = "";
  story.snapshot.call.summary = "";
  story.OnCall("ana").Start().Send();
  Call again = Story::CallThatSays("Asks for news", "");
  again.source = v1::CALL_SOURCE_MANUAL;
  story.Do(CallRepeated{again});
  EXPECT_TRUE(story.Do(CallReportedAgain{again}).NothingHappened());
  EXPECT_EQ(story.snapshot.call.summary, "");
}

TEST(StepRepeat, ASilentFirstCallIsNotScreenedOutWhenASecondOneJoined) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_TWILIO;
  story.snapshot.call.summary = "";
  story.OnCall("ana").Start().Repeat("Please come");
  ASSERT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  Call report = Story::CallThatSays("Wrong number", "call-1");
  story.Do(CallReportedAgain{report});
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
}

TEST(StepRepeat, AfterTheEndItChangesNothing) {
  Story story = Paged();
  story.Ack("ana");
  EXPECT_TRUE(story.Repeat("Gas leak").NothingHappened());
  EXPECT_THAT(story.snapshot.repeat_calls, IsEmpty());
}

TEST(StepRepeat, TheTextCanBeAnswered) {
  Story story = Paged();
  story.Repeat("Asks for news").Send();
  const std::string page_id = story.Last().id;
  story.Do(Acked{"ana", "tech-ana", "technician:ana", page_id});
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
}

TEST(StepRepeat, ItsFailureMovesTheChainNowhere) {
  Story story = Paged();
  const absl::Time step = *story.Due(TimerKind::kStep);
  story.Repeat("Asks for news").Claim().Refuse(FailureDecision::kRetry);
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_FAILED);
  EXPECT_EQ(story.Due(TimerKind::kStep), step);
  EXPECT_THAT(story.snapshot.pages, SizeIs(2));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

}  // namespace
}  // namespace afterhours::core
