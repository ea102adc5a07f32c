#include <gtest/gtest.h>

#include <random>

#include "server/core/names.h"
#include "tests/unit/core/snapshot_builder.h"

namespace afterhours::core {
namespace {

constexpr int kSeeds = 2000;
constexpr int kStepsPerSeed = 40;
constexpr const char* kNames[] = {"ana", "bo", "cy"};
constexpr v1::PageState kReceiptStates[] = {v1::PAGE_STATE_ACCEPTED, v1::PAGE_STATE_SENT, v1::PAGE_STATE_DELIVERED,
                                            v1::PAGE_STATE_UNDELIVERED, v1::PAGE_STATE_FAILED};

// Draws whatever can happen, likely or not: stale epochs, foreign messages,
// repeats, answers after the end.
class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {
    const int on_call = Pick(4);
    for (int i = 0; i < on_call; ++i) story.OnCall(kNames[i]);
    if (Pick(2) == 0) story.WithOwner();
    if (Pick(10) == 0) story.snapshot.business.id = std::string(kNilId);
    if (Pick(3) == 0) story.snapshot.call.summary = "";
  }

  int Pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  Input Draw() {
    const std::string name = kNames[Pick(3)];
    const Page page = PickPage();
    const std::int64_t epoch = page.epoch - (Pick(8) == 0 ? 1 : 0);
    const std::string sid = Pick(8) == 0 ? "SM-other" : "SM-" + page.id;
    switch (Pick(18)) {
      case 0:
      case 1:
      case 2:
        return PageClaimed{page.id, "twilio", "sender-1", story.now + absl::Seconds(30)};
      case 3:
        return PageAccepted{page.id, epoch, sid};
      case 4:
      case 5:
        return PageRefused{
            page.id, epoch, "30001", "no", static_cast<FailureDecision>(Pick(7)), absl::Seconds(Pick(3))};
      case 6:
        return PageOutcomeUnknown{page.id, epoch, "timeout"};
      case 7:
      case 8:
        return Receipt{
            page.id,     "twilio", sid, kReceiptStates[Pick(5)], "status", "", static_cast<FailureDecision>(Pick(7)),
            Pick(4) == 0};
      case 9:
        return Pick(4) == 0 ? Input(Story::AckOf(name)) : Input(Receipt{"no-page", "", "", kReceiptStates[0], "", ""});
      case 10:
        return Declined{"tech-" + name, name, "technician:" + name, Pick(2) == 0 ? page.id : ""};
      case 11:
        return Pick(6) == 0 ? Input(Canceled{"operator:kim", "r"}) : Input(Story::AckOf(name));
      case 12:
      case 13:
        return TimerFired{static_cast<TimerKind>(Pick(5)), Pick(2) == 0 ? page.id : ""};
      case 14:
        return PageLookedUp{page.id,
                            epoch,
                            Pick(4),
                            static_cast<PageLookedUp::Outcome>(Pick(2)),
                            sid,
                            kReceiptStates[Pick(5)],
                            "status",
                            "",
                            static_cast<FailureDecision>(Pick(7)),
                            Pick(4) == 0};
      case 15:
        return RecoverAsked{"operator:kim"};
      case 16:
        return ModelJudged{static_cast<v1::Urgency>(Pick(4)), 0.6, "r", "small-1"};
      default: {
        Call again;
        if (Pick(2) == 0) again.transcript = "User: it is flooding";
        if (Pick(2) == 0) again.summary = "A drip";
        if (Pick(2) == 0) again.given_urgency = static_cast<v1::Urgency>(Pick(4));
        return CallReportedAgain{again};
      }
    }
  }

  Story story;

 private:
  Page PickPage() {
    if (story.snapshot.pages.empty()) return {};
    return story.PageAt(static_cast<std::size_t>(Pick(static_cast<int>(story.snapshot.pages.size()))));
  }

