#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Snapshots by dispatch id, and the moment at which they were read: the
// statement's time, which is what "now" means to the rules.
struct Snapshots {
  absl::Time now;
  std::map<std::string, core::Snapshot> by_id;
};

// Reads the dispatches with their calls, pages and whoever is on call now.
// Ids that no dispatch has are left out.
absl::StatusOr<Snapshots> ReadSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids);

// The same, and locks the dispatches' rows until the transaction ends. Every
// change of a dispatch, its pages or its history happens under this lock.
absl::StatusOr<Snapshots> LockSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids);

// Writes what the rules changed in locked snapshots: dispatches, calls, pages,
// the outbox, timers, suppressions and new events, a statement or two a table.
absl::Status WriteSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots);

// Writes dispatches that are not in the database yet, with all that is theirs.
absl::Status InsertSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots);

// Whoever is on call now for each business, first to page first.
absl::StatusOr<std::map<std::string, std::vector<core::OnCallTechnician>>> ReadOnCall(
    db::Transaction& transaction, const std::set<std::string>& business_ids);

// What is known not to work for each business, and still holds.
absl::StatusOr<std::map<std::string, std::vector<core::Suppression>>> ReadSuppressions(
    db::Transaction& transaction, std::optional<absl::Time> now, const std::set<std::string>& business_ids);

}  // namespace afterhours::store
