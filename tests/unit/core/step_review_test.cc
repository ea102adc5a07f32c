// What is screened out, under review, or waits for somebody: what ends that.
#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;

constexpr auto NEEDS_REVIEW = v1::DISPATCH_STATUS_NEEDS_REVIEW;
constexpr auto UNASSIGNED = v1::DISPATCH_STATUS_UNASSIGNED;
constexpr auto DISPATCHING = v1::DISPATCH_STATUS_DISPATCHING;
constexpr auto SCREENED_OUT = v1::DISPATCH_STATUS_SCREENED_OUT;

Story Idle() {
  Story story;
  story.snapshot.call.summary = "Wrong number";
  story.OnCall("ana").Start();
  return story;
}

TEST(StepReview, WhatIsNoMatterIsScreenedOut) {
  Story story = Idle();
  EXPECT_EQ(story.status(), SCREENED_OUT);
  EXPECT_EQ(story.snapshot.dispatch.screening, v1::SCREENING_WRONG_NUMBER);
  EXPECT_EQ(story.snapshot.dispatch.end_time, story.now);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.snapshot.timers, IsEmpty());
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_URGENCY_JUDGED,
                          v1::EVENT_KIND_SCREENED_OUT, v1::EVENT_KIND_STATUS_CHANGED));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepReview, NothingButAReopeningMovesWhatIsScreenedOut) {
  Story story = Idle();
  for (const Input& input : std::vector<Input>{
           RosterChanged{"operator:kim"}, CallRepeated{Story::CallThatSays("Gas leak")},
           BusinessAssigned{"operator:kim", "kim said so"}, Canceled{"operator:kim", ""}, RecoverAsked{"system"},
           TimerFired{TimerKind::kStep, ""}, Declined{"", "kim", "operator:kim", ""}}) {
    EXPECT_TRUE(story.Do(input).NothingHappened()) << input.index();
  }
  story.Ack("ana");
  EXPECT_EQ(story.status(), SCREENED_OUT);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_ACK_LATE));
}

TEST(StepReview, ReopenedItIsPagedFor) {
  Story story = Idle();
  story.now += absl::Hours(9);
  story.Reopen();
  EXPECT_EQ(story.status(), DISPATCHING);
  EXPECT_EQ(story.snapshot.dispatch.screening, v1::SCREENING_UNSPECIFIED);
  EXPECT_FALSE(story.snapshot.dispatch.end_time.has_value());
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), story.snapshot.policies.at(story.snapshot.dispatch.urgency).cutoff);
  EXPECT_THAT(story.Troubles(), IsEmpty());
  EXPECT_TRUE(story.Reopen().NothingHappened());
}

TEST(StepReview, ALaterReportReopensOnlyWithSubstance) {
  Story story;
  story.snapshot.call.summary = "";
  story.snapshot.call.start_time = story.now - absl::Seconds(4);
  story.snapshot.call.end_time = story.now;
  story.OnCall("ana").Start();
  ASSERT_EQ(story.snapshot.dispatch.screening, v1::SCREENING_NO_WORDS);
  Call again = Story::CallThatSays("", "call-1");
  again.twilio_call_sid = "CA1";
  story.Do(CallReportedAgain{again});
  EXPECT_EQ(story.status(), SCREENED_OUT);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_ENRICHED));
  again.summary = "Gas leak";
  story.Do(CallReportedAgain{again});
  EXPECT_EQ(story.status(), DISPATCHING);
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_THAT(story.Events(), Contains(v1::EVENT_KIND_REOPENED));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepReview, ReopenedWithoutABusinessItIsUnderReview) {
  Story story;
  story.snapshot.call.summary = "Wrong number";
  story.WithoutBusiness().OnCall("ana").Start();
  ASSERT_EQ(story.status(), SCREENED_OUT);
  story.Reopen();
  EXPECT_EQ(story.status(), NEEDS_REVIEW);
  EXPECT_THAT(story.snapshot.timers, ElementsAre(Key(TimerKey(TimerKind::kCutoff, ""))));
  EXPECT_THAT(story.Troubles(), IsEmpty());
  EXPECT_THAT(story.Assign().Paged(), ElementsAre("ana SMS"));
}

