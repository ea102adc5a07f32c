#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Story Paging(int technicians = 2) {
  constexpr const char* kNames[] = {"ana", "bo", "cy"};
  Story story;
  for (int i = 0; i < technicians; ++i) story.OnCall(kNames[i]);
  story.Start();
  return story;
}

TEST(StepPages, AClaimTakesAPageWithOwnerLeaseAndEpoch) {
  Story story = Paging();
  story.Claim();

  const Page& page = story.Last();
  EXPECT_EQ(page.state, v1::PAGE_STATE_SENDING);
  EXPECT_EQ(page.provider, "twilio");
  EXPECT_EQ(page.owner, "sender-1");
  EXPECT_EQ(page.lease_expire_time, story.now + absl::Seconds(30));
  EXPECT_EQ(page.epoch, 1);
  EXPECT_EQ(page.attempt_count, 1);
  EXPECT_FALSE(page.due_time.has_value());
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_SENDING));
}

TEST(StepPages, OnlyOneSenderGetsAPage) {
  Story story = Paging();
  story.Claim().Do(PageClaimed{story.Last().id, "twilio", "sender-2", story.now + absl::Minutes(1)});
  EXPECT_TRUE(story.NothingHappened());
  EXPECT_EQ(story.Last().owner, "sender-1");
  EXPECT_EQ(story.Last().epoch, 1);
}

TEST(StepPages, AnAcceptedPageIsHandedOver) {
  Story story = Paging();
  story.Claim().Accept("SM7");

  const Page& page = story.Last();
  EXPECT_EQ(page.state, v1::PAGE_STATE_ACCEPTED);
  EXPECT_EQ(page.provider_message_id, "SM7");
  EXPECT_EQ(page.owner, "");
  EXPECT_FALSE(page.lease_expire_time.has_value());
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_ACCEPTED));
  EXPECT_THAT(story.snapshot.pages, SizeIs(1)) << "an accepted page must not page the next one";
}

TEST(StepPages, ARetryBacksOffAndIsBounded) {
  Story story = Paging();
  absl::Duration before;
  for (int attempt = 1; attempt < kPageAttemptsMax; ++attempt) {
    story.Claim().Refuse(FailureDecision::kRetry);
    ASSERT_EQ(story.Last().state, v1::PAGE_STATE_PLANNED) << "after attempt " << attempt;
    EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_RETRY));
    ASSERT_TRUE(story.Last().due_time.has_value());
    const absl::Duration delay = *story.Last().due_time - story.now;
    EXPECT_GT(delay, before) << "after attempt " << attempt;
    EXPECT_LE(delay, absl::Seconds(30));
    before = delay;
    story.now = *story.Last().due_time;
  }
  story.Claim().Refuse(FailureDecision::kRetry);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_EQ(story.PageAt(0).attempt_count, kPageAttemptsMax);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
}

TEST(StepPages, ARetryThatIsDueAfterTheNextStepGivesUp) {
  Story story = Paging();
  story.Claim();
  story.now += absl::Seconds(55);
  story.Refuse(FailureDecision::kRetry, absl::Seconds(20)).FireStep();
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_FAILED, v1::EVENT_KIND_PAGE_PLANNED));
}

TEST(StepPages, ARetryWaitsAsLongAsTheProviderAsksWithinReason) {
  Story story = Paging();
  story.Claim().Refuse(FailureDecision::kRetry, absl::Seconds(7));
  EXPECT_EQ(story.Last().due_time, story.now + absl::Seconds(7));

  Story long_wait = Paging();
  long_wait.Claim().Refuse(FailureDecision::kRetry, absl::Hours(5));
  EXPECT_EQ(long_wait.Last().due_time, long_wait.now + absl::Seconds(30)) << "an emergency cannot wait five hours";
}

TEST(StepPages, ADefiniteRefusalGivesWayToTheNextStepAtOnce) {
  for (const FailureDecision decision :
       {FailureDecision::kOtherSender, FailureDecision::kOtherChannel, FailureDecision::kAddressBlocked,
        FailureDecision::kSenderBlocked, FailureDecision::kConfigurationAlarm}) {
    SCOPED_TRACE(static_cast<int>(decision));
    Story story = Paging();
    story.Claim().Refuse(decision);
    EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
    EXPECT_EQ(story.PageAt(0).error_code, "20429");
    ASSERT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
    EXPECT_EQ(story.Last().due_time, story.now);
    EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_FAILED, v1::EVENT_KIND_PAGE_PLANNED));
  }
}

