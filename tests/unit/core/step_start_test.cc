#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

TEST(StepStart, PagesTheFirstOnCallAtOnce) {
  Story story;
  story.OnCall("ana").OnCall("bo").Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  ASSERT_THAT(story.snapshot.pages, SizeIs(1));
  const Page& page = story.Last();
  EXPECT_EQ(page.technician_id, "tech-ana");
  EXPECT_EQ(page.to_address, "tel:ana");
  EXPECT_EQ(page.from_address, "+19495550101");
  EXPECT_EQ(page.channel, v1::CHANNEL_SMS);
  EXPECT_EQ(page.state, v1::PAGE_STATE_PLANNED);
  EXPECT_EQ(page.due_time, story.now);
  EXPECT_EQ(page.attempt_count, 0);
  EXPECT_THAT(page.body, HasSubstr(page.reply_code));
  EXPECT_THAT(page.body, HasSubstr("Water leak in the basement"));
  EXPECT_THAT(story.snapshot.changed_pages, ElementsAre(page.id));
}

TEST(StepStart, TellsTheWholeStoryInEvents) {
  Story story;
  story.OnCall("ana").Start();

  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_URGENCY_JUDGED,
                          v1::EVENT_KIND_STATUS_CHANGED, v1::EVENT_KIND_PAGE_PLANNED));
  for (std::size_t i = 0; i < story.snapshot.new_events.size(); ++i) {
    const Event& event = story.snapshot.new_events[i];
    EXPECT_EQ(event.sequence, static_cast<int>(i) + 1);
    EXPECT_EQ(event.event_time, story.now);
    EXPECT_FALSE(event.actor.empty());
    EXPECT_FALSE(event.message.empty());
  }
  EXPECT_EQ(story.snapshot.dispatch.event_count, 5);
  EXPECT_EQ(story.snapshot.dispatch.update_time, story.now);
  EXPECT_EQ(story.snapshot.new_events[1].attributes.at("rule"), "called number");
}

TEST(StepStart, JudgesTheUrgency) {
  Story story;
  story.OnCall("ana").Start();
  EXPECT_EQ(story.snapshot.dispatch.urgency, v1::URGENCY_HIGH);
  EXPECT_GT(story.snapshot.dispatch.urgency_confidence, 0);
  EXPECT_THAT(story.snapshot.dispatch.urgency_reason, HasSubstr("water leak"));
}

TEST(StepStart, WaitsForReviewWhenNoBusinessMatches) {
  Story story;
  story.snapshot.business = {};
  story.snapshot.business.id = std::string(kNilId);
  story.OnCall("ana").Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_NEEDS_REVIEW);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_UNMATCHED,
                                          v1::EVENT_KIND_URGENCY_JUDGED, v1::EVENT_KIND_STATUS_CHANGED));
  EXPECT_FALSE(story.snapshot.dispatch.end_time.has_value());
  EXPECT_THAT(story.snapshot.timers, ElementsAre(Key(TimerKey(TimerKind::kCutoff, "")))) << "it ends all the same";
}

TEST(StepStart, IsUnassignedWhenNobodyCanBePaged) {
  Story story;
  story.Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_URGENCY_JUDGED,
                          v1::EVENT_KIND_NOBODY_ON_CALL, v1::EVENT_KIND_STATUS_CHANGED));
}

TEST(StepStart, PagesTheOwnerWhenNobodyIsOnCall) {
  Story story;
  story.WithOwner().Start();
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_THAT(story.Paged(), ElementsAre("olga SMS"));
  EXPECT_EQ(story.Last().technician_id, kNilId);
  EXPECT_EQ(story.Last().to_address, kOwnersPhone);
}

TEST(StepStart, PassesOverWhoHasNoAddressForAnyStep) {
  Story story;
  story.OnCall("eve", {{v1::CHANNEL_EMAIL, "eve@example.com"}}).OnCall("fay", {}).OnCall("ana").Start();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
}