TEST(StepReview, AssignedItGoesOnAsIfItHadBeenKnown) {
  Story story;
  story.WithoutBusiness().OnCall("ana").Start();
  story.now += absl::Minutes(20);
  story.Assign();
  EXPECT_EQ(story.status(), DISPATCHING);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_THAT(story.Last().body, HasSubstr("Smith Plumbing"));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_STATUS_CHANGED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_EQ(story.snapshot.new_events[0].actor, "operator:kim");
  EXPECT_THAT(story.Troubles(), IsEmpty());
  EXPECT_TRUE(story.Assign().NothingHappened());
}

TEST(StepReview, AssignedInTheHoldOfItsPolicyItWaits) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.now += absl::Hours(6);  // 23:13
  story.WithoutBusiness().OnCall("ana").Start().Assign();
  EXPECT_EQ(story.status(), UNASSIGNED);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Troubles(), IsEmpty());
  EXPECT_THAT(story.FireStep().Paged(), ElementsAre("ana SMS"));
}

TEST(StepReview, TheBusinesssOwnRulesJudgeAnew) {
  Story story;
  v1::UrgencyRule rule;
  rule.set_phrase("quote");
  rule.set_urgency(v1::URGENCY_HIGH);
  story.snapshot.call.summary = "Wants a quote";
  story.snapshot.business.urgency_rules = {rule};
  story.WithoutBusiness().OnCall("ana").Start();
  ASSERT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_LOW);
  EXPECT_EQ(story.Assign().snapshot.dispatch.urgency, v1::URGENCY_HIGH);
}

TEST(StepReview, WhatALaterCallRaisedStaysRaised) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.now += absl::Hours(6);
  story.WithoutBusiness().OnCall("ana").Start();
  const absl::Time cutoff = *story.Due(TimerKind::kCutoff);
  story.Repeat("Gas leak");
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_EQ(story.Due(TimerKind::kCutoff), cutoff) << "nobody is helped by an earlier end of the review";
  story.Assign();
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS")) << "no hold";
  EXPECT_THAT(story.Last().body, HasSubstr("called 2 times"));
}

TEST(StepReview, AChangeOfTheDirectoryPagesWhoeverIsThereNow) {
  Story story;
  story.Start();
  ASSERT_EQ(story.status(), UNASSIGNED);
  EXPECT_TRUE(story.ChangeRoster().NothingHappened()) << "nobody is";
  story.OnCall("ana").ChangeRoster();
  EXPECT_EQ(story.status(), DISPATCHING);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_ROSTER_CHANGED, v1::EVENT_KIND_STATUS_CHANGED, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_THAT(story.Troubles(), IsEmpty());
  EXPECT_TRUE(story.OnCall("bo").ChangeRoster().NothingHappened()) << "ana has her time";
}

TEST(StepReview, AChangeOfTheDirectoryPagesAnOwnerWhoIsKnownNow) {
  Story story;
  story.Start().WithOwner().ChangeRoster();
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS"));
  EXPECT_THAT(story.Troubles(), IsEmpty());
}

TEST(StepReview, AChangeOfTheDirectoryEndsTheOwnersTurnForWhoCanBePaged) {
  Story story;
  story.WithOwner().Start().Send();
  ASSERT_THAT(story.Paged(), ElementsAre("olga SMS"));
  EXPECT_TRUE(story.OnCall("eve", {{v1::CHANNEL_EMAIL, "eve@example.com"}}).ChangeRoster().NothingHappened());
  story.OnCall("ana").ChangeRoster();
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS", "ana SMS"));
  EXPECT_TRUE(story.PageAt(0).over);
  EXPECT_THAT(story.Troubles(), IsEmpty());
  story.Ack("ana");
  EXPECT_EQ(story.snapshot.dispatch.acked_by, "ana");
}

