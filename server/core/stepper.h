#pragma once

#include <map>
#include <string>

#include "server/core/step.h"
#include "server/core/urgency.h"

namespace afterhours::core {

// Step's workings: one snapshot, one moment. step.cc has what happens to the
// dispatch, step_pages.cc what happens to its pages.
class Stepper {
 public:
  Stepper(Snapshot& snapshot, absl::Time now, NewPageId new_page_id)
      : s_(snapshot), now_(now), new_page_id_(new_page_id) {}

  void Take(const Started& started);
  void Take(const CallReportedAgain& again);
  void Take(const PageClaimed& claimed);
  void Take(const PageAccepted& accepted);
  void Take(const PageRefused& refused);
  void Take(const PageOutcomeUnknown& unknown);
  void Take(const Receipt& receipt);
  void Take(const Acked& acked);
  void Take(const Declined& declined);
  void Take(const Canceled& canceled);

 private:
  static constexpr char kSystem[] = "system";

  void TakeUrgency(const UrgencyJudgement& judged);
  void SetStatus(v1::DispatchStatus status);
  void Record(v1::EventKind kind, std::string actor, std::string page_id, std::string message,
              std::map<std::string, std::string> attributes = {});

  // The page, if `epoch` still holds for it and it has not got further.
  Page* HeldPage(const std::string& page_id, std::int64_t epoch);
  void SetState(Page& page, v1::PageState state);
  // Plans a page for the next technician on call who has none, unless the chain
  // has moved on from `after_page_id` already. Empty: unconditionally.
  void PageNext(const std::string& after_page_id);
  // The next technician on call who has no page yet and can be reached, or nullptr.
  const OnCallTechnician* NextToPage() const;
  bool MayRetry(const Page& page, FailureDecision decision) const;
  void PlanPage(const OnCallTechnician& technician, const ContactMethod& contact);
  void CancelPlannedPages();

  Snapshot& s_;
  const absl::Time now_;
  const NewPageId new_page_id_;
};

}  // namespace afterhours::core
