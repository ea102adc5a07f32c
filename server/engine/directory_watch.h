#pragma once

#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "server/core/directory_check.h"
#include "server/db/connection.h"

namespace afterhours::engine {

// Goes through the directory and counts what would fail tonight, for the metric
// afterhours_directory_problems{problem}. Dispatches under review whose business
// can be found by now go on.
class DirectoryWatch {
 public:
  // `channels` are those that some provider carries. `clock` and `metrics` must
  // outlive this.
  DirectoryWatch(std::string database_url, std::set<v1::Channel> channels, const Clock& clock, Metrics& metrics);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // Looks at some businesses; the figures change when all have been looked at.
  // Returns how long the next round can wait.
  absl::Duration RunOnce();

 private:
  void Publish();

  const std::set<v1::Channel> channels_;
  const Clock& clock_;
  Metrics& metrics_;
  db::Connection connection_;
  std::string after_key_;
  std::map<v1::DirectoryProblem, int> counts_;
  Loop loop_;
};

}  // namespace afterhours::engine
