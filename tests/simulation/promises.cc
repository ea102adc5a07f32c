#include "tests/simulation/promises.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "tests/simulation/describe.h"

namespace afterhours::simulation {
namespace {

using core::Chain;
using core::Event;
using core::IsFinal;
using core::Name;
using core::Page;
using core::Snapshot;
using core::TimerKind;

template <typename T>
const T* As(const Moment& m) {
  return std::get_if<T>(&m.input);
}

bool Contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool IsLive(const Snapshot& snapshot) {
  return snapshot.dispatch.status != v1::DISPATCH_STATUS_UNSPECIFIED && !IsFinal(snapshot.dispatch.status);
}

bool HasTimer(const Snapshot& snapshot, TimerKind kind, const std::string& page_id = "") {
  return snapshot.timers.count({kind, page_id}) > 0;
}

bool IsPlanned(const Page& page) { return page.state == v1::PAGE_STATE_PLANNED; }
bool HasFailed(const Page& page) {
  return page.state == v1::PAGE_STATE_FAILED || page.state == v1::PAGE_STATE_UNDELIVERED;
}
// It may have reached somebody, or may yet.
bool IsAlive(const Page& page) {
  return !HasFailed(page) && page.state != v1::PAGE_STATE_SUPPRESSED && page.state != v1::PAGE_STATE_CANCELED;
}

// The page of the chain that this step planned, or nullptr.
const Page* NewlyPlanned(const Moment& m) {
  for (std::size_t i = m.before.pages.size(); i < m.after.pages.size(); ++i) {
    if (IsPlanned(m.after.pages[i]) && !m.after.pages[i].over) return &m.after.pages[i];
  }
  return nullptr;
}

// Texts that tell of a caller who called again.
std::vector<const Page*> RepeatTexts(const Moment& m) {
  std::vector<const Page*> texts;
  for (std::size_t i = m.before.pages.size(); i < m.after.pages.size(); ++i) {
    if (IsPlanned(m.after.pages[i]) && m.after.pages[i].over) texts.push_back(&m.after.pages[i]);
  }
  return texts;
}

bool HasEvent(const Snapshot& snapshot, v1::EventKind kind, const std::string& page_id = "") {
  return std::any_of(snapshot.new_events.begin(), snapshot.new_events.end(), [&](const Event& event) {
    return event.kind == kind && (page_id.empty() || event.page_id == page_id);
  });
}
bool HasEventOf(const Snapshot& snapshot, const std::string& page_id) {
  return std::any_of(snapshot.new_events.begin(), snapshot.new_events.end(),
                     [&](const Event& event) { return event.page_id == page_id; });
}

bool SameChain(const Chain& a, const Chain& b) {
  return std::tie(a.phase, a.awaits_report, a.technician_id, a.step, a.page_id, a.wait, a.repeat_count, a.round,
                  a.visited, a.declined) == std::tie(b.phase, b.awaits_report, b.technician_id, b.step, b.page_id,
                                                     b.wait, b.repeat_count, b.round, b.visited, b.declined);
}

bool SamePage(const Page& a, const Page& b) {
  return std::tie(a.state, a.provider, a.attempt_count, a.epoch, a.owner, a.lease_expire_time, a.due_time, a.send_time,
                  a.check_count, a.over, a.provider_message_id, a.error_code, a.error_message, a.update_time) ==
         std::tie(b.state, b.provider, b.attempt_count, b.epoch, b.owner, b.lease_expire_time, b.due_time, b.send_time,
                  b.check_count, b.over, b.provider_message_id, b.error_code, b.error_message, b.update_time);
}

bool IsSuppressed(const Moment& m, const core::ContactMethod& contact) {
  return std::any_of(m.after.suppressions.begin(), m.after.suppressions.end(), [&](const core::Suppression& s) {
    return s.channel == contact.channel && s.expire_time > m.now &&
           (s.address.empty() || s.address == contact.address) &&
           (s.sender.empty() || s.sender == m.after.business.sms_sender);
  });
}

// Whether a step of `steps` from `first` on could be taken for somebody with `contacts`.
bool CanBePaged(const Moment& m, const std::vector<core::PolicyStep>& steps, int first,
                const std::vector<core::ContactMethod>& contacts) {
  for (std::size_t i = static_cast<std::size_t>(first); i < steps.size(); ++i) {
    for (const core::ContactMethod& contact : contacts) {
      if (contact.channel == steps[i].channel && !IsSuppressed(m, contact)) return true;
    }
  }
  return false;
}

// Whether they have a page that may be answered: not one whose outcome was given up.
bool IsReached(const Snapshot& snapshot, const std::string& technician_id) {
  return std::any_of(snapshot.pages.begin(), snapshot.pages.end(), [&](const Page& page) {
    const bool given_up = page.state == v1::PAGE_STATE_UNCERTAIN && page.check_count >= core::kSettleChecksMax &&
                          !HasTimer(snapshot, TimerKind::kCheck, page.id);
    return page.technician_id == technician_id && IsAlive(page) && !given_up;
  });
}

// Whether this is a round after the policy's own: those are for whom no page reached.
bool IsExtraRound(const Snapshot& snapshot) {
  return snapshot.dispatch.chain.round > snapshot.policies.at(snapshot.dispatch.urgency).round_count;
}

bool OwnerCanBePaged(const Moment& m) {
  const std::string& phone = m.after.business.owner_phone;
  const std::vector<std::string>& declined = m.after.dispatch.chain.declined;
  if (phone.empty() || Contains(declined, std::string(kNilId))) return false;
  for (const Page& page : m.after.pages) {
    if (page.to_address == phone && Contains(declined, page.technician_id)) return false;
  }
  return CanBePaged(m, m.after.policies.at(m.after.dispatch.urgency).owner_steps, 0,
                    {{v1::CHANNEL_SMS, phone}, {v1::CHANNEL_VOICE, phone}});
}

// 1. Nothing is lost: whatever is to happen has a timer that makes it happen.
std::string TimerMissing(const Moment& m) {
  const Snapshot& s = m.after;
  const bool live = IsLive(s);
  if (live && !HasTimer(s, TimerKind::kCutoff)) return "a live dispatch has no CUTOFF timer";
  if (live && s.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW && !HasTimer(s, TimerKind::kStep)) {
    return "a live dispatch has no STEP timer";
  }
  bool replies_expected = false;
  for (const Page& page : s.pages) {
    const bool checked = HasTimer(s, TimerKind::kCheck, page.id);
    const bool uncertain = page.state == v1::PAGE_STATE_UNCERTAIN;
    const bool call_goes_on = page.channel == v1::CHANNEL_VOICE && page.state == v1::PAGE_STATE_DELIVERED && !page.over;
    const bool receipt_due = page.state == v1::PAGE_STATE_ACCEPTED || page.state == v1::PAGE_STATE_SENT || call_goes_on;
    if (uncertain && page.check_count < core::kSettleChecksMax && !checked) return "an UNCERTAIN page has no CHECK";
    const bool told_nothing = receipt_due && page.check_count == 0 && !(m.tampered && page.over);
    if (live && told_nothing && !checked) return "nobody asks for a missing receipt";
    if (checked && !uncertain && !(live && receipt_due)) return "a settled page has a CHECK timer";
    replies_expected = replies_expected || (page.channel == v1::CHANNEL_SMS &&
                                            (uncertain || receipt_due || page.state == v1::PAGE_STATE_DELIVERED));
  }
  if (live && replies_expected && !HasTimer(s, TimerKind::kReplies)) return "nobody asks for lost replies";
  if (live) return "";
  for (const auto& [key, due] : s.timers) {
    if (key.first != TimerKind::kCheck) return absl::StrCat("an ended dispatch has a ", Name(key.first), " timer");
  }
  return "";
}

// 2. Every dispatch ends by its cutoff, which is set once paging begins.
std::string CutoffMoved(const Moment& m) {
  const auto was = m.before.timers.find({TimerKind::kCutoff, ""});
  const auto is = m.after.timers.find({TimerKind::kCutoff, ""});
  if (m.tampered || was == m.before.timers.end() || is == m.after.timers.end()) return "";
  const bool waited = m.before.dispatch.chain.phase == Chain::Phase::kWaiting;
  return is->second > was->second && !waited ? "the cutoff was put off" : "";
}

// 4 to 6. An end is an end, the first ack wins, and only an ack confirms.
std::string EndBroken(const Moment& m) {
  const core::Dispatch& was = m.before.dispatch;
  const core::Dispatch& is = m.after.dispatch;
  if (is.status == v1::DISPATCH_STATUS_UNSPECIFIED) return "the dispatch has no status";
  const bool under_review = is.status == v1::DISPATCH_STATUS_NEEDS_REVIEW;
  if (IsLive(m.after) && under_review != (m.after.business.id == kNilId)) {
    return "under review with a business, or the other way round";
  }
  if (is.end_time.has_value() != IsFinal(is.status)) return "the end's time is not that of an end";
  const bool confirmed = is.status == v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
  if (confirmed != !is.acked_by.empty()) return "confirmed without an acker, or the other way round";
  const bool screened_out = is.status == v1::DISPATCH_STATUS_SCREENED_OUT;
  if (screened_out != (is.screening != v1::SCREENING_UNSPECIFIED))
    return "screened out without a reason, or the other way round";
  if (screened_out && !m.after.pages.empty()) return "somebody was paged for what is screened out";
  const bool reopens = As<core::Reopened>(m) != nullptr || As<core::CallReportedAgain>(m) != nullptr;
  if (was.status == v1::DISPATCH_STATUS_SCREENED_OUT && !screened_out) {
    return reopens && HasEvent(m.after, v1::EVENT_KIND_REOPENED) ? "" : "what was screened out goes on by itself";
  }
  if (screened_out && As<core::Reopened>(m) != nullptr) return "what an operator reopened is screened out still";
  if (IsFinal(was.status)) {
    if (is.status != was.status) return "a final status was left";
    if (is.acked_by != was.acked_by || is.acked_by_technician_id != was.acked_by_technician_id) {
      return "the first ack was overruled";
    }
    if (is.end_time != was.end_time) return "the end moved";
    if (m.after.pages.size() != m.before.pages.size()) return "a page after the end";
  } else if (IsFinal(is.status)) {
    const core::TimerFired* fired = As<core::TimerFired>(m);
    const core::Acked* acked = As<core::Acked>(m);
    if (confirmed && (acked == nullptr || acked->acked_by != is.acked_by)) return "confirmed without a human act";
    if (is.status == v1::DISPATCH_STATUS_CANCELED && As<core::Canceled>(m) == nullptr) return "canceled by nobody";
    if (is.status == v1::DISPATCH_STATUS_DISPATCHED_NO_ACK && (!fired || fired->kind != TimerKind::kCutoff)) {
      return "given up before the cutoff";
    }
    const bool begins = As<core::Started>(m) != nullptr || was.chain.awaits_report;
    if (screened_out && !begins) return "it is screened out after all";
  } else if (As<core::Acked>(m) != nullptr) {
    return "an ack of a live dispatch did not confirm it";
  }
  return "";
}

std::string PageBroken(const Moment& m, const Page& is, const Page* was) {
  const bool planned = IsPlanned(is), sending = is.state == v1::PAGE_STATE_SENDING;
  if (is.due_time.has_value() != planned) return "a due time without a planned page, or the other way round";
  if (is.owner.empty() == sending || is.lease_expire_time.has_value() != sending) return "a claim without a sender";
  if (planned && !IsLive(m.after)) return "a page is planned after the end";
  if (is.epoch != is.attempt_count || is.attempt_count > core::kPageAttemptsMax) return "attempts are miscounted";
  if (was == nullptr) {
    const bool told = HasEvent(m.after, v1::EVENT_KIND_PAGE_PLANNED, is.id) ||
                      HasEvent(m.after, v1::EVENT_KIND_PAGE_SUPPRESSED, is.id);
    return told && m.after.changed_pages.count(is.id) > 0 ? "" : "a new page without an event or a mark";
  }
  if (!SamePage(is, *was) && m.after.changed_pages.count(is.id) == 0) return "a changed page is not marked";
  if (was->over && !is.over) return "a page that was over is awaited again";
  if (!was->provider_message_id.empty() && is.provider_message_id != was->provider_message_id) {
    return "a page became another message's";
  }
  if (is.epoch != was->epoch && (is.epoch != was->epoch + 1 || As<core::PageClaimed>(m) == nullptr)) {
    return "an epoch began without a claim";
  }
  if (is.state == was->state) return "";
  if (!HasEventOf(m.after, is.id)) return "a page's state changed without an event";
  if (sending && IsFinal(m.before.dispatch.status)) return "a page was claimed after the end";
  const bool refused = was->state == v1::PAGE_STATE_SENDING && planned && As<core::PageRefused>(m) != nullptr;
  if (!core::MovesForward(was->state, is.state) && !refused) {
    return absl::StrCat("a page went back from ", Name(was->state), " to ", Name(is.state));
  }
  return "";
}

// 3. One attempt, one page: nothing is sent again before its outcome is known.
std::string RepeatBroken(const Moment& m) {
  const Page* planned = NewlyPlanned(m);
  for (std::size_t i = 0; i < m.before.pages.size(); ++i) {
    const Page& was = m.before.pages[i];
    const Page& is = m.after.pages[i];
    const bool called_absent = As<core::PageLookedUp>(m) != nullptr && HasFailed(is) && !HasFailed(was);
    const Message* message = m.provider.Find(was.id, m.clock);
    if (called_absent && message != nullptr && message->At(m.clock).error_code.empty()) {
      return "a page that the provider has was called failed";
    }
  }
  if (planned == nullptr) return "";
  if (As<core::PageOutcomeUnknown>(m) != nullptr) return "the chain went on because an outcome is unknown";
  const Chain& was = m.before.dispatch.chain;
  const Chain& is = m.after.dispatch.chain;
  const bool same_step = was.phase == is.phase && was.technician_id == is.technician_id && was.step == is.step &&
                         was.round == is.round && !was.page_id.empty();
  if (!same_step) return "";
  const Page* replaced = core::FindPage(m.after, was.page_id);
  if (!HasFailed(*replaced)) return absl::StrCat("a page was repeated while it was ", Name(replaced->state));
  const Message* message = m.provider.Find(was.page_id, m.clock);
  if (message != nullptr && message->Last().error_code.empty()) return "a page was repeated that the provider has";
  return "";
}

// A live dispatch awaits one page, the chain's; all others are over.
std::string ChainBroken(const Moment& m) {
  const Chain& chain = m.after.dispatch.chain;
  if (!IsLive(m.after)) return "";
  const bool paging = chain.phase == Chain::Phase::kTechnicians || chain.phase == Chain::Phase::kOwner;
  if (paging && m.after.dispatch.status != v1::DISPATCH_STATUS_DISPATCHING) return "paging, and its status is another";
  if (paging == chain.page_id.empty())
    return paging ? "paging, and no page is awaited" : "a page of no step is awaited";
  const Page* awaited = chain.page_id.empty() ? nullptr : core::FindPage(m.after, chain.page_id);
  if (paging && (awaited == nullptr || awaited->over || !IsAlive(*awaited))) {
    return "a page is awaited that nobody can answer";
  }
  for (const Page& page : m.after.pages) {
    if (IsAlive(page) && !page.over && &page != awaited) return "two pages are awaited at once";
  }
  return "";
}

// 7. No idle waiting: whoever is left is paged in the step in which a page failed.
std::string IdleBroken(const Moment& m) {
  const Chain& was = m.before.dispatch.chain;
  const Chain& is = m.after.dispatch.chain;
  if (!IsLive(m.after)) return "";
  const std::vector<core::PolicyStep>& steps = m.after.policies.at(m.after.dispatch.urgency).technician_steps;
  const Page* planned = NewlyPlanned(m);

  // Another channel to the same technician comes before another technician.
  core::FailureDecision decision = core::FailureDecision::kNextTechnician;
  if (const auto* refused = As<core::PageRefused>(m)) decision = refused->decision;
  if (const auto* receipt = As<core::Receipt>(m)) decision = receipt->decision;
  const Page* failed = was.page_id.empty() ? nullptr : core::FindPage(m.after, was.page_id);
  const bool theirs = failed != nullptr && failed->technician_id == was.technician_id && HasFailed(*failed) &&
                      decision != core::FailureDecision::kNextTechnician;
  if (theirs && was.phase == Chain::Phase::kTechnicians) {
    for (const core::OnCallTechnician& technician : m.after.on_call) {
      if (technician.id != was.technician_id || !CanBePaged(m, steps, was.step, technician.contact_methods)) continue;
      if (planned == nullptr || planned->technician_id != technician.id) return "a technician's next step was left out";
    }
  }

  // After everyone had their turn, those whom no page has reached get another, now
  // or after the turns of those who came on call.
  const auto* fired = As<core::TimerFired>(m);
  if (fired != nullptr && fired->kind == TimerKind::kStep && was.phase == Chain::Phase::kExhausted &&
      planned == nullptr && !HasEvent(m.after, v1::EVENT_KIND_EXHAUSTED)) {
    for (const core::OnCallTechnician& technician : m.after.on_call) {
      const bool reached = Contains(is.declined, technician.id) || IsReached(m.after, technician.id);
      if (!reached && CanBePaged(m, steps, 0, technician.contact_methods)) return "somebody was left without a page";
    }
    if (OwnerCanBePaged(m) && !IsReached(m.after, std::string(kNilId))) return "the owner was left without a page";
  }

  const bool exhausted = is.phase == Chain::Phase::kExhausted && was.phase != Chain::Phase::kExhausted;
  if (!exhausted) return "";
  for (const core::OnCallTechnician& technician : m.after.on_call) {
    if (IsExtraRound(m.after) && IsReached(m.after, technician.id)) continue;
    if (!Contains(is.visited, technician.id) && !Contains(is.declined, technician.id)) return "somebody was not asked";
  }
  const bool owner_left = OwnerCanBePaged(m) && !(IsExtraRound(m.after) && IsReached(m.after, std::string(kNilId)));
  if (owner_left && was.phase != Chain::Phase::kOwner) return "the owner was not asked";
  const bool any_reached = std::any_of(m.after.pages.begin(), m.after.pages.end(), [&](const Page& page) {
    return IsReached(m.after, page.technician_id) && !Contains(is.declined, page.technician_id);
  });
  if (!any_reached || is.round >= m.after.policies.at(m.after.dispatch.urgency).round_count) return "";
  for (const core::OnCallTechnician& technician : m.after.on_call) {
    const bool left = !Contains(is.declined, technician.id);
    if (left && CanBePaged(m, steps, 0, technician.contact_methods)) return "a round was left out";
  }
  return owner_left ? "a round was left out" : "";
}

// Who is paged, and when.
std::string PlanBroken(const Moment& m) {
  const Page* planned = NewlyPlanned(m);
  const Chain& was = m.before.dispatch.chain;
  if (const auto* claimed = As<core::PageClaimed>(m)) {
    const Page* page = core::FindPage(m.after, claimed->page_id);
    const auto step = m.after.timers.find({TimerKind::kStep, ""});
    const bool leaves = page->attempt_count == 1 && page->epoch != core::FindPage(m.before, page->id)->epoch;
    if (leaves && was.page_id == page->id && step->second != m.now + was.wait) {
      return "a step's wait does not begin when its page leaves";
    }
  }
  if (planned == nullptr) return "";
  const bool on_call =
      std::any_of(m.after.on_call.begin(), m.after.on_call.end(),
                  [&](const core::OnCallTechnician& technician) { return technician.id == planned->technician_id; });
  if (!on_call && planned->technician_id != kNilId) return "somebody is paged who is not on call";
  if (Contains(m.after.dispatch.chain.declined, planned->technician_id)) return "somebody who passed is paged again";
  if (!CanBePaged(m, {{planned->channel, {}}}, 0, {{planned->channel, planned->to_address}})) {
    return "an address is paged that is known not to work";
  }
  const auto* fired = As<core::TimerFired>(m);
  const Page* awaited = was.page_id.empty() ? nullptr : core::FindPage(m.before, was.page_id);
  if (fired == nullptr || fired->kind != TimerKind::kStep || awaited == nullptr || m.tampered) return "";
  if (awaited->attempt_count == 0) return "a step was taken before the page before it could leave";
  const absl::Duration lock_wait = absl::Milliseconds(kLockWaitMaxMs);  // of a report that hurried it
  const bool early = awaited->attempt_count == 1 && m.now < *awaited->send_time + was.wait - lock_wait;
  return early ? "a step was taken before the wait of the one before it was over" : "";
}

// Nobody waits for somebody who is there: neither past a shift change that is
// known, nor after the directory was changed.
std::string WaitBroken(const Moment& m) {
  const Chain& chain = m.after.dispatch.chain;
  if (!IsLive(m.after)) return "";
  if (chain.phase == Chain::Phase::kExhausted && m.after.next_on_call_change.has_value()) {
    const absl::Time was = m.before.timers.count({TimerKind::kStep, ""}) > 0
                               ? m.before.timers.at({TimerKind::kStep, ""})
                               : absl::InfinitePast();
    const absl::Time is = m.after.timers.at({TimerKind::kStep, ""});
    if (is != was && is > *m.after.next_on_call_change && !m.tampered) return "it sleeps through a shift change";
  }
  if (As<core::RosterChanged>(m) == nullptr) return "";
  if (chain.phase != Chain::Phase::kOwner && chain.phase != Chain::Phase::kExhausted) return "";
  const std::vector<core::PolicyStep>& steps = m.after.policies.at(m.after.dispatch.urgency).technician_steps;
  for (const core::OnCallTechnician& technician : m.after.on_call) {
    const bool had_turn = Contains(chain.visited, technician.id) || Contains(chain.declined, technician.id);
    if (had_turn || (IsExtraRound(m.after) && IsReached(m.after, technician.id))) continue;
    if (CanBePaged(m, steps, 0, technician.contact_methods)) return "somebody came on call and is not paged";
  }
  return "";
}

// Of a caller who calls again those hear who have a page, once each, three times at most.
std::string TellingBroken(const Moment& m) {
  const std::vector<const Page*> texts = RepeatTexts(m);
  if (m.after.repeat_calls.size() < m.before.repeat_calls.size()) return "a repeated call was lost";
  const bool repeated = As<core::CallRepeated>(m) != nullptr && IsLive(m.before);
  if (repeated != (m.after.repeat_calls.size() > m.before.repeat_calls.size())) return "a repeated call was not kept";
  if (repeated && m.after.changed_repeats.count(m.before.repeat_calls.size()) == 0) return "a repeat is not written";
  if (!texts.empty() && !repeated) return "somebody is told of a call that was not repeated";
  const bool to_tell = repeated && m.after.repeat_calls.size() <= core::kRepeatTextsMax;
  if (!texts.empty() && !to_tell) return "people are told too often that the caller called again";
  std::vector<std::string> told;
  for (const Page* text : texts) {
    if (Contains(told, text->technician_id)) return "somebody is told twice of one call";
    told.push_back(text->technician_id);
    if (text->channel != v1::CHANNEL_SMS) return "a repeated call is told by other means than a text";
    if (Contains(m.after.dispatch.chain.declined, text->technician_id)) return "somebody who passed is told";
    if (IsSuppressed(m, {text->channel, text->to_address})) return "somebody is told where it is known not to work";
    if (!IsReached(m.before, text->technician_id)) return "somebody is told who has no page";
  }
  for (const Page& page : m.before.pages) {
    const bool has_text = to_tell && page.channel == v1::CHANNEL_SMS && IsAlive(page) &&
                          page.state != v1::PAGE_STATE_UNCERTAIN && !IsSuppressed(m, {page.channel, page.to_address});
    if (has_text && !Contains(told, page.technician_id) &&
        !Contains(m.after.dispatch.chain.declined, page.technician_id)) {
      return "somebody who has a page is not told";
    }
  }
  return "";
}

// 9. Every change leaves an event.
std::string HistoryBroken(const Moment& m) {
  const core::Dispatch& was = m.before.dispatch;
  const core::Dispatch& is = m.after.dispatch;
  int sequence = was.event_count;
  absl::Time latest = was.update_time;
  for (const Event& event : m.after.new_events) {
    if (event.sequence != ++sequence) return "a gap in the history";
    if (event.event_time < latest) return "history runs backwards";
    if (event.actor.empty() || event.message.empty()) return "an event does not say who, or what";
    latest = event.event_time;
  }
  if (is.event_count != sequence) return "events are miscounted";
  const bool same = SameChain(was.chain, is.chain) && was.status == is.status && was.urgency == is.urgency &&
                    was.acked_by == is.acked_by && was.update_time == is.update_time && was.screening == is.screening &&
                    !m.after.call_changed && m.after.changed_repeats.empty();
  if (!same && m.after.new_events.empty()) return "the dispatch changed without an event, so it would not be written";
  if (was.status != is.status && !HasEvent(m.after, v1::EVENT_KIND_STATUS_CHANGED)) return "a status without an event";
  if (was.acked_by != is.acked_by && !HasEvent(m.after, v1::EVENT_KIND_ACKED)) return "an ack without an event";
  if (was.urgency != is.urgency && !HasEvent(m.after, v1::EVENT_KIND_URGENCY_JUDGED)) return "urgency without an event";
  const bool untouched = was.chain.awaits_report || was.status == v1::DISPATCH_STATUS_NEEDS_REVIEW ||
                         was.status == v1::DISPATCH_STATUS_SCREENED_OUT;
  if (is.urgency < was.urgency && !untouched) return "the urgency was lowered";
  return "";
}

}  // namespace

std::string BrokenPromise(const Moment& m) {
  for (const auto check : {EndBroken, HistoryBroken, TimerMissing, CutoffMoved, ChainBroken, RepeatBroken, IdleBroken,
                           PlanBroken, WaitBroken, TellingBroken}) {
    if (std::string broken = check(m); !broken.empty()) return broken;
  }
  for (std::size_t i = 0; i < m.after.pages.size(); ++i) {
    const Page* was = i < m.before.pages.size() ? &m.before.pages[i] : nullptr;
    const std::string broken = PageBroken(m, m.after.pages[i], was);
    if (!broken.empty()) return absl::StrCat(broken, " (", ShortId(m.after.pages[i].id), ")");
  }
  return "";
}

}  // namespace afterhours::simulation