TEST(StepStart, PassesOverAStepWithoutAnAddress) {
  Story story;
  story.OnCall("eve", {{kVoice, "landline"}}).Start();
  EXPECT_THAT(story.Paged(), ElementsAre("eve VOICE"));
  EXPECT_THAT(story.Events(), testing::Contains(v1::EVENT_KIND_STEP_SKIPPED));
}

TEST(StepStart, TakesTheFirstAddressOfAChannel) {
  Story story;
  story.OnCall("eve", {{kVoice, "voice"}, {kSms, "first"}, {kSms, "second"}}).Start();
  EXPECT_EQ(story.Last().to_address, "first");
}

TEST(StepStart, AVoicePageSpeaks) {
  Story story;
  story.OnCall("eve", {{kVoice, "landline"}}).Start();
  EXPECT_THAT(story.Last().body, HasSubstr("Press 1 to accept"));
}

TEST(StepStart, SetsTheClock) {
  Story story;
  story.OnCall("ana").Start();
  EXPECT_EQ(story.Until(TimerKind::kStep), absl::Minutes(1));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Minutes(30));
}

TEST(StepStart, WhatCanWaitWaitsForTheMorning) {
  Story story;
  story.snapshot.call.summary = "Wants a quote";
  story.now += absl::Hours(6);  // 23:13
  story.OnCall("ana").Start();
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_URGENCY_JUDGED,
                          v1::EVENT_KIND_WAITING, v1::EVENT_KIND_STATUS_CHANGED));
  const absl::Time morning = absl::FromUnixSeconds(1700049600);  // 07:00
  EXPECT_EQ(story.Due(TimerKind::kStep), morning);
  EXPECT_EQ(story.Due(TimerKind::kCutoff), morning + absl::Hours(8));
  story.FireStep();
  EXPECT_THAT(story.Paged(), ElementsAre("ana SMS"));
  EXPECT_EQ(story.Until(TimerKind::kCutoff), absl::Hours(8));
}

TEST(StepStart, WhatOnlyTheTelephoneNetworkReportedWaitsForTheAgent) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_TWILIO;
  story.snapshot.call.summary = "";
  story.OnCall("ana").Start();
  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  EXPECT_EQ(story.Until(TimerKind::kStep), kReportGrace);

  Story silent = story;
  silent.FireStep();
  EXPECT_THAT(silent.Paged(), ElementsAre("ana SMS")) << "no report came";

  Story told = story;
  Call report;
  report.source = v1::CALL_SOURCE_RETELL;
  report.summary = "Wants a quote";
  told.now += absl::Seconds(3);
  told.Do(CallReportedAgain{report});
  EXPECT_EQ(told.snapshot.dispatch.urgency, v1::URGENCY_LOW) << "nobody acted on the first judgement";
  EXPECT_THAT(told.Paged(), ElementsAre("ana SMS"));
  EXPECT_THAT(told.Last().body, HasSubstr("Wants a quote"));
}

// The dispatch's row is written with an event only.
TEST(StepStart, ThatNobodyCanBePagedIsToldAfterAWaitToo) {
  Story story;
  story.snapshot.call.source = v1::CALL_SOURCE_TWILIO;
  story.Start().FireStep();
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_NOBODY_ON_CALL));
  EXPECT_EQ(story.chain().phase, Chain::Phase::kExhausted);
  const absl::Time cutoff = *story.Due(TimerKind::kCutoff);
  story.FireStep();
  EXPECT_THAT(story.Events(), IsEmpty()) << "told once";
  EXPECT_EQ(story.Due(TimerKind::kCutoff), cutoff);
}

TEST(IsFinal, HoldsForTheEnds) {
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED));
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK));
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_CANCELED));
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_SCREENED_OUT));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_UNSPECIFIED));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_NEEDS_REVIEW));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_UNASSIGNED));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_DISPATCHING));
}

}  // namespace
}  // namespace afterhours::core
