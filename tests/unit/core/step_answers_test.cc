#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Story Paging() {
  Story story;
  story.OnCall("ana").OnCall("bo").Start();
  return story;
}

TEST(StepAck, TheFirstWins) {
  Story story = Paging();
  story.Claim().Accept().Ack("ana");
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_EQ(story.snapshot.dispatch.acked_by, "ana");
  EXPECT_EQ(story.snapshot.dispatch.acked_by_technician_id, "tech-ana");
  EXPECT_EQ(story.snapshot.dispatch.end_time, story.now);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_ACKED, v1::EVENT_KIND_STATUS_CHANGED));
}

TEST(StepAck, TheSecondIsToldWhoTookIt) {
  Story story = Paging();
  story.Ack("ana");
  EXPECT_EQ(JudgeAck(story.snapshot, Story::AckOf("bo")), v1::ACK_OUTCOME_ALREADY_TAKEN);
  story.Ack("bo");
  EXPECT_EQ(story.snapshot.dispatch.acked_by, "ana");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_ACK_LATE));
  EXPECT_THAT(story.snapshot.new_events[0].message, HasSubstr("taken by ana"));
}

TEST(StepAck, TheSameHumanMaySayItTwice) {
  Story story = Paging();
  story.Ack("ana");
  EXPECT_EQ(JudgeAck(story.snapshot, Story::AckOf("ana")), v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_TRUE(story.Ack("ana").NothingHappened());
}

TEST(StepAck, TwoPeopleWithOneNameAreTwoPeople) {
  Story story = Paging();
  story.Ack("ana");
  const Acked namesake{"ana", "tech-another", "technician:ana", ""};
  EXPECT_EQ(JudgeAck(story.snapshot, namesake), v1::ACK_OUTCOME_ALREADY_TAKEN);
  const Acked by_operator{"ana", "", "operator:ana", ""};
  EXPECT_EQ(JudgeAck(story.snapshot, by_operator), v1::ACK_OUTCOME_ALREADY_TAKEN);
}

TEST(StepAck, CancelsWhatIsPlannedAndNothingThatLeft) {
  Story story = Paging();
  story.Claim().LoseAnswer().FireStep();  // the call to ana is planned
  story.Ack("ana");
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_UNCERTAIN);
  EXPECT_EQ(story.PageAt(1).state, v1::PAGE_STATE_CANCELED);
  EXPECT_FALSE(story.PageAt(1).due_time.has_value());
  EXPECT_THAT(story.snapshot.changed_pages, ElementsAre(story.PageAt(1).id));
  EXPECT_EQ(story.Events().back(), v1::EVENT_KIND_PAGE_CANCELED);

  Story sending = Paging();
  sending.Claim().Ack("bo");
  EXPECT_EQ(sending.PageAt(0).state, v1::PAGE_STATE_SENDING) << "it may be out already; its sender will tell";
  EXPECT_EQ(sending.PageAt(0).owner, "sender-1");
}

TEST(StepAck, StopsTheClock) {
  Story story = Paging();
  story.Send().FireStep().Claim().LoseAnswer().Ack("ana");
  EXPECT_THAT(story.snapshot.timers, testing::ElementsAre(testing::Key(TimerKey(TimerKind::kCheck, story.Last().id))))
      << "only what became of the uncertain page is still found out";
}

TEST(StepAck, EndsTheRetriesOfAPageThatIsBeingSent) {
  Story story = Paging();
  story.Claim().Ack("bo").Refuse(FailureDecision::kRetry);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_THAT(story.snapshot.pages, SizeIs(1));
}

TEST(StepAck, WorksWhileNobodyIsAssigned) {
  Story story;
  story.Start();
  ASSERT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  story.Ack("ana");
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
}

TEST(StepAck, IsTooLateAfterACancel) {
  Story story = Paging();
  story.Do(Canceled{"operator:kim", "test call"});
  EXPECT_EQ(JudgeAck(story.snapshot, Story::AckOf("ana")), v1::ACK_OUTCOME_ENDED);
  story.Ack("ana");
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_CANCELED);
  EXPECT_EQ(story.snapshot.dispatch.acked_by, "");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_ACK_LATE));
}

TEST(StepDecline, PagesTheNextOneAtOnce) {
  Story story = Paging();
  story.Claim().Accept().Decline("ana", story.PageAt(0).id);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS")) << "the rest of ana's turn is skipped";
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_DECLINED, v1::EVENT_KIND_PAGE_PLANNED));
  story.Decline("ana", story.PageAt(0).id);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_DECLINED)) << "the chain has moved on already";
}

TEST(StepDecline, FromAnOperatorIsForWhoeverIsPaged) {
  Story story = Paging();
  story.Claim().Accept().Do(Declined{"", "ana", "operator:kim", ""});
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));
  EXPECT_THAT(story.chain().declined, ElementsAre("tech-ana"));
}

