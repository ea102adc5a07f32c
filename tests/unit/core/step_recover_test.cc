#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<v1::RecoverProblem> Problems(const Story& story) {
  std::vector<v1::RecoverProblem> problems;
  for (const Trouble& trouble : FindTroubles(story.snapshot, story.now)) {
    EXPECT_FALSE(trouble.action.empty());
    problems.push_back(trouble.problem);
  }
  return problems;
}

Story Sent() {
  Story story;
  story.OnCall("ana").OnCall("bo").Start().Send();
  return story;
}

// Mends, and says what kinds of events that left; nothing may be wrong after it.
std::vector<v1::EventKind> Mend(Story& story) {
  story.Do(RecoverAsked{"operator:kim"});
  EXPECT_THAT(Problems(story), IsEmpty());
  EXPECT_EQ(story.snapshot.new_events.at(0).actor, "operator:kim");
  return story.Events();
}

TEST(StepRecover, FindsNothingWhereAllIsWell) {
  Story story = Sent();
  EXPECT_THAT(Problems(story), IsEmpty());
  EXPECT_TRUE(story.Do(RecoverAsked{"system"}).NothingHappened());
  story.Ack("ana");
  EXPECT_THAT(Problems(story), IsEmpty());
}

TEST(StepRecover, SetsALostCutoff) {
  Story story = Sent();
  const absl::Time cutoff = *story.Due(TimerKind::kCutoff);
  story.snapshot.timers.erase({TimerKind::kCutoff, ""});
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_NO_CUTOFF));
  EXPECT_THAT(Mend(story), ElementsAre(v1::EVENT_KIND_RECOVERED));
  EXPECT_EQ(story.Due(TimerKind::kCutoff), cutoff);
}

TEST(StepRecover, ALostCutoffIsStillAfterTheHold) {
  Story story;
  story.now += absl::Hours(6);  // 23:13
  story.snapshot.dispatch.create_time = story.now;
  story.snapshot.call.summary = "Wants a quote";
  story.OnCall("ana").Start();
  const absl::Time cutoff = *story.Due(TimerKind::kCutoff);
  story.snapshot.timers.erase({TimerKind::kCutoff, ""});
  Mend(story);
  EXPECT_EQ(story.Due(TimerKind::kCutoff), cutoff);
}

TEST(StepRecover, SetsTheCutoffOfACallWithoutABusiness) {
  Story story;
  story.snapshot.business.id = std::string(kNilId);
  story.Start();
  story.snapshot.timers.clear();
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_NO_CUTOFF)) << "there is no step to take";
  Mend(story);
}

TEST(StepRecover, TakesALostStepNow) {
  Story story = Sent();
  story.snapshot.timers.erase({TimerKind::kStep, ""});
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_NO_NEXT_STEP));
  Mend(story);
  EXPECT_EQ(story.Due(TimerKind::kStep), story.now);
}

TEST(StepRecover, SettlesThePageOfADeadSender) {
  Story story;
  story.OnCall("ana").Start().Claim();
  EXPECT_THAT(Problems(story), IsEmpty());
  story.now += absl::Seconds(30);
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_STALE_CLAIM));
  EXPECT_THAT(Mend(story), ElementsAre(v1::EVENT_KIND_RECOVERED, v1::EVENT_KIND_PAGE_UNCERTAIN));
  EXPECT_TRUE(story.Due(TimerKind::kCheck, story.Last().id).has_value());
}

TEST(StepRecover, AsksAboutAnUncertainPageAgain) {
  Story story;
  story.OnCall("ana").Start().Claim().LoseAnswer();
  story.snapshot.timers.erase({TimerKind::kCheck, story.Last().id});
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_UNCERTAIN_PAGE));
  Mend(story);
  story.FireCheck(0);
  EXPECT_EQ(story.snapshot.commands.size(), 1u);
}

TEST(StepRecover, AsksForAMissingReceipt) {
  Story story = Sent();
  story.snapshot.timers.erase({TimerKind::kCheck, story.Last().id});
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_RECEIPT_MISSING));
  Mend(story);
}

TEST(StepRecover, PutsAPlannedPageBackIntoTheOutbox) {
  Story story;
  story.OnCall("ana").Start();
  ASSERT_FALSE(story.Last().queued);
  EXPECT_THAT(Problems(story), ElementsAre(v1::RECOVER_PROBLEM_PAGE_NOT_QUEUED));
  story.snapshot = Step(story.snapshot, RecoverAsked{"system"}, story.now, &NextPageId);
  EXPECT_THAT(story.snapshot.changed_pages, Contains(story.Last().id)) << "so that it is written, with its due time";
  EXPECT_EQ(story.Last().due_time, story.now);
}

TEST(StepRecover, MendsAllAtOnce) {
  Story story = Sent();
  story.snapshot.timers.clear();
  EXPECT_EQ(Problems(story).size(), 3u);
  Mend(story);
}

}  // namespace
}  // namespace afterhours::core
