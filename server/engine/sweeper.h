#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "server/db/connection.h"

namespace afterhours::engine {

// Looks for live dispatches that nothing would ever move on, and puts them right.
// By design there are none; this is what finds the bug. Goes through all live
// dispatches a stretch at a time, from its start on and again and again: a few
// thousand dispatches take seconds, a hundred thousand minutes.
class Sweeper {
 public:
  // `clock` and `metrics` must outlive this. `changed` is called after a commit
  // that put something right.
  Sweeper(std::string database_url, const Clock& clock, Metrics& metrics, std::function<void()> changed);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // One round: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  absl::Status Round();
  void Recover(const std::string& dispatch_id);

  const Clock& clock_;
  const std::function<void()> changed_;
  db::Connection connection_;
  std::string after_id_;
  prometheus::Counter& recovered_total_;
  Loop loop_;
};

}  // namespace afterhours::engine
