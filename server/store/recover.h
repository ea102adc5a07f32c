#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/step.h"
#include "server/db/connection.h"

namespace afterhours::store {

// What was wrong with a dispatch.
struct Finding {
  std::string dispatch_id;
  core::Trouble trouble;
};

// Finds what is wrong with the dispatches and puts it right in this transaction,
// or with `dry_run` only tells. `actor` stands in the history.
absl::StatusOr<std::vector<Finding>> RecoverDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                                                       const std::set<std::string>& dispatch_ids,
                                                       const std::string& actor, bool dry_run);

}  // namespace afterhours::store
