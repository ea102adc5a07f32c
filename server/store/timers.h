#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Locks due timers and their dispatches, the longest due first, skipping those
// that another transaction holds. Returns keys by dispatch id.
absl::StatusOr<std::map<std::string, std::vector<core::TimerKey>>> LockDueTimers(db::Transaction& transaction,
                                                                                 std::optional<absl::Time> now,
                                                                                 int count_max);

// Until the earliest timer is due, zero or less when one is; infinite: there is none.
absl::StatusOr<absl::Duration> NextTimer(db::Transaction& transaction, std::optional<absl::Time> now);

// Lets the due timers of a dispatch that cannot be moved on wait for a minute.
absl::Status PostponeTimers(db::Transaction& transaction, std::optional<absl::Time> now,
                            const std::string& dispatch_id);

// A stretch of the live dispatches, in the order of their ids.
struct Stretch {
  std::vector<std::string> troubled;  // ids of those with something wrong
  int dispatch_count = 0;             // looked at
  std::string last_id;                // where the next stretch begins; empty: this was the last
};

// Looks at up to `count_max` live dispatches after `after_id` (empty: from the
// first) for what core::FindTroubles would find. Reads no snapshot: it costs a
// few index probes each.
absl::StatusOr<Stretch> FindTroubled(db::Transaction& transaction, std::optional<absl::Time> now,
                                     const std::string& after_id, int count_max);

}  // namespace afterhours::store
