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

// How a page reaches `technician`, or nullptr: pages go out as text messages.
const ContactMethod* ReachableBy(const OnCallTechnician& technician) {
  for (const ContactMethod& contact : technician.contact_methods) {
    if (contact.channel == v1::CHANNEL_SMS) return &contact;
  }
  return nullptr;
}

}  // namespace

bool MovesForward(v1::PageState from, v1::PageState state) { return Rank(state) > Rank(from); }

void Stepper::Take(const PageClaimed& claimed) {
  Page* page = FindPage(s_, claimed.page_id);
  if (page == nullptr || page->state != v1::PAGE_STATE_PLANNED) return;
  ++page->epoch;
  ++page->attempt_count;
  page->provider = claimed.provider;
  page->owner = claimed.owner;
  page->lease_expire_time = claimed.lease_expire_time;
  SetState(*page, v1::PAGE_STATE_SENDING);
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
  PageNext(page->id);
}

bool Stepper::MayRetry(const Page& page, FailureDecision decision) const {
  // An uncertain page has given way already; it is not sent again.
  if (s_.dispatch.status != v1::DISPATCH_STATUS_DISPATCHING || page.state != v1::PAGE_STATE_SENDING) return false;
  // Neither an outage nor our own set-up is the address's fault. With nobody left
  // to give way to, the page is tried until it can be sent or the dispatch ends.
  const bool nobody_left = NextToPage() == nullptr && s_.pages.back().id == page.id;
  if (decision == FailureDecision::kConfigurationAlarm) return nobody_left;
  return decision == FailureDecision::kRetry && (page.attempt_count < kPageAttemptsMax || nobody_left);
}

void Stepper::Take(const PageOutcomeUnknown& unknown) {
  Page* page = HeldPage(unknown.page_id, unknown.epoch);
  if (page == nullptr || page->state != v1::PAGE_STATE_SENDING) return;
  page->error_message = unknown.error_message;
  SetState(*page, v1::PAGE_STATE_UNCERTAIN);
  Record(v1::EVENT_KIND_PAGE_UNCERTAIN, kSystem, page->id,
         absl::StrCat("Outcome unknown (", unknown.error_message, "); not sent again, waiting for a receipt"));
  PageNext(page->id);
}

void Stepper::Take(const Receipt& receipt) {
  Page* page = FindPage(s_, receipt.page_id);
  if (page == nullptr) return;
  // A receipt for another message under this page's id tells nothing of this one.
  if (!page->provider_message_id.empty() && !receipt.provider_message_id.empty() &&
      page->provider_message_id != receipt.provider_message_id) {
    return;
  }
  if (!MovesForward(page->state, receipt.state)) return;
  // The receipt can be the first to tell the provider's id: it came before the
  // answer, or the answer never came.
  if (page->provider_message_id.empty()) page->provider_message_id = receipt.provider_message_id;
  SetState(*page, receipt.state);
  if (!receipt.error_code.empty()) page->error_code = receipt.error_code;
  Record(v1::EVENT_KIND_RECEIPT, absl::StrCat("provider:", receipt.provider), page->id,
         absl::StrCat("Receipt: ", receipt.provider_status, receipt.error_code.empty() ? "" : ", code ",
                      receipt.error_code, " (", page->technician_name, ")"),
         {{"state", Name(receipt.state)}, {"error_code", receipt.error_code}});
  if (IsFailure(receipt.state)) PageNext(page->id);
}

Page* Stepper::HeldPage(const std::string& page_id, std::int64_t epoch) {
  Page* page = FindPage(s_, page_id);
  if (page == nullptr || page->epoch != epoch) return nullptr;
  const bool open = page->state == v1::PAGE_STATE_SENDING || page->state == v1::PAGE_STATE_UNCERTAIN;
  return open ? page : nullptr;
}

void Stepper::SetState(Page& page, v1::PageState state) {
  page.state = state;
  page.update_time = now_;
  if (state != v1::PAGE_STATE_PLANNED) page.due_time.reset();
  if (state != v1::PAGE_STATE_SENDING) {
    page.owner.clear();
    page.lease_expire_time.reset();
  }
  s_.changed_pages.insert(page.id);
}

void Stepper::PageNext(const std::string& after_page_id) {
  if (IsFinal(s_.dispatch.status)) return;
  const bool moved_on = !after_page_id.empty() && !s_.pages.empty() && s_.pages.back().id != after_page_id;
  if (moved_on) return;
  if (const OnCallTechnician* technician = NextToPage()) {
    SetStatus(v1::DISPATCH_STATUS_DISPATCHING);
    return PlanPage(*technician, *ReachableBy(*technician));
  }
  if (!s_.pages.empty()) {
    return Record(v1::EVENT_KIND_EXHAUSTED, kSystem, "", "Everyone on call has been tried; nobody is left to page");
  }
  Record(v1::EVENT_KIND_NOBODY_ON_CALL, kSystem, "",
         absl::StrCat("Nobody is on call for ", s_.business.name, " with a number to text"));
  SetStatus(v1::DISPATCH_STATUS_UNASSIGNED);
}

const OnCallTechnician* Stepper::NextToPage() const {
  for (const OnCallTechnician& technician : s_.on_call) {
    const bool paged = std::any_of(s_.pages.begin(), s_.pages.end(),
                                   [&](const Page& page) { return page.technician_id == technician.id; });
    if (!paged && ReachableBy(technician) != nullptr) return &technician;
  }
  return nullptr;
}

void Stepper::PlanPage(const OnCallTechnician& technician, const ContactMethod& contact) {
  Page page;
  page.id = new_page_id_();
  page.technician_id = technician.id;
  page.technician_name = technician.name;
  page.channel = contact.channel;
  page.to_address = contact.address;
  page.from_address = s_.business.sms_sender;
  page.reply_code = ReplyCodeOf(page.id);
  page.body = SmsText(s_, page.reply_code);
  page.create_time = now_;
  SetState(page, v1::PAGE_STATE_PLANNED);
  page.due_time = now_;
  Record(v1::EVENT_KIND_PAGE_PLANNED, kSystem, page.id,
         absl::StrCat("Paging ", technician.name, " by ", Name(contact.channel), " at ", contact.address),
         {{"technician", technician.name}, {"channel", Name(contact.channel)}});
  s_.pages.push_back(std::move(page));
}

void Stepper::CancelPlannedPages() {
  for (Page& page : s_.pages) {
    if (page.state != v1::PAGE_STATE_PLANNED) continue;
    SetState(page, v1::PAGE_STATE_CANCELED);
    Record(v1::EVENT_KIND_PAGE_CANCELED, kSystem, page.id,
           absl::StrCat("Not sent to ", page.technician_name, ": the dispatch has ended"));
  }
}

}  // namespace afterhours::core
