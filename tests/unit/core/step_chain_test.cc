#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Story Paging() {
  Story story;
  story.OnCall("ana").OnCall("bo").WithOwner().Start();
  return story;
}

// Sends each page and lets its wait pass.
void LetPass(Story& story, int steps) {
  for (int i = 0; i < steps; ++i) story.Send().FireStep();
}

TEST(StepChain, GoesThroughEachTechnicianThenTheOwnerThenRoundAgain) {
  Story story = Paging();
  std::vector<absl::Duration> waits;
  for (int i = 0; i < 6; ++i) {
    story.Send();
    waits.push_back(story.Until(TimerKind::kStep));
    story.FireStep();
  }
  EXPECT_THAT(story.Paged(),
              ElementsAre("ana SMS", "ana VOICE", "bo SMS", "bo VOICE", "olga SMS", "olga VOICE", "ana SMS"));
  EXPECT_THAT(waits, ElementsAre(absl::Minutes(1), absl::Minutes(1), absl::Minutes(1), absl::Minutes(1),
                                 absl::Seconds(30), absl::Minutes(2)));
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_ROUND_STARTED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_EQ(story.chain().round, 2);
}

TEST(StepChain, WaitsForTheCutoffAfterTheLastRound) {
  Story story = Paging();
  LetPass(story, 12);
  EXPECT_THAT(story.snapshot.pages, SizeIs(12));
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_EXHAUSTED));
  EXPECT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  EXPECT_EQ(story.chain().page_id, "");
  story.FireStep();
  EXPECT_THAT(story.Events(), IsEmpty());
  story.Fire(TimerKind::kCutoff);
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CUTOFF_REACHED, v1::EVENT_KIND_STATUS_CHANGED));
  EXPECT_THAT(story.snapshot.timers, IsEmpty());
}

TEST(StepChain, EndsAtItsCutoffWhateverIsUnderWay) {
  Story story = Paging();
  story.Fire(TimerKind::kCutoff);
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_CANCELED);
  EXPECT_EQ(story.snapshot.dispatch.end_time, story.now);
}

TEST(StepChain, ATimerThatIsNotThereChangesNothing) {
  Story story = Paging();
  story.Send();
  EXPECT_TRUE(story.Do(TimerFired{TimerKind::kCheck, "no-page"}).NothingHappened());
  story.Ack("ana");
  for (const TimerKind kind : {TimerKind::kStep, TimerKind::kCutoff, TimerKind::kReplies}) {
    EXPECT_TRUE(story.Do(TimerFired{kind, ""}).NothingHappened()) << Name(kind);
  }
}

TEST(StepChain, WhoeverGoesOffCallGivesWay) {
  Story story = Paging();
  story.Send().GoesOffCall("ana").FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));
}

TEST(StepChain, WhoeverComesOnCallIsPagedStill) {
  Story story;
  story.Start();
  ASSERT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  EXPECT_TRUE(story.FireStep().snapshot.new_events.empty());
  story.OnCall("ana").FireStep();
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));

  Story exhausted = Paging();
  LetPass(exhausted, 12);
  exhausted.OnCall("cy").FireStep();
  EXPECT_EQ(exhausted.Paged().back(), "cy SMS");
}

TEST(StepChain, AnOwnerWhoBecomesKnownIsPaged) {
  Story story;
  story.Start().WithOwner().FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS"));
}

TEST(StepChain, WhatIsKnownNotToWorkIsSkippedNow) {
  Story story = Paging();
  story.Claim().Refuse(FailureDecision::kAddressBlocked);
  LetPass(story, 5);
  EXPECT_EQ(story.chain().round, 2);
  EXPECT_EQ(story.PageAt(6).state, v1::PAGE_STATE_SUPPRESSED);
  EXPECT_EQ(story.PageAt(6).error_code, "20429");
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS", "bo VOICE", "olga SMS", "olga VOICE",
                                         "ana SMS", "ana VOICE"));
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_ROUND_STARTED, v1::EVENT_KIND_PAGE_SUPPRESSED, v1::EVENT_KIND_PAGE_PLANNED));
}

TEST(StepChain, ABlockedSenderIsSkippedForEverybody) {
  Story story = Paging();
  story.Claim().Refuse(FailureDecision::kSenderBlocked);
  LetPass(story, 1);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS", "bo VOICE"));
  EXPECT_EQ(story.PageAt(2).state, v1::PAGE_STATE_SUPPRESSED);
}

TEST(StepChain, ASuppressionEnds) {
  Story story;
  story.snapshot.suppressions.push_back({kSms, "tel:ana", "", "21610", story.now});
  story.OnCall("ana").Start();
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_PLANNED);
}

TEST(StepChain, WithOnlySuppressedAddressesItIsUnassigned) {
  Story story;
  for (const v1::Channel channel : {kSms, kVoice}) {
    story.snapshot.suppressions.push_back(
        {channel, "tel:ana", story.snapshot.business.sms_sender, "21610", story.now + absl::Hours(1)});
  }
  story.OnCall("ana").Start();
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED) << "nobody was paged";
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Seconds(30)) << "and it is tried again";
}

