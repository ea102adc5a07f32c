#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Which dispatches to list.
struct ListFilter {
  std::vector<std::string> statuses;  // names; empty: any
  std::string business_id;            // empty: any
  std::string before_id;              // only dispatches older than this one; empty: from the newest
  int count_max = 50;
};

// Dispatches with their calls (without transcripts), newest first.
absl::StatusOr<std::vector<core::Snapshot>> ListDispatches(db::Transaction& transaction, const ListFilter& filter);

// What is new of a watched dispatch.
struct DispatchNews {
  v1::DispatchStatus status = v1::DISPATCH_STATUS_UNSPECIFIED;
  std::vector<core::Event> events;  // after the sequence asked for, oldest first
};

// The status of many dispatches and their events after a sequence each, by
// dispatch id. Dispatches that are not there are left out.
absl::StatusOr<std::map<std::string, DispatchNews>> ReadNews(db::Transaction& transaction,
                                                             const std::map<std::string, int>& after_sequence);

// The dispatch of the newest call with that id of its reporter; "" if none.
absl::StatusOr<std::string> FindDispatchByCall(db::Transaction& transaction, const std::string& external_call_id);

// Makes the history's partitions for this month and the next two.
absl::Status EnsureHistoryPartitions(db::Transaction& transaction, std::optional<absl::Time> now);

}  // namespace afterhours::store
