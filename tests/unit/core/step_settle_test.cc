#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Outcome = PageLookedUp::Outcome;

Story Uncertain() {
  Story story;
  story.OnCall("ana").OnCall("bo").Start().Claim().LoseAnswer();
  return story;
}

MATCHER_P2(Asks, kind, page_id, "") { return arg.kind == kind && arg.page_id == page_id; }

TEST(StepSettle, AnUncertainPageIsLookedUpAfterATimeForItsReceipt) {
  Story story = Uncertain();
  EXPECT_EQ(story.Until(TimerKind::kCheck, story.PageAt(0).id), absl::Seconds(5));
  story.FireCheck(0);
  EXPECT_THAT(story.snapshot.commands, ElementsAre(Asks(Command::Kind::kLookUp, story.PageAt(0).id)));
  EXPECT_EQ(story.PageAt(0).check_count, 1);
  EXPECT_EQ(story.Until(TimerKind::kCheck, story.PageAt(0).id), absl::Seconds(10)) << "the answer may never come";
}

TEST(StepSettle, AFoundPageIsAdopted) {
  Story story = Uncertain();
  story.FireCheck(0).LookUp(0, Outcome::kFound, v1::PAGE_STATE_SENT);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_SENT);
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM-found");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_SETTLED));
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
}

TEST(StepSettle, AFoundFailureGivesWay) {
  Story story = Uncertain();
  story.FireCheck(0).LookUp(0, Outcome::kFound, v1::PAGE_STATE_UNDELIVERED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
}

TEST(StepSettle, APageIsRepeatedOnlyWhenItIsCertainlyAbsent) {
  Story story = Uncertain();
  story.FireCheck(0).LookUp(0, Outcome::kNotFound);
  EXPECT_TRUE(story.NothingHappened()) << "a provider's list lags";
  story.FireCheck(0).LookUp(0, Outcome::kNotFound);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS"));
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_SETTLED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
}

TEST(StepSettle, AStaleAnswerIsNotBelieved) {
  Story story = Uncertain();
  story.FireCheck(0).FireCheck(0);
  PageLookedUp first{};
  first.page_id = story.PageAt(0).id;
  first.epoch = 1;
  first.check = 1;
  first.outcome = Outcome::kNotFound;
  EXPECT_TRUE(story.Do(first).NothingHappened()) << "it was true before the list had caught up";
}

TEST(StepSettle, AnAbsentPageIsNotRepeatedOnceTheChainWentOn) {
  Story story = Uncertain();
  story.FireCheck(0).FireStep().FireCheck(0).LookUp(0, Outcome::kNotFound);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
}

TEST(StepSettle, RepeatsAreBounded) {
  Story story = Uncertain();
  for (std::size_t page = 0; page < 3; ++page) {
    story.FireCheck(page).FireCheck(page).LookUp(page, Outcome::kNotFound).Claim().LoseAnswer();
  }
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS", "ana SMS", "ana VOICE"));
}

TEST(StepSettle, AnAnswerOfAnOlderEpochIsIgnored) {
  Story story;
  story.OnCall("ana").Start().Claim().Refuse(FailureDecision::kRetry).Claim().LoseAnswer().FireCheck(0).FireCheck(0);
  PageLookedUp old{};
  old.page_id = story.PageAt(0).id;
  old.epoch = 1;
  old.check = 2;
  old.outcome = Outcome::kNotFound;
  EXPECT_TRUE(story.Do(old).NothingHappened());
}

TEST(StepSettle, WhatCannotBeFoundOutIsGivenUpAndSaidSo) {
  Story story;
  story.snapshot.policies[v1::URGENCY_HIGH].technician_steps = {{kSms, absl::Minutes(25)}};
  story.OnCall("ana").OnCall("bo").Start().Claim().LoseAnswer();
  for (int check = 1; check <= kSettleChecksMax; ++check) {
    story.FireCheck(0);
    EXPECT_THAT(story.snapshot.commands, SizeIs(1)) << check;
  }
  ASSERT_THAT(story.Paged(), ElementsAre("ana SMS"));
  story.FireCheck(0);
  EXPECT_THAT(story.snapshot.commands, IsEmpty());
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_UNCERTAIN) << "never called failed";
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_SETTLED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));
  story.Send();
  EXPECT_THAT(FindTroubles(story.snapshot, story.now), IsEmpty());
}

TEST(StepSettle, AnUncertainPageIsStillSettledAfterTheEnd) {
  Story story = Uncertain();
  story.Ack("bo").FireCheck(0);
  EXPECT_THAT(story.snapshot.commands, SizeIs(1));
  story.LookUp(0, Outcome::kFound, v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(story.snapshot.timers, IsEmpty());
}

TEST(StepSettle, AMissingReceiptIsAskedForAFewTimes) {
  Story story;
  story.snapshot.policies[v1::URGENCY_HIGH].cutoff = absl::Hours(2);
  story.OnCall("ana").Start().Send();
  EXPECT_EQ(story.Until(TimerKind::kCheck, story.PageAt(0).id), absl::Minutes(1));
  int asked = 0;
  while (story.Due(TimerKind::kCheck, story.PageAt(0).id)) {
    story.FireCheck(0);
    asked += static_cast<int>(story.snapshot.commands.size());
    ASSERT_LT(asked, 20);
  }
  EXPECT_EQ(asked, 4) << "some carriers never confirm";
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_ACCEPTED);
}

TEST(StepSettle, AnArrivedPageIsNotAskedAbout) {
  Story story;
  story.OnCall("ana").Start().Send().Hear(v1::PAGE_STATE_DELIVERED);
  EXPECT_FALSE(story.Due(TimerKind::kCheck, story.PageAt(0).id).has_value());
}

TEST(StepSettle, LostRepliesAreAskedForOncePerAddress) {
  Story story;
  story.OnCall("ana").OnCall("bo").Start().Send().Hear(v1::PAGE_STATE_UNDELIVERED);
  story.Claim().Refuse(FailureDecision::kOtherChannel).Send();  // the call to ana failed; bo has a text
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS"));
  story.Fire(TimerKind::kReplies);
  EXPECT_THAT(story.snapshot.commands, ElementsAre(Asks(Command::Kind::kListReplies, story.PageAt(0).id),
                                                   Asks(Command::Kind::kListReplies, story.PageAt(2).id)));
  EXPECT_EQ(story.Until(TimerKind::kReplies), absl::Minutes(1));
}

TEST(StepSettle, RepliesAreAskedForEvenIfTheFirstNewsIsAnArrival) {
  Story story;
  story.OnCall("ana").Start().Claim().Hear(v1::PAGE_STATE_DELIVERED);
  EXPECT_TRUE(story.Due(TimerKind::kReplies).has_value());
  EXPECT_TRUE(Uncertain().Due(TimerKind::kReplies).has_value()) << "it may have arrived";
}

}  // namespace
}  // namespace afterhours::core
