#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "server/db/connection.h"
#include "server/engine/apply.h"
#include "server/engine/hand_overs.h"
#include "server/store/pages.h"

namespace afterhours::engine {

// Sends the pages in the outbox. Any number of senders, in any number of
// processes, may work on one database.
//
// A round declares the pages of senders that died UNCERTAIN, then claims due pages:
// SENDING with owner, lease and epoch is committed before the provider hears of the
// page. The lease outlasts the hand-over, so a page whose lease ran out has no sender.
class Sender {
 public:
  struct Options {
    std::string database_url;
    int batch_max = 256;  // pages that are claimed in one transaction
    // Other replicas' pages and expired leases are found at least this often.
    absl::Duration poll_interval = absl::Milliseconds(250);
  };

  // `hand_overs`, which wake this, `clock` and `metrics` must outlive this. `changed`
  // is called after each commit, with whether it set something that is due soon.
  Sender(Options options, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
         std::function<void(bool due_soon)> changed);

  void Start() { loop_.Start(); }
  // Claims nothing more. Waits for the round under way.
  void Stop() { loop_.Stop(); }
  // Says that a page may be due, or that there is room for one. Thread safe.
  void Wake() { loop_.Wake(); }

  // One round, as the loop runs it: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  absl::StatusOr<absl::Duration> Round();
  absl::StatusOr<store::OutboxState> ReadOutbox();
  absl::Status ExpireLeases();
  // Claims and hands over; how many pages were locked.
  absl::StatusOr<int> ClaimDue(int count_max);
  // Never OK: the round ends.
  absl::Status PostponePage(const std::string& page_id);

  const Options options_;
  HandOvers& hand_overs_;
  const Clock& clock_;
  const std::function<void(bool due_soon)> changed_;
  db::Connection connection_;
  std::string last_business_id_;                  // whose turn came last
  int one_by_one_left_ = 0;                       // claims of one page each, after one failed
  int failures_ = 0;                              // rounds in a row
  std::map<std::string, absl::Time> unwritable_;  // dispatches whose lease could not be expired, and when

  prometheus::Counter& round_failures_total_;
  prometheus::Gauge& oldest_due_age_seconds_;

  Loop loop_;
};

}  // namespace afterhours::engine
