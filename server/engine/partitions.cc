#include "server/engine/partitions.h"

#include <utility>

#include "base/log.h"
#include "server/store/history.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kInterval = absl::Hours(6);
constexpr absl::Duration kFailureWait = absl::Minutes(10);

}  // namespace

PartitionKeeper::PartitionKeeper(std::string database_url, const Clock& clock)
    : clock_(clock),
      connection_(std::move(database_url)),
      loop_("partitions", kInterval, [this] { return RunOnce(); }) {}

absl::Duration PartitionKeeper::RunOnce() {
  const absl::Status status = connection_.Transact([this](db::Transaction& transaction) {
    return store::EnsureHistoryPartitions(transaction, clock_.StatementTime());
  });
  if (status.ok()) return kInterval;
  LogWarning("history partitions could not be made", {{"error", status}});
  return kFailureWait;
}

}  // namespace afterhours::engine
