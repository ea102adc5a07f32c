#include <gmock/gmock.h>

#include <algorithm>

#include "server/core/names.h"
#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Story Sending() {
  Story story;
  story.OnCall("ana").OnCall("bo").Start().Claim();
  return story;
}

Story Accepted() {
  Story story = Sending();
  story.Accept("SM1");
  return story;
}

v1::PageState StateAfter(Story story, const std::vector<v1::PageState>& receipts) {
  for (const v1::PageState state : receipts) story.Hear(state);
  return story.PageAt(0).state;
}

std::string Names(const std::vector<v1::PageState>& states) {
  std::string names;
  for (const v1::PageState state : states) names += Name(state) + " ";
  return names;
}

TEST(StepReceipts, MergeToTheSameStateInAnyOrder) {
  std::vector<v1::PageState> receipts = {v1::PAGE_STATE_ACCEPTED, v1::PAGE_STATE_SENT, v1::PAGE_STATE_DELIVERED};
  std::sort(receipts.begin(), receipts.end());
  do {
    EXPECT_EQ(StateAfter(Accepted(), receipts), v1::PAGE_STATE_DELIVERED) << Names(receipts);
    EXPECT_EQ(StateAfter(Sending(), receipts), v1::PAGE_STATE_DELIVERED) << Names(receipts);
  } while (std::next_permutation(receipts.begin(), receipts.end()));
}

TEST(StepReceipts, ProofOfArrivalOutweighsAReportOfFailure) {
  std::vector<v1::PageState> receipts = {v1::PAGE_STATE_SENT, v1::PAGE_STATE_DELIVERED, v1::PAGE_STATE_UNDELIVERED};
  std::sort(receipts.begin(), receipts.end());
  do {
    EXPECT_EQ(StateAfter(Accepted(), receipts), v1::PAGE_STATE_DELIVERED) << Names(receipts);
  } while (std::next_permutation(receipts.begin(), receipts.end()));
}

TEST(StepReceipts, AFailureOutweighsWhatCameBeforeArrival) {
  for (const v1::PageState failure : {v1::PAGE_STATE_UNDELIVERED, v1::PAGE_STATE_FAILED}) {
    std::vector<v1::PageState> receipts = {v1::PAGE_STATE_ACCEPTED, v1::PAGE_STATE_SENT, failure};
    std::sort(receipts.begin(), receipts.end());
    do {
      EXPECT_EQ(StateAfter(Accepted(), receipts), failure) << Names(receipts);
    } while (std::next_permutation(receipts.begin(), receipts.end()));
  }
}

TEST(StepReceipts, ARepeatChangesNothing) {
  Story story = Accepted();
  story.Hear(v1::PAGE_STATE_SENT);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_RECEIPT));
  const Snapshot before = story.snapshot;
  story.now += absl::Seconds(1);
  story.Hear(v1::PAGE_STATE_SENT);
  EXPECT_TRUE(story.NothingHappened());
  EXPECT_EQ(story.snapshot.dispatch.event_count, before.dispatch.event_count);
  EXPECT_EQ(story.snapshot.dispatch.update_time, before.dispatch.update_time);
  EXPECT_EQ(story.PageAt(0).update_time, before.pages[0].update_time);
}

TEST(StepReceipts, OneBeforeTheAnswerTellsTheMessageId) {
  Story story = Sending();
  story.Hear(v1::PAGE_STATE_SENT, 0, "SM5");
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM5");
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_SENT);
  EXPECT_EQ(story.PageAt(0).owner, "");
  story.Accept("SM5");
  EXPECT_TRUE(story.NothingHappened()) << "the answer that comes after it tells nothing new";
}

TEST(StepReceipts, TheAnswerStillTellsAnIdThatTheReceiptDidNot) {
  Story story = Sending();
  story.Hear(v1::PAGE_STATE_SENT, 0, "").Accept("SM5");
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM5");
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_SENT);
}

TEST(StepReceipts, OneSettlesAnUncertainPage) {
  Story story = Sending();
  story.LoseAnswer().Hear(v1::PAGE_STATE_DELIVERED, 0, "SM5");
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM5");
}

TEST(StepReceipts, OneOfAnotherMessageIsIgnored) {
  Story story = Accepted();
  story.Hear(v1::PAGE_STATE_UNDELIVERED, 0, "SM2", "30003");
  EXPECT_TRUE(story.NothingHappened());
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_ACCEPTED);
  EXPECT_EQ(story.PageAt(0).provider_message_id, "SM1");
}

TEST(StepReceipts, AFailureGivesWayToTheNextStepAtOnce) {
  Story story = Accepted();
  story.Hear(v1::PAGE_STATE_UNDELIVERED, 0, "SM1", "30007");
  EXPECT_EQ(story.PageAt(0).error_code, "30007");
  ASSERT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE"));
  EXPECT_EQ(story.Last().due_time, story.now);
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_RECEIPT, v1::EVENT_KIND_PAGE_PLANNED));
}

