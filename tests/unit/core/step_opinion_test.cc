#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr v1::Urgency kLow = v1::URGENCY_LOW, kMedium = v1::URGENCY_MEDIUM, kHigh = v1::URGENCY_HIGH;

// A call of that level, whose dispatch began with a model set up.
Story Began(v1::Urgency given, bool asks_model = true) {
  Story story;
  story.snapshot.call.summary = "It is about the boiler";
  story.snapshot.call.given_urgency = given;
  return story.OnCall("ana").OnCall("bo").Do(Started{"called number", asks_model});
}

ModelJudged Judged(v1::Urgency urgency) { return {urgency, 0.6, "a baby in a cold house", "small-1"}; }

bool Asks(const Story& story) { return story.Due(TimerKind::kOpinion).has_value(); }

TEST(StepOpinion, IsAskedForWhenItCouldRaise) {
  Story story = Began(kMedium);
  EXPECT_EQ(story.Until(TimerKind::kOpinion), kOpinionDelay);
  story.Fire(TimerKind::kOpinion);
  ASSERT_THAT(story.snapshot.commands, SizeIs(1));
  EXPECT_EQ(story.snapshot.commands[0].kind, Command::Kind::kAskModel);
  EXPECT_THAT(story.snapshot.new_events, IsEmpty());
  EXPECT_FALSE(Asks(story)) << "once";

  EXPECT_TRUE(Asks(Began(kLow)));
  EXPECT_FALSE(Asks(Began(kHigh))) << "there is nothing to raise";
  EXPECT_FALSE(Asks(Began(kMedium, false))) << "no model is set up";
}

TEST(StepOpinion, IsNotAskedForWithoutWordsOrBusiness) {
  Story silent;
  silent.snapshot.call.summary = "";
  silent.OnCall("ana").Do(Started{"called number", true});
  EXPECT_FALSE(Asks(silent));
  Call report;
  report.source = v1::CALL_SOURCE_RETELL;
  report.start_time = silent.now;
  EXPECT_FALSE(Asks(silent.Do(CallReportedAgain{report})));
  report.transcript = "User: the boiler makes noises";
  EXPECT_TRUE(Asks(silent.Do(CallReportedAgain{report})));

  Story review;
  review.snapshot.business.id = std::string(kNilId);
  review.snapshot.call.summary = "Wants a quote";
  review.Do(Started{"nobody owns the number", true});
  EXPECT_FALSE(Asks(review));
  review.snapshot.business.id = kBusinessId;
  EXPECT_TRUE(Asks(review.OnCall("ana").Do(BusinessAssigned{"operator:kim", "kim said so"})));
}

TEST(StepOpinion, IsAskedForAgainWhenThereIsMoreToJudge) {
  Story story = Began(kMedium);
  story.Fire(TimerKind::kOpinion);
  story.Do(CallReportedAgain{story.snapshot.call});
  EXPECT_FALSE(Asks(story)) << "nothing new";
  Call repeat = story.snapshot.call;
  repeat.external_call_id = "call-2";
  repeat.summary = "Is anybody coming?";
  EXPECT_TRUE(Asks(story.Do(CallRepeated{repeat})));
  const absl::Time due = *story.Due(TimerKind::kOpinion);
  story.now += absl::Milliseconds(500);
  repeat.transcript = "User: is anybody coming?";
  EXPECT_EQ(story.Do(CallReportedAgain{repeat}).Due(TimerKind::kOpinion), due) << "one question for both";
}

TEST(StepOpinion, IsNotAskedForOnceItIsOverOrHigh) {
  Story acked = Began(kMedium);
  EXPECT_FALSE(Asks(acked.Ack("ana")));
  Story raised = Began(kMedium);
  raised.Do(Judged(kHigh)).Fire(TimerKind::kOpinion);
  EXPECT_THAT(raised.snapshot.commands, IsEmpty());
}

TEST(StepOpinion, ThatIsHigherRaises_AndHurries) {
  Story story = Began(kMedium);
  story.Send();
  ASSERT_EQ(story.Until(TimerKind::kStep), absl::Minutes(2));
  story.now += absl::Seconds(3);
  story.Do(Judged(kHigh));
  const Dispatch& dispatch = story.snapshot.dispatch;
  EXPECT_EQ(dispatch.urgency, kHigh);
  EXPECT_EQ(dispatch.urgency_confidence, 0.6);
  EXPECT_EQ(dispatch.urgency_reason, "model: a baby in a cold house");
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
  ASSERT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_URGENCY_JUDGED));
  EXPECT_EQ(story.snapshot.new_events[0].actor, "model:small-1");
  EXPECT_THAT(story.snapshot.new_events[0].message, HasSubstr("a baby"));
  EXPECT_TRUE(story.Do(Judged(kHigh)).NothingHappened()) << "the same again";
}

TEST(StepOpinion, ThatIsHigherEndsAHold) {
  Story story;
  story.now = absl::FromCivil(absl::CivilHour(2023, 11, 14, 23), absl::FixedTimeZone(-5 * 3600));
  story.snapshot.call.summary = "It is about the boiler";
  story.snapshot.call.given_urgency = kLow;
  story.OnCall("ana").Do(Started{"called number", true});
  ASSERT_THAT(story.Paged(), IsEmpty());
  story.Do(Judged(kMedium));
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_EQ(story.snapshot.dispatch.urgency, kMedium);
}

TEST(StepOpinion, ThatIsNotHigherChangesNothing) {
  for (const v1::Urgency urgency : {v1::URGENCY_UNSPECIFIED, kLow, kMedium}) {
    EXPECT_TRUE(Began(kMedium).Do(Judged(urgency)).NothingHappened()) << Name(urgency);
  }
  EXPECT_TRUE(Began(kHigh).Do(Judged(kLow)).NothingHappened());
}

TEST(StepOpinion, ComesTooLateForWhatIsOver) {
  Story acked = Began(kMedium);
  EXPECT_TRUE(acked.Ack("ana").Do(Judged(kHigh)).NothingHappened());
  EXPECT_EQ(acked.snapshot.dispatch.urgency, kMedium);

  Story screened = Began(kMedium);
  screened.snapshot.dispatch.status = v1::DISPATCH_STATUS_SCREENED_OUT;
  screened.snapshot.dispatch.screening = v1::SCREENING_WRONG_NUMBER;
  screened.snapshot.dispatch.end_time = screened.now;
  EXPECT_TRUE(screened.Do(Judged(kHigh)).NothingHappened()) << "a model reopens nothing";
  EXPECT_TRUE(Asks(screened.Do(Reopened{"operator:kim", "kim said so"}))) << "somebody else did";
}

TEST(StepOpinion, IsWithinBounds) {
  Story story = Began(kMedium);
  story.Do(ModelJudged{kHigh, 7, std::string(500, 'x'), "small-1"});
  EXPECT_EQ(story.snapshot.dispatch.urgency_confidence, 1);
  EXPECT_EQ(story.snapshot.dispatch.urgency_reason.size(), 200u);
  Story terse = Began(kMedium);
  terse.Do(ModelJudged{kHigh, 0.6, "", "small-1"});
  EXPECT_THAT(terse.snapshot.dispatch.urgency_reason, StartsWith("model: "));
}

}  // namespace
}  // namespace afterhours::core
