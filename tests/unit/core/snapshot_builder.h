#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/step.h"

namespace afterhours::core {

inline constexpr char kBusinessId[] = "b0000000-0000-7000-8000-000000000001";
inline constexpr char kOwnersPhone[] = "+19495550999";
inline constexpr v1::Channel kSms = v1::CHANNEL_SMS, kVoice = v1::CHANNEL_VOICE;

// Ids in order, so that a failure looks the same each time.
inline std::string NextPageId() {
  static std::uint64_t count = 0;
  return absl::StrFormat("00000000-0000-7000-8000-%012x", ++count * 0x9e3779b1);
}

// One dispatch that things happen to. Each happening shows in `snapshot` what it
// changed, as the store would see it. The call is of HIGH urgency.
//
//   Story story;
//   story.OnCall("ana").OnCall("bo").Start().Claim().Refuse(FailureDecision::kNextTechnician);
//   EXPECT_THAT(story.Paged(), ElementsAre("ana SMS", "bo SMS"));
class Story {
 public:
  Story() {
    snapshot.business.id = kBusinessId;
    snapshot.business.name = "Smith Plumbing";
    snapshot.business.sms_sender = "+19495550101";
    snapshot.business.time_zone = "America/New_York";
    snapshot.policies = DefaultPolicies();
    snapshot.call.source = v1::CALL_SOURCE_RETELL;
    snapshot.call.external_call_id = "call-1";
    snapshot.call.caller_number = "+19495550123";
    snapshot.call.called_number = "+19495550100";
    snapshot.call.summary = "Water leak in the basement";
    snapshot.dispatch.id = "d0000000-0000-7000-8000-000000000001";
    snapshot.dispatch.create_time = now;
  }

  // Reachable by text and by phone, at the same number.
  Story& OnCall(const std::string& name) { return OnCall(name, {{kSms, "tel:" + name}, {kVoice, "tel:" + name}}); }
  Story& OnCall(const std::string& name, std::vector<ContactMethod> contacts) {
    snapshot.on_call.push_back({"tech-" + name, name, std::move(contacts)});
    return *this;
  }
  Story& WithOwner() {
    snapshot.business.owner_name = "olga";
    snapshot.business.owner_phone = kOwnersPhone;
    return *this;
  }
  Story& GoesOffCall(const std::string& name) {
    std::vector<OnCallTechnician> rest;
    for (OnCallTechnician& technician : snapshot.on_call) {
      if (technician.name != name) rest.push_back(std::move(technician));
    }
    snapshot.on_call = std::move(rest);
    return *this;
  }

  // As a transaction does: what was committed is stored.
  Story& Do(const Input& input) {
    MarkStored(snapshot);
    snapshot = Step(std::move(snapshot), input, now, &NextPageId);
    return *this;
  }

  Story& Start() { return Do(Started{"called number"}); }

  // Nobody knows whose call it is; then somebody does.
  Story& WithoutBusiness() {
    known_business = std::exchange(snapshot.business, Business());
    snapshot.business.id = std::string(kNilId);
    return *this;
  }
  Story& Assign() {
    snapshot.business = known_business;
    return Do(BusinessAssigned{"operator:kim", "kim said so"});
  }
  Story& Reopen() { return Do(Reopened{"operator:kim", "kim said so"}); }
  Story& ChangeRoster() { return Do(RosterChanged{"operator:kim"}); }
  // The caller calls again, and says that.
  static Call CallThatSays(const std::string& summary, const std::string& id = "call-2") {
    Call call;
    call.source = v1::CALL_SOURCE_RETELL;
    call.external_call_id = id;
    call.caller_number = "+19495550123";
    call.called_number = "+19495550100";
    call.summary = summary;
    return call;
  }
  Story& Repeat(const std::string& summary, const std::string& id = "call-2") {
    return Do(CallRepeated{CallThatSays(summary, id)});
  }

  // About the newest page.
  Story& Claim() { return Do(PageClaimed{Last().id, "twilio", "sender-1", now + absl::Seconds(30)}); }
  Story& Accept(const std::string& sid = "SM1") { return Do(PageAccepted{Last().id, Last().epoch, sid}); }
  Story& Send() { return Claim().Accept(absl::StrCat("SM", snapshot.pages.size())); }
  Story& Refuse(FailureDecision decision, absl::Duration retry_delay = absl::ZeroDuration()) {
    return Do(PageRefused{Last().id, Last().epoch, "20429", "Too Many Requests", decision, retry_delay});
  }
  Story& LoseAnswer() { return Do(PageOutcomeUnknown{Last().id, Last().epoch, "timeout"}); }

