#include "absl/strings/str_cat.h"
#include "server/core/names.h"
#include "server/core/stepper.h"

namespace afterhours::core {

std::vector<Trouble> FindTroubles(const Snapshot& snapshot, absl::Time now) {
  std::vector<Trouble> troubles;
  const bool live = !IsFinal(snapshot.dispatch.status);
  const auto has = [&snapshot](TimerKind kind, const std::string& page_id) {
    return snapshot.timers.count({kind, page_id}) > 0;
  };
  if (live && !has(TimerKind::kCutoff, "")) {
    troubles.push_back({v1::RECOVER_PROBLEM_NO_CUTOFF, "", "sets its cutoff"});
  }
  const bool to_be_paged = live && snapshot.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW;
  if (to_be_paged && !has(TimerKind::kStep, "")) {
    troubles.push_back({v1::RECOVER_PROBLEM_NO_NEXT_STEP, "", "takes the next step now"});
  }
  for (const Page& page : snapshot.pages) {
    const bool checked = has(TimerKind::kCheck, page.id);
    const bool receipt_due = page.state == v1::PAGE_STATE_ACCEPTED || page.state == v1::PAGE_STATE_SENT ||
                             (page.channel == v1::CHANNEL_VOICE && page.state == v1::PAGE_STATE_DELIVERED);
    if (page.state == v1::PAGE_STATE_SENDING && page.lease_expire_time <= now) {
      troubles.push_back({v1::RECOVER_PROBLEM_STALE_CLAIM, page.id,
                          absl::StrCat("asks the provider what became of the page to ", page.technician_name)});
    }
    if (page.state == v1::PAGE_STATE_UNCERTAIN && page.check_count < kSettleChecksMax && !checked) {
      troubles.push_back({v1::RECOVER_PROBLEM_UNCERTAIN_PAGE, page.id,
                          absl::StrCat("asks the provider what became of the page to ", page.technician_name)});
    }
    if (live && receipt_due && !page.over && page.check_count == 0 && !checked) {
      troubles.push_back({v1::RECOVER_PROBLEM_RECEIPT_MISSING, page.id,
                          absl::StrCat("asks the provider for the receipt of the page to ", page.technician_name)});
    }
    if (live && page.state == v1::PAGE_STATE_PLANNED && !page.queued) {
      troubles.push_back({v1::RECOVER_PROBLEM_PAGE_NOT_QUEUED, page.id,
                          absl::StrCat("puts the page to ", page.technician_name, " in the outbox")});
    }
  }
  return troubles;
}

void Stepper::Take(const RecoverAsked& asked) {
  for (const Trouble& trouble : FindTroubles(s_, now_)) {
    std::string problem = v1::RecoverProblem_Name(trouble.problem);
    problem = problem.substr(std::string("RECOVER_PROBLEM_").size());
    Record(v1::EVENT_KIND_RECOVERED, asked.actor, trouble.page_id,
           absl::StrCat("Found ", problem, "; ", trouble.action), {{"problem", problem}});
    Page* page = FindPage(s_, trouble.page_id);
    switch (trouble.problem) {
      case v1::RECOVER_PROBLEM_NO_CUTOFF: {
        const absl::Time created = s_.dispatch.create_time;
        const absl::Time begin = HoldEnd(CurrentPolicy(), created, s_.business.time_zone).value_or(created);
        SetTimer(TimerKind::kCutoff, begin + CurrentPolicy().cutoff);
        break;
      }
      case v1::RECOVER_PROBLEM_NO_NEXT_STEP:
        SetTimer(TimerKind::kStep, now_);
        break;
      case v1::RECOVER_PROBLEM_STALE_CLAIM:
        Take(PageOutcomeUnknown{page->id, page->epoch, "its sender is gone"});
        break;
      case v1::RECOVER_PROBLEM_UNCERTAIN_PAGE:
      case v1::RECOVER_PROBLEM_RECEIPT_MISSING:
        SetTimer(TimerKind::kCheck, now_, page->id);
        break;
      case v1::RECOVER_PROBLEM_PAGE_NOT_QUEUED:
        page->due_time = now_;
        s_.changed_pages.insert(page->id);
        break;
      default:
        break;
    }
  }
}

}  // namespace afterhours::core