TEST(StepChain, ThoseWhomAnOutageSparedDoNotKeepTheOthersFromBeingPaged) {
  Story story;
  story.snapshot.dispatch.urgency = v1::URGENCY_MEDIUM;
  story.OnCall("ana", {{kSms, "tel:ana"}}).OnCall("bo", {{kSms, "tel:bo"}}).WithOwner().Start();
  story.Send().Hear(v1::PAGE_STATE_DELIVERED).FireStep();
  for (int page = 0; page < 20 && story.chain().phase != Chain::Phase::kExhausted; ++page) {
    story.Claim().Refuse(FailureDecision::kConfigurationAlarm);
  }
  ASSERT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  const std::size_t before = story.snapshot.pages.size();
  EXPECT_LE(story.Until(TimerKind::kStep), absl::Minutes(2));
  story.FireStep();
  ASSERT_EQ(story.snapshot.pages.size(), before + 1);
  EXPECT_EQ(story.Paged().back(), "bo SMS") << "ana has her page";
  story.Send().FireStep();
  EXPECT_EQ(story.Paged().back(), "olga SMS");
  story.Send().FireStep().Send().FireStep();
  EXPECT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  const std::size_t all = story.snapshot.pages.size();
  story.FireStep().FireStep();
  EXPECT_EQ(story.snapshot.pages.size(), all) << "everyone has a page";
}

TEST(StepChain, APageToSomebodyWhoPassedReachesNobody) {
  Story story;
  story.OnCall("ana", {{kSms, "tel:ana"}}).OnCall("bo", {{kSms, "tel:bo"}}).Start().Send().Decline("ana");
  story.Claim().Refuse(FailureDecision::kConfigurationAlarm);
  ASSERT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  story.FireStep();
  EXPECT_EQ(story.Paged().back(), "bo SMS");
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_PLANNED);
}

TEST(StepChain, APageThatWasGivenUpReachesNobody) {
  Story story;
  story.OnCall("ana", {{kSms, "tel:ana"}}).Start().Claim().LoseAnswer();
  while (story.Due(TimerKind::kCheck, story.PageAt(0).id).has_value()) story.FireCheck(0);
  for (int i = 0; i < 10 && story.snapshot.pages.size() == 1; ++i) story.FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS"));
}

TEST(StepChain, AnOwnerWhoPassedAsATechnicianIsNotAskedAgain) {
  Story story;
  story.WithOwner().OnCall("olga too", {{kSms, story.snapshot.business.owner_phone}}).Start().Send();
  story.Decline("olga too");
  EXPECT_THAT(story.Paged(), ElementsAre("olga too SMS"));
}

TEST(StepChain, AnOperatorPassesForWhomTheyName) {
  Story story = Paging();
  story.Send().FireStep().Send().FireStep();
  ASSERT_EQ(story.Paged().back(), "bo SMS");
  story.Do(Declined{"", "Ana", "operator:eve", ""});
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_PLANNED) << "bo's turn goes on";
  story.Do(Declined{"", "eve", "operator:eve", ""});
  EXPECT_EQ(story.Paged().back(), "olga SMS") << "for whoever is asked";
}

TEST(StepChain, AHigherUrgencyAfterTheLastRoundBringsItsOwnRounds) {
  Story story;
  story.snapshot.call.summary = "Somebody should look at the heater";
  story.OnCall("ana", {{kSms, "tel:ana"}}).Start();
  ASSERT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_MEDIUM);
  story.Send().FireStep();
  ASSERT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  CallReportedAgain again;
  again.call.given_urgency = v1::URGENCY_HIGH;
  story.Do(again);
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::ZeroDuration());
  story.FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS"));
}

TEST(StepChain, AnOutageIsTriedThroughLessAndLessOften) {
  Story story;
  story.OnCall("ana", {{kSms, "tel:ana"}}).Start();
  std::vector<absl::Duration> pauses;
  for (int round = 0; round < 7; ++round) {
    story.Claim().Refuse(FailureDecision::kConfigurationAlarm);
    ASSERT_EQ(story.chain().phase, Chain::Phase::kExhausted);
    pauses.push_back(story.Until(TimerKind::kStep));
    story.FireStep();
  }
  EXPECT_THAT(pauses, ElementsAre(absl::Seconds(30), absl::Minutes(1), absl::Minutes(2), absl::Minutes(4),
                                  absl::Minutes(8), absl::Minutes(10), absl::Minutes(10)));
  story.Send();
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_ACCEPTED);
}

TEST(StepChain, ARaisedUrgencyHurriesTheStepAndTheCutoff) {
  Story story;
  story.snapshot.call.summary = "";
  story.OnCall("ana").Start().Send();
  ASSERT_EQ(story.Until(TimerKind::kStep), absl::Minutes(2));
  Call grave;
  grave.summary = "Gas leak";
  story.Do(CallReportedAgain{grave});
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
}

TEST(StepChain, ARaisedUrgencyEndsAHold) {
  Story story;
  story.now += absl::Hours(6);  // 23:13
  story.snapshot.call.summary = "Wants a quote";
  story.OnCall("ana").Start();
  Call grave;
  grave.transcript = "User: now it is flooding";
  story.Do(CallReportedAgain{grave});
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
}

TEST(StepChain, ARaisedUrgencyPagesNobodyBeforeABusinessIsKnown) {
  Story story;
  story.snapshot.business.id = std::string(kNilId);
  story.snapshot.call.summary = "";
  story.Start();
  Call grave;
  grave.summary = "Gas leak";
  story.OnCall("ana").Do(CallReportedAgain{grave});
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_NEEDS_REVIEW);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
}

// A transaction's time is its begin; one that waited for another's lock is behind it.
TEST(StepChain, HistoryNeverRunsBackwards) {
  Story story = Paging();
  const absl::Time before = story.now;
  story.now -= absl::Seconds(1);
  story.Claim();
  EXPECT_EQ(story.snapshot.new_events.back().event_time, before);
  EXPECT_EQ(story.snapshot.dispatch.update_time, before);
}

}  // namespace
}  // namespace afterhours::core
