#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "server/db/connection.h"
#include "server/engine/hand_overs.h"
#include "server/engine/inquiry.h"

namespace afterhours::engine {

// Makes timers happen. Any number of these, in any number of processes, may
// work on one database, and none is special.
//
// A round looks ahead to the earliest timer and says how long the loop may
// sleep. Due timers are claimed, stepped and written in one transaction, many at
// a time: whoever dies before its commit has done nothing, and another takes them.
// Pages that are planned thereby are claimed in the same transaction while there is
// room for them, and handed over after it; the outbox is for all others.
class Timers {
 public:
  struct Options {
    std::string database_url;
    int batch_max = 100;
    // Timers that another process set are found at least this often.
    absl::Duration poll_interval = absl::Milliseconds(250);
  };

  // `hand_overs`, `clock` and `metrics` must outlive this. `changed` is called after
  // each commit, with whether pages are left to send; `ask` is handed what is to be
  // asked of providers, and `fired` each dispatch whose timers have fired.
  Timers(Options options, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
         std::function<void(bool pages_left)> changed, std::function<void(std::vector<Inquiry>)> ask,
         std::function<void(const core::Snapshot&)> fired);

  void Start() { loop_.Start(); }
  // Waits for the round under way.
  void Stop() { loop_.Stop(); }
  // Says that an earlier timer may have been set. Thread safe.
  void Wake() { loop_.Wake(); }

  // One round, as the loop runs it: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  absl::StatusOr<absl::Duration> Round();
  absl::StatusOr<absl::Duration> ReadNext();
  // How many timers fired.
  absl::StatusOr<int> FireDue(int count_max);
  // After the commit.
  void TellOf(const std::vector<core::Snapshot>& stepped, absl::Time now);
  // Never OK: the round ends.
  absl::Status Postpone(const std::string& dispatch_id);

  const Options options_;
  HandOvers& hand_overs_;
  const Clock& clock_;
  const std::function<void(bool pages_left)> changed_;
  const std::function<void(std::vector<Inquiry>)> ask_;
  const std::function<void(const core::Snapshot&)> fired_;
  db::Connection connection_;
  int one_by_one_left_ = 0;  // rounds of one timer each, after one failed
  int failures_ = 0;         // rounds in a row

  prometheus::Counter& fired_total_;
  prometheus::Counter& round_failures_total_;
  prometheus::Gauge& oldest_due_age_seconds_;
  prometheus::Histogram& lateness_seconds_;

  Loop loop_;
};

}  // namespace afterhours::engine
