#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"
#include "server/db/row_reader.h"

namespace afterhours::store {

// Snapshots by dispatch id, and the moment at which they were read: the
// statement's time, which is what "now" means to the rules.
struct Snapshots {
  absl::Time now;
  std::map<std::string, core::Snapshot> by_id;
  bool suppressed = false;  // something is known not to work for one of the businesses
};

// Reads the dispatches with their calls, pages and whoever is on call now.
// Ids that no dispatch has are left out.
absl::StatusOr<Snapshots> ReadSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids);

// The same, and locks the dispatches' rows until the transaction ends. Every
// change of a dispatch, its pages or its history happens under this lock.
absl::StatusOr<Snapshots> LockSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids);

// The same, but dispatches of `known` (by id, as they were committed) that have no
// event more since then are taken from there, not read. What changes without an event
// is as it was then: who is on call, what is known not to work, how often a page was
// asked about.
absl::StatusOr<Snapshots> LockSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids,
                                        const std::map<std::string, const core::Snapshot*>& known);

// Locks nothing, and leaves out who is on call and what is known not to work.
absl::StatusOr<Snapshots> ReadDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                                         const std::set<std::string>& dispatch_ids);

// Writes what the rules changed in locked snapshots: dispatches, calls, pages,
// the outbox, timers, suppressions and new events, a statement or two a table.
absl::Status WriteSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots);

// Writes dispatches that are not in the database yet, with all that is theirs.
absl::Status InsertSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots);

// Who is on call for a business, and how its calls are judged.
struct Roster {
  std::vector<core::OnCallTechnician> on_call;  // first to page first
  std::optional<absl::Time> next_change;        // see core::Snapshot
  v1::Trade trade = v1::TRADE_UNSPECIFIED;
  std::vector<v1::UrgencyRule> urgency_rules;
  absl::Duration repeat_call_window;
};

// Adds the one that a row of the view `rosters` holds, with who is on call at `now`:
// reads business_id, time_zone, details and technicians. By business id.
void ReadRoster(db::RowReader& row, absl::Time now, std::map<std::string, Roster>& rosters);

// Of each business at `now`.
absl::StatusOr<std::map<std::string, Roster>> ReadRosters(db::Transaction& transaction, absl::Time now,
                                                          const std::set<std::string>& business_ids);

// Gives the rules what they need of it.
void Fill(const Roster& roster, core::Snapshot& snapshot);

// What is known not to work for each business, and still holds.
absl::StatusOr<std::map<std::string, std::vector<core::Suppression>>> ReadSuppressions(
    db::Transaction& transaction, std::optional<absl::Time> now, const std::set<std::string>& business_ids);

}  // namespace afterhours::store
