#include "server/store/recover.h"

#include <utility>

#include "base/ids.h"
#include "server/store/snapshots.h"

namespace afterhours::store {

absl::StatusOr<std::vector<Finding>> RecoverDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                                                       const std::set<std::string>& dispatch_ids,
                                                       const std::string& actor, bool dry_run) {
  auto snapshots =
      dry_run ? ReadSnapshots(transaction, now, dispatch_ids) : LockSnapshots(transaction, now, dispatch_ids);
  if (!snapshots.ok()) return snapshots.status();
  std::vector<Finding> findings;
  std::vector<core::Snapshot> stepped;
  for (auto& [dispatch_id, snapshot] : snapshots->by_id) {
    const std::vector<core::Trouble> troubles = core::FindTroubles(snapshot, snapshots->now);
    for (const core::Trouble& trouble : troubles) findings.push_back({dispatch_id, trouble});
    if (dry_run || troubles.empty()) continue;
    stepped.push_back(core::Step(std::move(snapshot), core::RecoverAsked{actor}, snapshots->now, &NewId));
  }
  if (const absl::Status status = WriteSnapshots(transaction, stepped); !status.ok()) return status;
  return findings;
}

}  // namespace afterhours::store
