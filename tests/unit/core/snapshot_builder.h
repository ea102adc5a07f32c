#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "server/core/step.h"

namespace afterhours::core {

inline constexpr char kBusinessId[] = "b0000000-0000-7000-8000-000000000001";

// Ids in order, so that a failure looks the same each time.
inline std::string NextPageId() {
  static std::uint64_t count = 0;
  return absl::StrFormat("00000000-0000-7000-8000-%012x", ++count * 0x9e3779b1);
}

// One dispatch that things happen to. Each happening shows in `snapshot` what it
// changed, as the store would see it.
//
//   Story story;
//   story.OnCall("ana").OnCall("bo").Start().Claim().Refuse(FailureDecision::kNextTechnician);
class Story {
 public:
  Story() {
    snapshot.business = {kBusinessId, "Smith Plumbing", "+19495550101"};
    snapshot.call.source = v1::CALL_SOURCE_RETELL;
    snapshot.call.external_call_id = "call-1";
    snapshot.call.caller_number = "+19495550123";
    snapshot.call.called_number = "+19495550100";
    snapshot.call.summary = "Water leak in the basement";
    snapshot.dispatch.id = "d0000000-0000-7000-8000-000000000001";
    snapshot.dispatch.create_time = now;
  }

  Story& OnCall(const std::string& name) {
    snapshot.on_call.push_back({"tech-" + name, name, {{v1::CHANNEL_SMS, "sms:" + name}}});
    return *this;
  }

  Story& Do(const Input& input) {
    snapshot.changed_pages.clear();
    snapshot.new_events.clear();
    snapshot.call_changed = false;
    snapshot = Step(std::move(snapshot), input, now, &NextPageId);
    return *this;
  }

  Story& Start() { return Do(Started{"called number"}); }

  // About the newest page.
  Story& Claim() { return Do(PageClaimed{Last().id, "twilio", "sender-1", now + absl::Seconds(30)}); }
  Story& Accept(const std::string& sid = "SM1") { return Do(PageAccepted{Last().id, Last().epoch, sid}); }
  Story& Refuse(FailureDecision decision, absl::Duration retry_delay = absl::ZeroDuration()) {
    return Do(PageRefused{Last().id, Last().epoch, "20429", "Too Many Requests", decision, retry_delay});
  }
  Story& LoseAnswer() { return Do(PageOutcomeUnknown{Last().id, Last().epoch, "timeout"}); }

  // About the page at `index`.
  Story& Hear(v1::PageState state, std::size_t index = 0, const std::string& sid = "SM1",
              const std::string& error_code = "") {
    return Do(Receipt{PageAt(index).id, "twilio", sid, state, "status", error_code});
  }

  Story& Ack(const std::string& name) { return Do(AckOf(name)); }
  Story& Decline(const std::string& name, const std::string& page_id = "") {
    return Do(Declined{"tech-" + name, name, "technician:" + name, page_id});
  }
  static Acked AckOf(const std::string& name) { return {name, "tech-" + name, "technician:" + name, ""}; }

  Page& PageAt(std::size_t index) { return snapshot.pages.at(index); }
  Page& Last() { return snapshot.pages.back(); }
  v1::DispatchStatus status() const { return snapshot.dispatch.status; }

  // What the latest happening left in the history.
  std::vector<v1::EventKind> Events() const {
    std::vector<v1::EventKind> kinds;
    for (const Event& event : snapshot.new_events) kinds.push_back(event.kind);
    return kinds;
  }

  // Whether the latest happening left everything as it was.
  bool NothingHappened() const {
    return snapshot.new_events.empty() && snapshot.changed_pages.empty() && !snapshot.call_changed;
  }

  Snapshot snapshot;
  absl::Time now = absl::FromUnixSeconds(1700000000);
};

}  // namespace afterhours::core
