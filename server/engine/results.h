#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "server/db/connection.h"
#include "server/engine/apply.h"
#include "server/engine/hand_overs.h"

namespace afterhours::engine {

// Writes what providers answered to hand-overs: all that has come in at once, and on a
// connection of its own, so that it waits for no claims, and no claims for it. A
// page's room is free again when its result is committed.
class Results {
 public:
  // `hand_overs`, which wake this, `clock` and `metrics` must outlive this. `changed`
  // is called after each commit, with whether it set something that is due soon.
  Results(const std::string& database_url, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
          std::function<void(bool due_soon)> changed);

  void Start() { loop_.Start(); }
  // Waits for what is with providers, until `grace` is over, and writes it. What is
  // unwritten then becomes UNCERTAIN by its lease.
  void Stop(absl::Duration grace);
  // Says that a result has come in. Thread safe.
  void Wake() { loop_.Wake(); }

 private:
  absl::Duration RunOnce();
  absl::Status Write();

  HandOvers& hand_overs_;
  const Clock& clock_;
  const std::function<void(bool due_soon)> changed_;
  db::Connection connection_;
  std::vector<DispatchInput> unwritten_;
  int failures_ = 0;  // in a row
  bool stopped_ = false;
  prometheus::Counter& failures_total_;

  Loop loop_;
};

}  // namespace afterhours::engine
