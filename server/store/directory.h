#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Which businesses to read. Deleted ones are never among them.
struct DirectorySelection {
  std::optional<absl::Time> now;   // overrides that ended long before it are forgotten; unset: the database's
  std::vector<std::string> names;  // ids or keys; empty: all, by key
  std::string after_key;           // ... that come after this one
  int count_max = 0;               // ... and at most so many
  bool lock = false;               // until the transaction ends
};

// All that is said of the selected businesses, by key, with what only the server
// knows (ids, times). Names that no business has are left out. Errors: ABORTED
// when a lock was waited for in vain; INTERNAL for one that cannot be read.
absl::StatusOr<std::vector<v1::BusinessDirectory>> ReadDirectories(db::Transaction& transaction,
                                                                   const DirectorySelection& selection);

// One business's change: from what ReadDirectories gave under a lock (without a
// business: it is new) to a normalized version (without a business: it goes).
struct DirectoryEdit {
  v1::BusinessDirectory before;
  v1::BusinessDirectory after;
};

// Writes what differs, with a line of history for each thing. `after` gets what
// the server sets itself. Errors: ALREADY_EXISTS (NUMBER_TAKEN, AGENT_TAKEN) when
// a number or a voice agent is another business's; ABORTED when a key, a number or
// an agent was taken at this moment: start over, and see by whom.
absl::Status WriteDirectories(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& actor,
                              std::vector<DirectoryEdit>& edits);

// What would fail tonight in these businesses; see core/directory_check.h.
absl::StatusOr<std::vector<v1::DirectoryFinding>> CheckDirectories(
    db::Transaction& transaction, std::optional<absl::Time> now, const std::vector<v1::BusinessDirectory>& directories,
    const std::set<v1::Channel>& channels);

// The moment that a statement takes for now.
absl::StatusOr<absl::Time> ReadNow(db::Transaction& transaction, std::optional<absl::Time> now);

// How long an override is kept after its end.
inline constexpr absl::Duration kPastOverridesKept = absl::Hours(24 * 31);
// Whether it ended longer ago.
bool IsForgotten(const v1::Override& change, absl::Time now);

// Lets a transaction stand still between its statements for a minute: for work on
// all of a directory.
absl::Status AllowLongPauses(db::Transaction& transaction);

// History of the directory, newest first.
struct ChangeFilter {
  std::string business;   // the id or the key of one, maybe deleted by now; empty: all
  std::string before_id;  // only older ones than this change; empty: from the newest
  int count_max = 0;
};
absl::StatusOr<std::vector<v1::DirectoryChange>> ListDirectoryChanges(db::Transaction& transaction,
                                                                      const ChangeFilter& filter);

// What tells two versions of a resource apart, whatever the server set in them.
std::string EtagOf(const google::protobuf::Message& resource);

}  // namespace afterhours::store
