#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/core/step.h"
#include "server/db/connection.h"
#include "server/store/snapshots.h"

namespace afterhours::store {

// Whose turn it is to have pages sent.
struct Turns {
  std::map<std::string, int> in_flight;  // pages with providers by business
  std::string last_business_id;          // the last one that had its turn; empty: nobody
};
// Due pages that were locked with their dispatches.
struct DuePages {
  std::map<std::string, std::vector<std::string>> by_dispatch_id;
  std::string last_business_id;  // whose turn came last, for the next Turns
};
// Locks up to `count_max` due pages and their dispatches, skipping those that another
// transaction holds. When more are due they are taken from a stretch of the businesses
// that follows `last_business_id`, of each in turn, first from those who have least in flight.
absl::StatusOr<DuePages> LockDuePages(db::Transaction& transaction, std::optional<absl::Time> now, int count_max,
                                      const Turns& turns);

// Lets a page that cannot be claimed wait for a minute.
absl::Status PostponePage(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& page_id);

// What there is to do for senders.
struct OutboxState {
  // Until the earliest page is due, zero or less when one is; infinite: none waits.
  absl::Duration next_due = absl::InfiniteDuration();
  bool lease_expired = false;  // some page's sender is gone
};
absl::StatusOr<OutboxState> ReadOutboxState(db::Transaction& transaction, std::optional<absl::Time> now);

// A page whose sender's lease ran out: the sender died, or lost the database.
struct ExpiredLease {
  std::string dispatch_id;
  std::string page_id;
  std::int64_t epoch;
};
absl::StatusOr<std::vector<ExpiredLease>> FindExpiredLeases(db::Transaction& transaction, std::optional<absl::Time> now,
                                                            int count_max);

// Which page and dispatch a receipt is of. Both empty: unknown.
struct PageKey {
  std::string page_id;
  std::string dispatch_id;
};
// For each receipt in order: by page id first, then by the provider's id.
absl::StatusOr<std::vector<PageKey>> FindPages(db::Transaction& transaction,
                                               const std::vector<core::Receipt>& receipts);

// Our recent other pages to an address, over all businesses.
struct OtherPages {
  std::set<std::string> message_ids;  // the provider's
  bool uncertain = false;             // one of the last hour, on that channel, may be with it under an unknown id
};
absl::StatusOr<OtherPages> ReadOtherPages(db::Transaction& transaction, std::optional<absl::Time> now,
                                          const std::string& to_address, const std::string& page_id,
                                          v1::Channel channel);

// Keeps a receipt whose page is unknown.
absl::Status KeepUnmatchedReceipt(db::Transaction& transaction, std::optional<absl::Time> now,
                                  const core::Receipt& receipt);

}  // namespace afterhours::store