  // About the page at `index`.
  Story& Hear(v1::PageState state, std::size_t index = 0, const std::string& sid = "SM1",
              const std::string& error_code = "", FailureDecision decision = FailureDecision::kOtherChannel) {
    return Do(Receipt{PageAt(index).id, "twilio", sid, state, "status", error_code, decision});
  }
  Story& HangUp(std::size_t index) {
    Receipt receipt{PageAt(index).id, "twilio", "", v1::PAGE_STATE_DELIVERED, "completed", ""};
    receipt.call_over = true;
    return Do(receipt);
  }
  // What its provider answers to the question that was asked last.
  Story& LookUp(std::size_t index, PageLookedUp::Outcome outcome, v1::PageState state = v1::PAGE_STATE_UNSPECIFIED) {
    const Page& page = PageAt(index);
    PageLookedUp looked_up{};
    looked_up.page_id = page.id;
    looked_up.epoch = page.epoch;
    looked_up.check = page.check_count;
    looked_up.outcome = outcome;
    looked_up.state = state;
    if (outcome == PageLookedUp::Outcome::kFound) looked_up.provider_message_id = "SM-found";
    looked_up.decision = FailureDecision::kOtherChannel;
    return Do(looked_up);
  }

  Story& Ack(const std::string& name) { return Do(AckOf(name)); }
  Story& Decline(const std::string& name, const std::string& page_id = "") {
    return Do(Declined{"tech-" + name, name, "technician:" + name, page_id});
  }
  static Acked AckOf(const std::string& name) { return {name, "tech-" + name, "technician:" + name, ""}; }

  // Lets time pass until the timer is due, and fires it.
  Story& Fire(TimerKind kind, const std::string& page_id = "") {
    now = std::max(now, Due(kind, page_id).value_or(now));
    return Do(TimerFired{kind, page_id});
  }
  Story& FireStep() { return Fire(TimerKind::kStep); }
  Story& FireCheck(std::size_t index) { return Fire(TimerKind::kCheck, PageAt(index).id); }

  std::optional<absl::Time> Due(TimerKind kind, const std::string& page_id = "") const {
    const auto found = snapshot.timers.find({kind, page_id});
    return found == snapshot.timers.end() ? std::nullopt : std::optional(found->second);
  }
  // How long until then; InfiniteDuration() without such a timer.
  absl::Duration Until(TimerKind kind, const std::string& page_id = "") const {
    return Due(kind, page_id).value_or(absl::InfiniteFuture()) - now;
  }

  Page& PageAt(std::size_t index) { return snapshot.pages.at(index); }
  Page& Last() { return snapshot.pages.back(); }
  v1::DispatchStatus status() const { return snapshot.dispatch.status; }
  const Chain& chain() const { return snapshot.dispatch.chain; }

  // Whom the pages went to, and how, oldest first: "ana SMS".
  std::vector<std::string> Paged() const {
    std::vector<std::string> paged;
    for (const Page& page : snapshot.pages) paged.push_back(page.technician_name + " " + Name(page.channel));
    return paged;
  }

  // What the latest happening left in the history.
  std::vector<v1::EventKind> Events() const {
    std::vector<v1::EventKind> kinds;
    for (const Event& event : snapshot.new_events) kinds.push_back(event.kind);
    return kinds;
  }

  // Whether the latest happening left everything as it was.
  bool NothingHappened() const {
    return snapshot.new_events.empty() && snapshot.changed_pages.empty() && !snapshot.call_changed &&
           snapshot.changed_repeats.empty() && snapshot.timers == snapshot.stored_timers && snapshot.commands.empty();
  }

  // What is wrong with it as it is stored, with what is planned in the outbox.
  std::vector<v1::RecoverProblem> Troubles() const {
    Snapshot stored = snapshot;
    for (Page& page : stored.pages) page.queued = page.state == v1::PAGE_STATE_PLANNED;
    std::vector<v1::RecoverProblem> problems;
    for (const Trouble& trouble : FindTroubles(stored, now)) problems.push_back(trouble.problem);
    return problems;
  }

  Snapshot snapshot;
  Business known_business;
  absl::Time now = absl::FromUnixSeconds(1700000000);  // 2023-11-14 17:13:20 in New York
};

}  // namespace afterhours::core
