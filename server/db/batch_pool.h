#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "server/db/connection.h"
#include "server/db/worker_pool.h"

namespace afterhours::db {

// A few threads, each with a connection of its own, that serve requests of one kind,
// and all at once that wait at the same time: the more there is to do, the more of
// them share a commit, and a lonely one waits for nobody.
//
// Requests stand in lanes, which take turns, so that a number with a thousand calls
// does not keep another one's waiting. Thread safe.
template <typename Request>
class BatchPool {
 public:
  // A lock that one request waits for is waited for by its company.
  static constexpr absl::Duration kLockTimeout = absl::Milliseconds(100);

  struct Options {
    int threads = 1;
    std::size_t waiting_max = 0;     // of all lanes; more are refused
    std::size_t together_max = 128;  // served at once
  };
  // Answers each of them, whatever becomes of it.
  using Serve = std::function<void(Connection&, std::vector<Request>)>;

  BatchPool(const std::string& url, const Options& options, Serve serve) : options_(options), serve_(std::move(serve)) {
    for (int i = 0; i < options.threads; ++i) {
      threads_.emplace_back([this, url] { Run(url); });
    }
  }
  ~BatchPool() { Stop(); }

  // Hands over a request. Errors as WorkerPool's; it is then not served.
  absl::Status Submit(const std::string& lane, Request request) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return ShuttingDown();
      if (waiting_ >= options_.waiting_max) return QueueFull(options_.waiting_max);
      std::deque<Request>& requests = lanes_[lane];
      if (requests.empty()) turns_.push_back(lane);
      requests.push_back(std::move(request));
      ++waiting_;
    }
    changed_.notify_one();
    return absl::OkStatus();
  }

  // Serves all that waits, then ends the threads. What comes later is refused.
  void Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    threads_.clear();  // joins
  }

 private:
  void Run(const std::string& url) {
    Connection connection(url, kLockTimeout);
    while (true) {
      std::vector<Request> batch = Take();
      if (batch.empty()) return;
      serve_(connection, std::move(batch));
    }
  }

  // Waits for requests. Empty: it is over.
  std::vector<Request> Take() {
    std::unique_lock<Mutex> lock(mutex_);
    const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_ || waiting_ > 0; };
    changed_.wait(lock, ready);
    return TakeTurns();
  }

  std::vector<Request> TakeTurns() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<Request> batch;
    while (!turns_.empty() && batch.size() < options_.together_max) {
      const auto lane = lanes_.find(turns_.front());
      batch.push_back(std::move(lane->second.front()));
      lane->second.pop_front();
      --waiting_;
      if (lane->second.empty()) {
        lanes_.erase(lane);
      } else {
        turns_.push_back(std::move(turns_.front()));
      }
      turns_.pop_front();
    }
    return batch;
  }

  const Options options_;
  const Serve serve_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::unordered_map<std::string, std::deque<Request>> lanes_ ABSL_GUARDED_BY(mutex_);  // none is empty
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);                               // each lane once
  std::size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace afterhours::db