TEST(StepReceipts, OneThatSaysItWasNotSentRepeatsThePageTwice) {
  Story story = Accepted();
  for (std::size_t sent = 1; sent <= 2; ++sent) {
    story.Hear(v1::PAGE_STATE_FAILED, sent - 1, "", "30001", FailureDecision::kRetry);
    ASSERT_THAT(story.snapshot.pages, SizeIs(sent + 1));
    EXPECT_EQ(story.Last().channel, kSms) << "once more, under another id";
    story.Send();
  }
  story.Hear(v1::PAGE_STATE_FAILED, 2, "", "30001", FailureDecision::kRetry);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana SMS", "ana SMS", "ana VOICE"));
}

TEST(StepReceipts, ABlockedAddressIsRemembered) {
  Story story = Accepted();
  story.Hear(v1::PAGE_STATE_UNDELIVERED, 0, "SM1", "21610", FailureDecision::kAddressBlocked);
  ASSERT_THAT(story.snapshot.new_suppressions, SizeIs(1));
  const Suppression& suppression = story.snapshot.new_suppressions[0];
  EXPECT_EQ(suppression.channel, kSms);
  EXPECT_EQ(suppression.address, "tel:ana");
  EXPECT_EQ(suppression.reason, "21610");
  EXPECT_GT(suppression.expire_time, story.now);
}

TEST(StepReceipts, ACallThatEndsWithoutAKeyGivesWay) {
  Story story = Accepted();
  story.FireStep().Claim().Accept("CA1").HangUp(1);
  EXPECT_EQ(story.PageAt(1).state, v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "ana VOICE", "bo SMS"));
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_RECEIPT, v1::EVENT_KIND_CALL_OVER, v1::EVENT_KIND_PAGE_PLANNED));
  EXPECT_TRUE(story.HangUp(1).NothingHappened()) << "a call ends once";
}

TEST(StepReceipts, ACallThatEndsAfterItsKeyPagesNobody) {
  Story story = Accepted();
  story.FireStep().Claim().Accept("CA1");
  const std::string call = story.Last().id;
  story.Do(Acked{"ana", "tech-ana", "technician:ana", call}).HangUp(1);
  EXPECT_THAT(story.snapshot.pages, SizeIs(2));
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_RECEIPT)) << "not that it ended without a key";

  Story passed = Accepted();
  passed.FireStep().Claim().Accept("CA1").Decline("ana", passed.Last().id).HangUp(1);
  EXPECT_THAT(passed.Events(), ElementsAre(v1::EVENT_KIND_RECEIPT));
}

TEST(StepReceipts, AnAnsweredCallIsAskedAboutUntilItIsOver) {
  Story story = Accepted();
  story.FireStep().Claim().Accept("CA1").Hear(v1::PAGE_STATE_DELIVERED, 1, "CA1");
  ASSERT_TRUE(story.Due(TimerKind::kCheck, story.PageAt(1).id).has_value());
  story.FireCheck(1);
  EXPECT_THAT(story.snapshot.commands, SizeIs(1));
  story.HangUp(1).FireCheck(1);
  EXPECT_THAT(story.snapshot.commands, IsEmpty());
}

TEST(StepReceipts, ADeliveryIsNoAck) {
  Story story = Accepted();
  story.Hear(v1::PAGE_STATE_DELIVERED);
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_EQ(story.snapshot.dispatch.acked_by, "");
}

TEST(StepReceipts, AFailureAfterTheAckPagesNobody) {
  Story story = Accepted();
  story.Ack("bo").Hear(v1::PAGE_STATE_UNDELIVERED);
  EXPECT_EQ(story.PageAt(0).state, v1::PAGE_STATE_UNDELIVERED);
  EXPECT_THAT(story.snapshot.pages, SizeIs(1));
}

TEST(StepReceipts, ACanceledPageStaysCanceled) {
  Story story;
  story.OnCall("ana").Start().Ack("ana");
  ASSERT_EQ(story.PageAt(0).state, v1::PAGE_STATE_CANCELED);
  for (const v1::PageState state : {v1::PAGE_STATE_ACCEPTED, v1::PAGE_STATE_DELIVERED, v1::PAGE_STATE_FAILED}) {
    EXPECT_TRUE(story.Hear(state).NothingHappened()) << Name(state);
  }
}

TEST(MovesForward, NeverBothWays) {
  for (int a = v1::PageState_MIN; a <= v1::PageState_MAX; ++a) {
    for (int b = v1::PageState_MIN; b <= v1::PageState_MAX; ++b) {
      const auto from = static_cast<v1::PageState>(a), to = static_cast<v1::PageState>(b);
      EXPECT_FALSE(MovesForward(from, to) && MovesForward(to, from)) << Name(from) << " and " << Name(to);
    }
    EXPECT_FALSE(MovesForward(static_cast<v1::PageState>(a), static_cast<v1::PageState>(a)));
  }
}

}  // namespace
}  // namespace afterhours::core
