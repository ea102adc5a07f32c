#include <gmock/gmock.h>

#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(StepStart, PagesTheFirstOnCallAtOnce) {
  Story story;
  story.OnCall("ana").OnCall("bo").Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_DISPATCHING);
  ASSERT_THAT(story.snapshot.pages, SizeIs(1));
  const Page& page = story.Last();
  EXPECT_EQ(page.technician_id, "tech-ana");
  EXPECT_EQ(page.to_address, "sms:ana");
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
  story.snapshot.business = {std::string(kNilId), "", ""};
  story.OnCall("ana").Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_NEEDS_REVIEW);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Events(), ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_UNMATCHED,
                                          v1::EVENT_KIND_URGENCY_JUDGED, v1::EVENT_KIND_STATUS_CHANGED));
  EXPECT_FALSE(story.snapshot.dispatch.end_time.has_value());
}

TEST(StepStart, IsUnassignedWhenNobodyIsOnCall) {
  Story story;
  story.Start();

  EXPECT_EQ(story.status(), v1::DISPATCH_STATUS_UNASSIGNED);
  EXPECT_THAT(story.snapshot.pages, IsEmpty());
  EXPECT_THAT(story.Events(),
              ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED, v1::EVENT_KIND_URGENCY_JUDGED,
                          v1::EVENT_KIND_NOBODY_ON_CALL, v1::EVENT_KIND_STATUS_CHANGED));
}

TEST(StepStart, PassesOverWhoCannotBeTexted) {
  Story story;
  story.snapshot.on_call.push_back({"tech-eve", "eve", {{v1::CHANNEL_EMAIL, "eve@example.com"}}});
  story.snapshot.on_call.push_back({"tech-fay", "fay", {}});
  story.OnCall("ana").Start();
  ASSERT_THAT(story.snapshot.pages, SizeIs(1));
  EXPECT_EQ(story.Last().technician_name, "ana");
}

TEST(StepStart, TextsTheFirstTextableAddressOfATechnician) {
  Story story;
  const std::vector<ContactMethod> contacts = {
      {v1::CHANNEL_VOICE, "voice"}, {v1::CHANNEL_SMS, "first"}, {v1::CHANNEL_SMS, "second"}};
  story.snapshot.on_call.push_back({"tech-eve", "eve", contacts});
  story.Start();
  ASSERT_THAT(story.snapshot.pages, SizeIs(1));
  EXPECT_EQ(story.Last().to_address, "first");
}

TEST(IsFinal, HoldsForTheThreeEnds) {
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED));
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK));
  EXPECT_TRUE(IsFinal(v1::DISPATCH_STATUS_CANCELED));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_UNSPECIFIED));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_NEEDS_REVIEW));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_UNASSIGNED));
  EXPECT_FALSE(IsFinal(v1::DISPATCH_STATUS_DISPATCHING));
}

}  // namespace
}  // namespace afterhours::core
