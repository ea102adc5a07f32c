#include "server/engine/sweeper.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "server/store/recover.h"
#include "server/store/timers.h"

namespace afterhours::engine {
namespace {

// Little at a time, so that nothing that is due waits behind it.
constexpr absl::Duration kInterval = absl::Milliseconds(200);
constexpr int kStretchMax = 200;

}  // namespace

Sweeper::Sweeper(std::string database_url, const Clock& clock, Metrics& metrics, std::function<void()> changed)
    : clock_(clock),
      changed_(std::move(changed)),
      connection_(std::move(database_url)),
      recovered_total_(metrics.Counter("afterhours_recovered_total", "Things that were wrong and were put right")),
      loop_("sweeper", kInterval, [this] { return RunOnce(); }) {}

absl::Duration Sweeper::RunOnce() {
  if (const absl::Status status = Round(); !status.ok()) LogWarning("sweep failed", {{"error", status}});
  return kInterval;
}

absl::Status Sweeper::Round() {
  store::Stretch stretch;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    auto found = store::FindTroubled(transaction, clock_.StatementTime(), after_id_, kStretchMax);
    if (found.ok()) stretch = *std::move(found);
    return found.status();
  });
  if (!status.ok()) return Annotate(status, "sweep live dispatches");
  after_id_ = stretch.last_id;
  for (const std::string& dispatch_id : stretch.troubled) Recover(dispatch_id);
  return absl::OkStatus();
}

void Sweeper::Recover(const std::string& dispatch_id) {
  std::vector<store::Finding> findings;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    findings.clear();
    auto recovered =
        store::RecoverDispatches(transaction, clock_.StatementTime(), {dispatch_id}, "system", /*dry_run=*/false);
    if (recovered.ok()) findings = *std::move(recovered);
    return recovered.status();
  });
  if (!status.ok()) {
    return LogError("a dispatch cannot be put right", {{"dispatch_id", dispatch_id}, {"error", status}});
  }
  for (const store::Finding& finding : findings) {
    recovered_total_.Increment();
    LogWarning("a dispatch was put right", {{"dispatch_id", finding.dispatch_id},
                                            {"page_id", finding.trouble.page_id},
                                            {"problem", v1::RecoverProblem_Name(finding.trouble.problem)},
                                            {"action", finding.trouble.action}});
  }
  if (!findings.empty()) changed_();
}

}  // namespace afterhours::engine