TEST(StepDecline, TakesBackAPageThatHasNotLeft) {
  Story story = Paging();
  story.Decline("ana");
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_CANCELED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));
}

TEST(StepDecline, IsRememberedBeforeTheirTurnAndInLaterRounds) {
  Story story = Paging();
  story.Send().Decline("bo");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_DECLINED)) << "ana is still asked";
  for (int i = 0; i < 4; ++i) story.FireStep().Send();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "ana SMS", "ana VOICE"));
}

TEST(StepDecline, ByTheOwnerEndsTheirTurnToo) {
  Story story;
  story.WithOwner().Start().Send();
  story.Do(Declined{std::string(kNilId), "olga", "owner", story.Last().id});
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS"));
  EXPECT_EQ(story.chain().phase, Chain::Phase::kExhausted);
}

TEST(StepDecline, ByTheLastOneIsTold) {
  Story story = Paging();
  story.Send().Decline("ana").Decline("bo", story.PageAt(1).id);
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_DECLINED, v1::EVENT_KIND_PAGE_CANCELED, v1::EVENT_KIND_EXHAUSTED));
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  story.FireStep();
  EXPECT_THAT(story.Events(), IsEmpty()) << "there is nobody to try";
}

TEST(StepDecline, ChangesNothingAfterTheEnd) {
  Story story = Paging();
  EXPECT_TRUE(story.Ack("ana").Decline("bo").NothingHappened());
}

TEST(StepCancel, EndsItAndSendsNothingMore) {
  Story story = Paging();
  story.Do(Canceled{"operator:kim", "test call"});
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_CANCELED);
  EXPECT_EQ(story.snapshot.dispatch.end_time, story.now);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_CANCELED);
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CANCELED, v1::EVENT_KIND_STATUS_CHANGED, v1::EVENT_KIND_PAGE_CANCELED));
  EXPECT_EQ(story.snapshot.new_events[0].actor, "operator:kim");
  EXPECT_EQ(story.snapshot.new_events[0].attributes.at("reason"), "test call");
  EXPECT_TRUE(story.Do(Canceled{"operator:kim", "again"}).NothingHappened());
}

TEST(StepCancel, CannotUndoAnAck) {
  Story story = Paging();
  story.Ack("ana");
  EXPECT_TRUE(story.Do(Canceled{"operator:kim", ""}).NothingHappened());
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
}

TEST(StepAgain, FillsOnlyWhatWasEmpty) {
  Story story = Paging();
  Call again;
  again.summary = "Another summary";
  again.transcript = "User: hello";
  again.twilio_call_sid = "CA1";
  again.end_time = story.now;
  story.Do(CallReportedAgain{again});

  EXPECT_TRUE(story.snapshot.call_changed);
  EXPECT_EQ(story.snapshot.call.summary, "Water leak in the basement");
  EXPECT_EQ(story.snapshot.call.transcript, "User: hello");
  EXPECT_EQ(story.snapshot.call.twilio_call_sid, "CA1");
  EXPECT_EQ(story.snapshot.call.end_time, story.now);
  EXPECT_EQ(story.snapshot.call.caller_number, "+19495550123");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_ENRICHED));
  EXPECT_TRUE(story.Do(CallReportedAgain{again}).NothingHappened());
}

TEST(StepAgain, FillsTheStartTime) {
  Story story = Paging();
  Call again;
  again.start_time = story.now;
  story.Do(CallReportedAgain{again});
  EXPECT_EQ(story.snapshot.call.start_time, story.now);
}

TEST(StepAgain, OnlyRaisesTheUrgency) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_MANUAL;  // without words it is screened out otherwise
  story.snapshot.call.summary = "";
  story.OnCall("ana").Start();
  ASSERT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_MEDIUM);

  Call mild;
  mild.summary = "Wants a quote";
  story.Do(CallReportedAgain{mild});
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_MEDIUM) << "never less urgent";
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_ENRICHED));

  Call grave;
  grave.transcript = "User: the basement is flooding";
  story.Do(CallReportedAgain{grave});
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_ENRICHED, v1::EVENT_KIND_URGENCY_JUDGED));
}

TEST(StepAgain, AfterTheEndIsKeptButPagesNobody) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_MANUAL;
  story.snapshot.call.summary = "";
  story.OnCall("ana").OnCall("bo").Start().Ack("ana");
  Call grave;
  grave.summary = "Gas leak";
  story.Do(CallReportedAgain{grave});
  EXPECT_EQ(story.snapshot.call.summary, "Gas leak");
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_MEDIUM);
  EXPECT_THAT(story.snapshot.pages, SizeIs(1));
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
}

}  // namespace
}  // namespace afterhours::core
