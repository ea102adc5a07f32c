#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/core/names.h"
#include "server/core/page_text.h"
#include "server/core/reply_code.h"
#include "server/core/stepper.h"

namespace afterhours::core {
namespace {

constexpr absl::Duration kRetryDelayFirst = absl::Seconds(1);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(30);
constexpr int kDoublingsMax = 5;
// After an unknown outcome: time for the callback before the provider is asked.
constexpr absl::Duration kSettleDelay = absl::Seconds(5);
// After that long without a receipt the provider is asked for it.
constexpr absl::Duration kReceiptPatience = absl::Seconds(60);

// Where a state stands in a page's life. Between the ends, proof of arrival
// outweighs a report of failure: a handset that showed it has shown it.
int Rank(v1::PageState state) {
  switch (state) {
    case v1::PAGE_STATE_PLANNED:
      return 0;
    case v1::PAGE_STATE_SENDING:
      return 1;
    case v1::PAGE_STATE_UNCERTAIN:
      return 2;
    case v1::PAGE_STATE_ACCEPTED:
      return 3;
    case v1::PAGE_STATE_SENT:
      return 4;
    case v1::PAGE_STATE_FAILED:
    case v1::PAGE_STATE_UNDELIVERED:
      return 5;
    case v1::PAGE_STATE_DELIVERED:
      return 6;
    default:
      return 7;
  }
}

bool IsFailure(v1::PageState state) { return state == v1::PAGE_STATE_FAILED || state == v1::PAGE_STATE_UNDELIVERED; }

absl::Duration BackOff(const PageRefused& refused, int attempts) {
  if (refused.retry_delay > absl::ZeroDuration()) return std::min(refused.retry_delay, kRetryDelayMax);
  return std::min(kRetryDelayFirst * (1 << std::clamp(attempts - 1, 0, kDoublingsMax)), kRetryDelayMax);
}

}  // namespace

bool MovesForward(v1::PageState from, v1::PageState state) { return Rank(state) > Rank(from); }

void Stepper::Take(const PageClaimed& claimed) {
  // None is left planned at an end; should one turn up, it does not leave.
  if (IsOver()) return CancelPlannedPages("", "the dispatch has ended");
  Page* page = FindPage(s_, claimed.page_id);
  if (page == nullptr || page->state != v1::PAGE_STATE_PLANNED) return;
  ++page->epoch;
  ++page->attempt_count;
  page->provider = claimed.provider;
  page->owner = claimed.owner;
  page->lease_expire_time = claimed.lease_expire_time;
  page->send_time = now_;
  page->check_count = 0;
  SetState(*page, v1::PAGE_STATE_SENDING);
  // The step's wait begins when its page leaves, not when it was planned: after
  // an outage two steps must not come at once.
  const bool awaited = chain_.page_id == page->id && !IsOver();
  if (awaited && page->attempt_count == 1) SetTimer(TimerKind::kStep, now_ + chain_.wait);
  Record(v1::EVENT_KIND_PAGE_SENDING, kSystem, page->id,
         absl::StrCat("Sending to ", page->technician_name, " by ", Name(page->channel)),
         {{"attempt", absl::StrCat(page->attempt_count)}});
}

void Stepper::Take(const PageAccepted& accepted) {
  Page* page = FindPage(s_, accepted.page_id);
  if (page == nullptr || page->epoch != accepted.epoch || !page->provider_message_id.empty()) return;
  page->provider_message_id = accepted.provider_message_id;
  // A receipt may have moved the page on already, without telling the id.
  SetState(*page, MovesForward(page->state, v1::PAGE_STATE_ACCEPTED) ? v1::PAGE_STATE_ACCEPTED : page->state);
  Record(v1::EVENT_KIND_PAGE_ACCEPTED, absl::StrCat("provider:", page->provider), page->id,
         absl::StrCat("Accepted by ", page->provider, " as ", accepted.provider_message_id),
         {{"provider_message_id", accepted.provider_message_id}});
}

void Stepper::Take(const PageRefused& refused) {
  Page* page = HeldPage(refused.page_id, refused.epoch);
  if (page == nullptr) return;
  page->error_code = refused.error_code;
  page->error_message = refused.error_message;
  const std::string why = absl::StrCat(refused.error_code.empty() ? "" : "code ", refused.error_code,
                                       refused.error_code.empty() ? "" : ", ", refused.error_message);
  if (MayRetry(*page, refused.decision)) {
    const absl::Duration delay = BackOff(refused, page->attempt_count);
    SetState(*page, v1::PAGE_STATE_PLANNED);
    page->due_time = now_ + delay;
    return Record(v1::EVENT_KIND_PAGE_RETRY, absl::StrCat("provider:", page->provider), page->id,
                  absl::StrCat("Not sent (", why, "); trying again in ", absl::FormatDuration(delay)),
                  {{"error_code", refused.error_code}, {"retry_delay", absl::FormatDuration(delay)}});
  }
  SetState(*page, v1::PAGE_STATE_FAILED);
  Record(v1::EVENT_KIND_PAGE_FAILED, absl::StrCat("provider:", page->provider), page->id,
         absl::StrCat("Not sent (", why, ")"), {{"error_code", refused.error_code}});
  // It is not retried: out of tries, or the chain has gone on.
  TakeFailure(*page, refused.decision == FailureDecision::kRetry ? FailureDecision::kOtherChannel : refused.decision,
              refused.error_code);
}

bool Stepper::MayRetry(const Page& page, FailureDecision decision) const {
  return decision == FailureDecision::kRetry && page.state == v1::PAGE_STATE_SENDING && chain_.page_id == page.id &&
         !IsOver() && page.attempt_count < kPageAttemptsMax;
}

void Stepper::Take(const PageOutcomeUnknown& unknown) {
  Page* page = HeldPage(unknown.page_id, unknown.epoch);
  if (page == nullptr || page->state != v1::PAGE_STATE_SENDING) return;
  page->error_message = unknown.error_message;
  SetState(*page, v1::PAGE_STATE_UNCERTAIN);
  Record(v1::EVENT_KIND_PAGE_UNCERTAIN, kSystem, page->id,
         absl::StrCat("Outcome unknown (", unknown.error_message, "); not sent again until the provider tells"));
}

void Stepper::Take(const Receipt& receipt) { TakeReceipt(receipt, v1::EVENT_KIND_RECEIPT); }

void Stepper::TakeReceipt(const Receipt& receipt, v1::EventKind kind) {
  Page* page = FindPage(s_, receipt.page_id);
  if (page == nullptr) return;
  // A receipt for another message under this page's id tells nothing of this one.
  if (!page->provider_message_id.empty() && !receipt.provider_message_id.empty() &&
      page->provider_message_id != receipt.provider_message_id) {
    return;
  }
  const bool forward = MovesForward(page->state, receipt.state);
  const bool ends_call = receipt.call_over && !page->over;
  if (!forward && !ends_call) return;
  // The receipt can be the first to tell the provider's id: it came before the
  // answer, or the answer never came.
  if (page->provider_message_id.empty()) page->provider_message_id = receipt.provider_message_id;
  SetState(*page, forward ? receipt.state : page->state);
  const bool failed = forward && IsFailure(receipt.state);
  if (failed && !receipt.error_code.empty()) page->error_code = receipt.error_code;
  const std::string provider = receipt.provider.empty() ? page->provider : receipt.provider;
  if (forward) {
    Record(
        kind, absl::StrCat("provider:", provider), page->id,
        absl::StrCat(kind == v1::EVENT_KIND_RECEIPT ? "Receipt: " : "The provider says: ", receipt.provider_status,
                     receipt.error_code.empty() ? "" : ", code ", receipt.error_code, " (", page->technician_name, ")"),
        {{"state", Name(receipt.state)}, {"error_code", receipt.error_code}});
  }
  if (failed) return TakeFailure(*page, receipt.decision, receipt.error_code);
  if (!ends_call) return;
  Record(v1::EVENT_KIND_CALL_OVER, absl::StrCat("provider:", provider), page->id,
         absl::StrCat("The call to ", page->technician_name, " ended without a key"));
  GiveWay(*page);
}

void Stepper::TakeFailure(Page& page, FailureDecision decision, const std::string& code) {
  Suppress(page, decision, code);
  const bool awaited = chain_.page_id == page.id && !page.over && !IsOver();
  // It was not sent, and may be at the next try: once more, under another id.
  if (decision == FailureDecision::kRetry && awaited && Repeat(page)) return;
  const bool address_dead = decision == FailureDecision::kNextTechnician;
  if (awaited && address_dead) {
    // Another channel to the same address would fare no better.
    bool other_address = false;
    for (const OnCallTechnician& technician : s_.on_call) {
      if (technician.id != page.technician_id) continue;
      for (const ContactMethod& contact : technician.contact_methods) {
        other_address = other_address || contact.address != page.to_address;
      }
    }
    if (!other_address) SkipRestOfTurn();
  }
  GiveWay(page);
}

Page* Stepper::HeldPage(const std::string& page_id, std::int64_t epoch) {
  Page* page = FindPage(s_, page_id);
  if (page == nullptr || page->epoch != epoch) return nullptr;
  const bool open = page->state == v1::PAGE_STATE_SENDING || page->state == v1::PAGE_STATE_UNCERTAIN;
  return open ? page : nullptr;
}

void Stepper::SetState(Page& page, v1::PageState state) {
  // The questions about its outcome are no questions about its receipt.
  if (page.state == v1::PAGE_STATE_UNCERTAIN && state != v1::PAGE_STATE_UNCERTAIN) page.check_count = 0;
  page.state = state;
  page.update_time = now_;
  if (state != v1::PAGE_STATE_PLANNED) page.due_time.reset();
  if (state != v1::PAGE_STATE_SENDING) {
    page.owner.clear();
    page.lease_expire_time.reset();
  }
  const bool unsettled = state == v1::PAGE_STATE_UNCERTAIN;
  const bool receipt_due = IsReceiptDue(page);
  const bool checked = s_.timers.count({TimerKind::kCheck, page.id}) > 0;
  if (unsettled) SetTimer(TimerKind::kCheck, now_ + kSettleDelay, page.id);
  if (receipt_due && !checked) SetTimer(TimerKind::kCheck, now_ + kReceiptPatience, page.id);
  if (!unsettled && !receipt_due) ClearTimer(TimerKind::kCheck, page.id);
  const bool may_be_read = unsettled || receipt_due || state == v1::PAGE_STATE_DELIVERED;
  const bool replies_expected = may_be_read && !IsOver() && page.channel == v1::CHANNEL_SMS;
  if (replies_expected && s_.timers.count({TimerKind::kReplies, ""}) == 0) AskForRepliesLater();
  s_.changed_pages.insert(page.id);
}

bool Stepper::IsReceiptDue(const Page& page) const {
  if (IsOver()) return false;
  // A call that was answered must still end.
  const bool call_goes_on = page.channel == v1::CHANNEL_VOICE && page.state == v1::PAGE_STATE_DELIVERED && !page.over;
  return page.state == v1::PAGE_STATE_ACCEPTED || page.state == v1::PAGE_STATE_SENT || call_goes_on;
}

Page& Stepper::AddPage(const std::string& technician_id, const std::string& name, const ContactMethod& contact) {
  Page page;
  page.id = new_page_id_();
  page.technician_id = technician_id;
  page.technician_name = name;
  page.channel = contact.channel;
  page.to_address = contact.address;
  page.from_address = s_.business.sms_sender;
  page.reply_code = ReplyCodeOf(page.id);
  page.body = contact.channel == v1::CHANNEL_VOICE ? VoiceText(s_) : SmsText(s_, page.reply_code);
  page.create_time = now_;
  s_.pages.push_back(std::move(page));
  return s_.pages.back();
}

void Stepper::PlanPage(const std::string& technician_id, const std::string& name, const ContactMethod& contact) {
  Page& page = AddPage(technician_id, name, contact);
  SetState(page, v1::PAGE_STATE_PLANNED);
  page.due_time = now_;
  chain_.page_id = page.id;
  std::map<std::string, std::string> attributes = {{"technician", name}, {"channel", Name(contact.channel)}};
  for (const OnCallTechnician& technician : s_.on_call) {
    if (technician.id == technician_id && !technician.reason.empty()) attributes["on_call"] = technician.reason;
  }
  Record(v1::EVENT_KIND_PAGE_PLANNED, kSystem, page.id,
         absl::StrCat("Paging ", name, " by ", Name(contact.channel), " at ", contact.address), std::move(attributes));
}

void Stepper::CancelPlannedPages(const std::string& technician_id, absl::string_view why) {
  for (Page& page : s_.pages) {
    if (page.state != v1::PAGE_STATE_PLANNED) continue;
    if (!technician_id.empty() && page.technician_id != technician_id) continue;
    SetState(page, v1::PAGE_STATE_CANCELED);
    Record(v1::EVENT_KIND_PAGE_CANCELED, kSystem, page.id,
           absl::StrCat("Not sent to ", page.technician_name, ": ", why));
  }
}

}  // namespace afterhours::core
