#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "server/db/connection.h"

namespace afterhours::db {

// What a pool answers when it takes no more: with a retry delay.
absl::Status QueueFull(std::size_t queue_length_max);
absl::Status ShuttingDown();

// A few threads, each with a connection of its own, that do what waits in a
// bounded queue. Handlers of RPCs must not block, so their work goes here.
class WorkerPool {
 public:
  using Work = std::function<void(Connection&)>;

  WorkerPool(const std::string& url, int threads, std::size_t queue_length_max);
  ~WorkerPool();

  // Hands over work. Errors: RESOURCE_EXHAUSTED (QUEUE_FULL) with a retry
  // delay, UNAVAILABLE (SHUTTING_DOWN); `work` is then not run. Thread safe.
  absl::Status Submit(Work work);

  // Does all that waits, then ends the threads. Work submitted later is refused.
  void Stop();

 private:
  void Run(const std::string& url);

  const std::size_t queue_length_max_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace afterhours::db