  std::mt19937 random_;
};

// What must hold of every page after anything that happened.
void CheckPage(const Page& page, bool ended) {
  const bool planned = page.state == v1::PAGE_STATE_PLANNED, sending = page.state == v1::PAGE_STATE_SENDING;
  EXPECT_EQ(page.due_time.has_value(), planned) << Name(page.state);
  EXPECT_EQ(!page.owner.empty(), sending) << Name(page.state);
  EXPECT_EQ(page.lease_expire_time.has_value(), sending) << Name(page.state);
  EXPECT_FALSE(planned && ended) << "a page is planned after the end";
  EXPECT_LE(page.attempt_count, kPageAttemptsMax);
  EXPECT_EQ(page.epoch, page.attempt_count);
}

// Back only to be sent again, and only when it was certainly not sent.
bool MayGoBack(const Page& before, const Page& after, const Input& input) {
  return before.state == v1::PAGE_STATE_SENDING && after.state == v1::PAGE_STATE_PLANNED &&
         std::holds_alternative<PageRefused>(input);
}

void CheckStep(const Snapshot& before, const Snapshot& after, const Input& input) {
  const bool ended = IsFinal(before.dispatch.status);
  if (ended) {
    EXPECT_EQ(after.dispatch.status, before.dispatch.status) << "a final status was left";
    EXPECT_EQ(after.dispatch.acked_by, before.dispatch.acked_by) << "an ack was overruled";
    EXPECT_EQ(after.dispatch.end_time, before.dispatch.end_time);
    EXPECT_EQ(after.pages.size(), before.pages.size()) << "a page after the end";
  }
  EXPECT_EQ(after.dispatch.end_time.has_value(), IsFinal(after.dispatch.status));
  EXPECT_EQ(!after.dispatch.acked_by.empty(), after.dispatch.status == v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_GE(after.dispatch.urgency, before.dispatch.urgency);

  int sequence = before.dispatch.event_count;
  for (const Event& event : after.new_events) EXPECT_EQ(event.sequence, ++sequence) << "a gap in the history";
  EXPECT_EQ(after.dispatch.event_count, sequence);
  const bool changed = after.call_changed || after.dispatch.status != before.dispatch.status ||
                       after.pages.size() != before.pages.size();
  EXPECT_FALSE(changed && after.new_events.empty()) << "a change without an event";

  for (std::size_t i = 0; i < after.pages.size(); ++i) {
    const Page& page = after.pages[i];
    CheckPage(page, IsFinal(after.dispatch.status));
    if (i >= before.pages.size()) continue;
    const Page& was = before.pages[i];
    EXPECT_FALSE(MovesForward(page.state, was.state) && !MayGoBack(was, page, input))
        << "back from " << Name(was.state) << " to " << Name(page.state);
    EXPECT_FALSE(page.state != was.state && after.new_events.empty()) << "a page's state changed without an event";
    if (page.state != was.state || page.epoch != was.epoch || page.provider_message_id != was.provider_message_id) {
      EXPECT_EQ(after.changed_pages.count(page.id), 1u) << "a changed page is not marked";
    }
    EXPECT_TRUE(was.provider_message_id.empty() || page.provider_message_id == was.provider_message_id)
        << "a page became another message's";
  }
}

TEST(StepWalk, PromisesHoldWhateverHappensInWhateverOrder) {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    Walk walk(seed);
    Story& story = walk.story;
    story.Do(Started{"called number", seed % 2 == 0});
    int acks_won = 0;
    for (int step = 0; step < kStepsPerSeed; ++step) {
      const Snapshot before = story.snapshot;
      const Input input = walk.Draw();
      story.now += absl::Milliseconds(walk.Pick(5000));
      story.Do(input);
      CheckStep(before, story.snapshot, input);
      for (const v1::EventKind kind : story.Events()) acks_won += kind == v1::EVENT_KIND_ACKED ? 1 : 0;
      if (testing::Test::HasFailure()) {
        FAIL() << "seed " << seed << ", step " << step << ", input " << input.index();
      }
    }
    ASSERT_LE(acks_won, 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace afterhours::core