TEST(StepReview, AChangeOfTheDirectoryWakesNobodyInAHold) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.now += absl::Hours(6);
  story.Start();
  EXPECT_TRUE(story.OnCall("ana").ChangeRoster().NothingHappened());
}

TEST(StepReview, WhatWorksAgainIsTriedAtOnce) {
  Story story;
  const Suppression opted_out{kSms, "tel:ana", "+19495550101", "21610", story.now + absl::Hours(1)};
  story.snapshot.suppressions = {opted_out};
  story.OnCall("ana", {{kSms, "tel:ana"}}).Start();
  ASSERT_EQ(story.status(), UNASSIGNED);
  EXPECT_TRUE(story.ChangeRoster().NothingHappened()) << "it does not";
  story.snapshot.suppressions.clear();
  story.Do(RosterChanged{"phone:tel:ana", "tel:ana takes texts again"});
  EXPECT_EQ(story.status(), DISPATCHING);
  EXPECT_EQ(story.Last().state, v1::PAGE_STATE_PLANNED);
  EXPECT_THAT(story.snapshot.new_events[0].message, HasSubstr("tel:ana takes texts again"));
}

TEST(StepReview, AShiftChangeIsNotWaitedPast) {
  Story story;
  story.snapshot.next_on_call_change = story.now + absl::Seconds(17);
  story.Start();
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Seconds(17));
  story.snapshot.next_on_call_change.reset();
  story.OnCall("ana").FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
}

TEST(StepReview, AShiftChangeIsNotWaitedPastInAnOutage) {
  Story story;
  story.OnCall("ana", {{kSms, "tel:ana"}}).Start();
  for (int round = 0; round < 4; ++round) {
    story.Claim().Refuse(FailureDecision::kConfigurationAlarm);
    if (round < 3) story.FireStep();
  }
  ASSERT_EQ(story.Until(TimerKind::kStep), absl::Minutes(4)) << "less and less often";
  story.FireStep().Claim();
  story.snapshot.next_on_call_change = story.now + absl::Minutes(3);
  story.Refuse(FailureDecision::kConfigurationAlarm);
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(3));
  story.OnCall("bo").FireStep();
  EXPECT_EQ(story.Paged().back(), "bo SMS");
}

TEST(StepReview, AStepInTheOwnersTurnIsForWhoeverIsOnCallNow) {
  Story story;
  story.WithOwner().Start().Send().OnCall("ana").FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS", "ana SMS"));
  EXPECT_THAT(story.Troubles(), IsEmpty());
  // Whoever cannot be paged takes nothing from the owner.
  Story other;
  other.WithOwner().Start().Send().OnCall("eve", {{v1::CHANNEL_EMAIL, "eve@example.com"}}).FireStep();
  EXPECT_THAT(other.Paged(), ElementsAre("olga SMS", "olga VOICE"));
}

TEST(StepReview, APageThatNeverCameToBeIsNotRepeatedToWhoeverLeft) {
  const auto lose = [](Story& story) {
    story.Claim().LoseAnswer().FireCheck(0).FireCheck(0);
    story.now = std::max(story.now, *story.PageAt(0).send_time + absl::Seconds(20));
  };
  Story stayed;
  stayed.OnCall("ana").OnCall("bo").Start();
  lose(stayed);
  stayed.LookUp(0, PageLookedUp::Outcome::kNotFound);
  EXPECT_THAT(stayed.Paged(), ElementsAre("ana SMS", "ana SMS"));

  Story left;
  left.OnCall("ana").OnCall("bo").Start();
  lose(left);
  left.GoesOffCall("ana").LookUp(0, PageLookedUp::Outcome::kNotFound);
  EXPECT_THAT(left.Paged(), ElementsAre("ana SMS", "bo SMS"));
  EXPECT_THAT(left.Troubles(), IsEmpty());
}

}  // namespace
}  // namespace afterhours::core