TEST(StepPages, ADeadAddressGivesWayToTheNextTechnician) {
  Story story = Paging();
  story.Claim().Refuse(FailureDecision::kNextTechnician);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));

  Story other;
  other.OnCall("ana", {{kSms, "mobile"}, {kVoice, "landline"}}).OnCall("bo").Start();
  other.Claim().Refuse(FailureDecision::kNextTechnician);
  EXPECT_THAT(other.Paged(), ElementsAre("ana SMS", "ana VOICE")) << "her other number may do";
}

TEST(StepPages, AfterTheLastOneEverybodyHasBeenTried) {
  Story story = Paging(1);
  story.Claim().Refuse(FailureDecision::kNextTechnician);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_FAILED, v1::EVENT_KIND_EXHAUSTED));
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING) << "an ack can still come";
}

TEST(StepPages, AnUnknownOutcomeIsUncertainAndNeverSentAgain) {
  Story story = Paging();
  story.Claim().LoseAnswer();

  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_UNCERTAIN);
  EXPECT_FALSE(story.PageAt(0).due_time.has_value());
  EXPECT_EQ(story.PageAt(0).owner, "");
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_PAGE_UNCERTAIN));
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1)) << "the chain does not wait for certainty";

  story.Do(PageClaimed{story.PageAt(0).id, "twilio", "sender-2", story.now + absl::Minutes(1)});
  EXPECT_TRUE(story.NothingHappened());
  story.Do(PageOutcomeUnknown{story.PageAt(0).id, 1, "timeout"});
  EXPECT_TRUE(story.NothingHappened()) << "once uncertain, no more news";
  story.FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
}

TEST(StepPages, ALateAnswerSettlesAnUncertainPage) {
  Story story = Paging();
  story.Claim().LoseAnswer().Do(PageAccepted{story.PageAt(0).id, 1, "SM9"});
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_ACCEPTED);
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM9");
}

TEST(StepPages, ALateRefusalDoesNotSendAnUncertainPageAgain) {
  Story story = Paging();
  story.Claim().LoseAnswer().Do(PageRefused{story.PageAt(0).id, 1, "20429", "no", FailureDecision::kRetry, {}});
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_FAILED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
}

TEST(StepPages, WhoLostTheLeaseChangesNothing) {
  Story story = Paging();
  story.Claim().Refuse(FailureDecision::kRetry).Claim();
  ASSERT_EQ(story.Last().epoch, 2);
  const std::string page = story.Last().id;
  const Input stale[] = {PageAccepted{page, 1, "SM1"},
                         PageRefused{page, 1, "21610", "opted out", FailureDecision::kOtherChannel, {}},
                         PageOutcomeUnknown{page, 1, "timeout"}, PageAccepted{page, 3, "SM1"}};
  for (const Input& input : stale) {
    story.Do(input);
    EXPECT_TRUE(story.NothingHappened()) << "input " << input.index();
    EXPECT_EQ(story.Last().state, v1::PAGE_STATE_SENDING);
    EXPECT_EQ(story.Last().owner, "sender-1");
  }
}

TEST(StepPages, APageThatIsNotThereChangesNothing) {
  Story story = Paging();
  story.Claim();
  const Input strangers[] = {PageClaimed{"no-page", "twilio", "sender-2", story.now}, PageAccepted{"no-page", 1, "SM1"},
                             PageRefused{"no-page", 1, "", "", FailureDecision::kRetry, {}},
                             PageOutcomeUnknown{"no-page", 1, ""},
                             Receipt{"no-page", "twilio", "SM1", v1::PAGE_STATE_DELIVERED, "delivered", ""}};
  for (const Input& input : strangers) {
    EXPECT_TRUE(story.Do(input).NothingHappened()) << "input " << input.index();
  }
}

TEST(StepPages, ALateFailureDoesNotPageTwiceForOneStep) {
  Story story = Paging(3);
  story.Claim().LoseAnswer().FireStep();
  ASSERT_THAT(story.snapshot.pages, SizeIs(2));
  story.Hear(v1::PAGE_STATE_UNDELIVERED, 0);
  EXPECT_THAT(story.snapshot.pages, SizeIs(2)) << "her phone is to ring already";
  story.Claim().Refuse(FailureDecision::kOtherChannel);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS"));
}

TEST(StepPages, AStepsWaitBeginsWhenItsPageLeaves) {
  Story story = Paging();
  story.now += absl::Seconds(50);
  story.Claim();
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
}

TEST(StepPages, NoStepIsTakenWhileAPageCannotLeave) {
  Story story = Paging();
  for (int i = 0; i < 5; ++i) {
    story.FireStep();
    EXPECT_THAT(story.Events(), testing::IsEmpty());
    EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  }
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
}

}  // namespace
}  // namespace afterhours::core
