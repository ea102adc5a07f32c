#pragma once

#include <string>

#include "base/clock.h"
#include "base/loop.h"
#include "server/db/connection.h"

namespace afterhours::engine {

// Keeps history's partitions made ahead of time, for this month and the next
// two. Rows never wait for it: without a partition they go to the default one.
class PartitionKeeper {
 public:
  // `clock` must outlive this.
  PartitionKeeper(std::string database_url, const Clock& clock);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // One round: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  const Clock& clock_;
  db::Connection connection_;
  Loop loop_;
};

}  // namespace afterhours::engine
