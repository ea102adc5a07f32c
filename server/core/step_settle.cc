#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/core/names.h"
#include "server/core/stepper.h"

namespace afterhours::core {
namespace {

constexpr int kReceiptChecksMax = 4;
constexpr absl::Duration kSettlePauseFirst = absl::Seconds(5);
constexpr absl::Duration kReceiptPauseFirst = absl::Seconds(60);
constexpr int kDoublingsMax = 6;
constexpr absl::Duration kRepliesInterval = absl::Seconds(60);
// The last look for replies is so long before the cutoff.
constexpr absl::Duration kRepliesMargin = absl::Seconds(10);
// "There is no such page" is believed in answer to this question and after this
// long: a provider's list lags behind what it has accepted, and so may an answer.
constexpr int kAbsentChecksMin = 2;
constexpr absl::Duration kAbsentAgeMin = absl::Seconds(15);

}  // namespace

void Stepper::CheckDue(Page& page) {
  const bool unsettled = page.state == v1::PAGE_STATE_UNCERTAIN;
  if (!unsettled && !IsReceiptDue(page)) return;
  if (page.check_count >= (unsettled ? kSettleChecksMax : kReceiptChecksMax)) {
    if (!unsettled) return;  // some carriers never confirm
    Record(
        v1::EVENT_KIND_PAGE_SETTLED, kSystem, page.id,
        absl::StrCat("What became of the page to ", page.technician_name, " cannot be found out; it is not sent again"),
        {{"state", Name(page.state)}});
    return GiveWay(page);
  }
  ++page.check_count;
  s_.changed_pages.insert(page.id);
  s_.commands.push_back({Command::Kind::kLookUp, page.id});
  // Asked again if the answer leaves it open, or never comes.
  const absl::Duration first = unsettled ? kSettlePauseFirst : kReceiptPauseFirst;
  SetTimer(TimerKind::kCheck, now_ + first * (1 << std::min(page.check_count, kDoublingsMax)), page.id);
}

void Stepper::Take(const PageLookedUp& looked_up) {
  Page* page = FindPage(s_, looked_up.page_id);
  if (page == nullptr || page->epoch != looked_up.epoch) return;
  if (looked_up.outcome == PageLookedUp::Outcome::kFound) {
    Receipt receipt;
    receipt.page_id = page->id;
    receipt.provider_message_id = looked_up.provider_message_id;
    receipt.state = looked_up.state;
    receipt.provider_status = looked_up.provider_status;
    receipt.error_code = looked_up.error_code;
    receipt.decision = looked_up.decision;
    receipt.call_over = looked_up.call_over;
    return TakeReceipt(receipt, v1::EVENT_KIND_PAGE_SETTLED);
  }
  if (page->state != v1::PAGE_STATE_UNCERTAIN || looked_up.check < kAbsentChecksMin) return;
  if (now_ - page->send_time.value_or(page->create_time) < kAbsentAgeMin) return;
  SetState(*page, v1::PAGE_STATE_FAILED);
  Record(v1::EVENT_KIND_PAGE_SETTLED, absl::StrCat("provider:", page->provider), page->id,
         absl::StrCat("The page to ", page->technician_name, " never came to be at the provider"),
         {{"state", Name(page->state)}});
  TakeFailure(*page, FailureDecision::kRetry, "");
}

void Stepper::RepliesDue() {
  std::set<std::string> asked;
  for (const Page& page : s_.pages) {
    // Even one whose receipts never told its id.
    const bool may_be_read = page.state == v1::PAGE_STATE_UNCERTAIN || page.state == v1::PAGE_STATE_ACCEPTED ||
                             page.state == v1::PAGE_STATE_SENT || page.state == v1::PAGE_STATE_DELIVERED;
    const bool left = may_be_read || !page.provider_message_id.empty();
    if (page.channel != v1::CHANNEL_SMS || !left || !asked.insert(page.to_address).second) continue;
    s_.commands.push_back({Command::Kind::kListReplies, page.id});
  }
  // One that is on its way may be answered soon.
  const bool on_its_way = std::any_of(s_.pages.begin(), s_.pages.end(), [](const Page& page) {
    return page.channel == v1::CHANNEL_SMS &&
           (page.state == v1::PAGE_STATE_PLANNED || page.state == v1::PAGE_STATE_SENDING);
  });
  if (!asked.empty() || on_its_way) AskForRepliesLater();
}

void Stepper::AskForRepliesLater() {
  absl::Time due = now_ + kRepliesInterval;
  if (const auto cutoff = s_.timers.find({TimerKind::kCutoff, ""}); cutoff != s_.timers.end()) {
    const absl::Time last = cutoff->second - kRepliesMargin;
    if (now_ < last) due = std::min(due, last);
  }
  SetTimer(TimerKind::kReplies, due);
}

}  // namespace afterhours::core
