#include "server/rpc/receipts.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/ids.h"
#include "base/log.h"
#include "server/core/names.h"
#include "server/store/pages.h"
#include "server/store/snapshots.h"

namespace afterhours::rpc {
namespace {

// Providers' codes are short numbers; a label must not take whatever comes.
std::string CodeLabel(const std::string& code) {
  int number = 0;
  return code.size() <= 6 && absl::SimpleAtoi(code, &number) ? code : "other";
}

}  // namespace

absl::Status RecordReceipts(db::Transaction& transaction, std::optional<absl::Time> now,
                            const DecisionFor& decision_for, absl::Span<Report> reports) {
  std::vector<core::Receipt> receipts;
  for (const Report& report : reports) receipts.push_back(report.receipt);
  const auto keys = store::FindPages(transaction, receipts);
  if (!keys.ok()) return keys.status();
  std::set<std::string> dispatch_ids;
  for (const store::PageKey& key : *keys) {
    if (!key.dispatch_id.empty()) dispatch_ids.insert(key.dispatch_id);
  }
  auto locked = store::LockSnapshots(transaction, now, dispatch_ids);
  if (!locked.ok()) return locked.status();
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    core::Receipt& receipt = receipts[i];
    v1::ReportDeliveryResponse& response = *reports[i].response;
    response.Clear();
    const store::PageKey& key = (*keys)[i];
    if (key.page_id.empty()) {
      response.set_outcome(v1::RECEIPT_OUTCOME_UNKNOWN_PAGE);
      if (absl::Status kept = store::KeepUnmatchedReceipt(transaction, now, receipt); !kept.ok()) return kept;
      continue;
    }
    core::Snapshot& snapshot = locked->by_id.at(key.dispatch_id);
    const std::size_t events = snapshot.new_events.size();
    receipt.page_id = key.page_id;
    receipt.decision = decision_for(core::FindPage(snapshot, key.page_id)->channel, receipt.error_code);
    snapshot = core::Step(std::move(snapshot), receipt, locked->now, &NewId);
    const bool applied = snapshot.new_events.size() > events;
    response.set_outcome(applied ? v1::RECEIPT_OUTCOME_APPLIED : v1::RECEIPT_OUTCOME_UNCHANGED);
    response.set_state(core::FindPage(snapshot, key.page_id)->state);
  }
  bool due_soon = false;
  std::vector<core::Snapshot> snapshots;
  for (auto& [id, snapshot] : locked->by_id) {
    due_soon = due_soon || core::IsDueBy(snapshot, locked->now + core::kLookAhead);
    snapshots.push_back(std::move(snapshot));
  }
  for (Report& report : reports) report.due_soon = due_soon;
  return store::WriteSnapshots(transaction, snapshots);
}

void TellOf(const Report& report, const DecisionFor& decision_for, Metrics& metrics) {
  const v1::ReportDeliveryRequest& request = *report.request;
  const v1::ReportDeliveryResponse& response = *report.response;
  const std::string outcome = v1::ReceiptOutcome_Name(response.outcome());
  metrics
      .Counter("afterhours_receipts_total", "Receipts by state and outcome",
               {{"state", core::Name(request.state())}, {"outcome", outcome}})
      .Increment();
  const bool failed = !request.error_code().empty();
  const core::FailureDecision decision = decision_for(v1::CHANNEL_SMS, request.error_code());
  if (failed &&
      (decision == core::FailureDecision::kSenderBlocked || decision == core::FailureDecision::kConfigurationAlarm)) {
    LogError("page failed: the provider's account or our sender needs attention",
             {{"page_id", request.page_id()}, {"error_code", request.error_code()}});
  }
  if (failed) {
    metrics
        .Counter("afterhours_receipt_errors_total", "Receipts of failure by the provider's code",
                 {{"error_code", CodeLabel(request.error_code())}})
        .Increment();
  }
  (failed ? LogWarning : LogInfo)("receipt recorded", {{"page_id", request.page_id()},
                                                       {"status", request.provider_status()},
                                                       {"error_code", request.error_code()},
                                                       {"outcome", outcome}});
}

}  // namespace afterhours::rpc
