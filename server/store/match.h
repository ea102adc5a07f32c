#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"
#include "server/store/snapshots.h"

namespace afterhours::store {

// The business that a call is for: by the called number, else by the voice agent
// that took it, else the only one. Its id is kNilId when none is found.
struct Match {
  core::Business business;
  std::string policy_id;
  std::string policies;  // as they are stored
  std::string rule;      // how it was found, or why not, for people
  bool caller_waits = false;  // a dispatch of this caller was under way there
  bool suppressed = false;    // it had suppressions
};

// Matches for calls, in order, the moment at which they were read, and the rosters
// of the businesses that were found, kNilId's for calls without one.
struct Matches {
  absl::Time now;
  std::vector<Match> of_calls;
  std::map<std::string, Roster> rosters;  // by business id
};
absl::StatusOr<Matches> MatchBusinesses(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::vector<core::Call>& calls);

}  // namespace afterhours::store
