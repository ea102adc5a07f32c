#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/step.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Dispatches that wait for something to be said or changed, and go on when it is.

// Gives a dispatch under review its business, and lets it go on. One that is that
// business's already stays as it is. Errors: NOT_FOUND (DISPATCH_NOT_FOUND,
// BUSINESS_NOT_FOUND), FAILED_PRECONDITION (NOT_UNDER_REVIEW).
absl::StatusOr<core::Snapshot> AssignBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                              const std::string& dispatch_id, const std::string& business_id,
                                              const std::string& actor, const std::string& rule);

// After a change of the directory: dispatches under review whose business can be
// found now go on, and so do those of `business_ids` that wait for somebody to
// page. At most some hundreds at once; whoever is left over asks within a minute,
// or waits for the next change.
absl::Status MoveOn(db::Transaction& transaction, std::optional<absl::Time> now,
                    const std::set<std::string>& business_ids, const std::string& actor);

// The second of these alone.
absl::Status MoveWaiting(db::Transaction& transaction, std::optional<absl::Time> now,
                         const std::set<std::string>& business_ids, const core::RosterChanged& changed);

// A call whose business is not known is about to be recorded: until the end of the
// transaction, no change of the directory goes past it unseen, nor it past one.
// Whoever calls this looks for the business once more.
absl::Status HoldDirectory(db::Transaction& transaction);

// NOT_FOUND (DISPATCH_NOT_FOUND), (BUSINESS_NOT_FOUND).
absl::Status DispatchNotFound(const std::string& id);
absl::Status BusinessNotFound(const std::string& name);

}  // namespace afterhours::store
