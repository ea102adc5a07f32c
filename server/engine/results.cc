#include "server/engine/results.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr absl::Duration kFailureWaitFirst = absl::Milliseconds(100), kFailureWaitMax = absl::Seconds(1);
constexpr int kDoublingsMax = 4;

}  // namespace

Results::Results(const std::string& database_url, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
                 std::function<void(bool due_soon)> changed)
    : hand_overs_(hand_overs),
      clock_(clock),
      changed_(std::move(changed)),
      connection_(database_url),
      failures_total_(metrics.Counter("afterhours_result_failures_total", "Writes of page results that failed")),
      loop_("results", kIdle, [this] { return RunOnce(); }) {}

void Results::Stop(absl::Duration grace) {
  if (std::exchange(stopped_, true)) return;
  hand_overs_.Drain(absl::Now() + grace);
  loop_.Stop();
  if (absl::Status status = Write(); !status.ok()) {
    LogError("results of the last pages could not be written; their leases will tell", {{"error", status}});
  }
}

absl::Duration Results::RunOnce() {
  const absl::Status status = Write();
  if (status.ok()) {
    failures_ = 0;
    return kIdle;
  }
  failures_total_.Increment();
  LogWarning("page results could not be written", {{"error", status}});
  return std::min(kFailureWaitFirst * (1 << std::min(failures_++, kDoublingsMax)), kFailureWaitMax);
}

absl::Status Results::Write() {
  for (DispatchInput& result : hand_overs_.TakeResults()) unwritten_.push_back(std::move(result));
  if (unwritten_.empty()) return absl::OkStatus();
  Aftermath aftermath;  // results ask nothing: their timers do
  // The page of one that cannot be written is settled by its lease.
  const absl::Status status =
      ApplyEach(connection_, clock_, unwritten_, aftermath, [](const DispatchInput& result, const absl::Status& error) {
        LogError("a page's result cannot be written", {{"dispatch_id", result.dispatch_id}, {"error", error}});
      });
  const int count = static_cast<int>(unwritten_.size());
  if (!status.ok()) return Annotate(status, "write page results");
  unwritten_.clear();
  changed_(aftermath.due_soon);
  hand_overs_.Release(count);
  return absl::OkStatus();
}

}  // namespace afterhours::engine
