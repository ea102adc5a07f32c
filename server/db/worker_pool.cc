#include "server/db/worker_pool.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace afterhours::db {
namespace {

constexpr absl::Duration kRetryDelayWhenFull = absl::Milliseconds(100);

}  // namespace

absl::Status QueueFull(std::size_t queue_length_max) {
  return WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                              absl::StrCat(queue_length_max, " requests wait already"),
                              {{"queue_length_max", absl::StrCat(queue_length_max)}}),
                        kRetryDelayWhenFull);
}

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down");
}

WorkerPool::WorkerPool(const std::string& url, int threads, std::size_t queue_length_max)
    : queue_length_max_(queue_length_max) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, url] { Run(url); });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

absl::Status WorkerPool::Submit(Work work) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return ShuttingDown();
    if (queue_.size() >= queue_length_max_) return QueueFull(queue_length_max_);
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return absl::OkStatus();
}

void WorkerPool::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins
}

void WorkerPool::Run(const std::string& url) {
  Connection connection(url);
  while (true) {
    Work work;
    {
      std::unique_lock<Mutex> lock(mutex_);
      const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_ || !queue_.empty(); };
      changed_.wait(lock, ready);
      const auto take = [this, &work]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        if (queue_.empty()) return false;
        work = std::move(queue_.front());
        queue_.pop_front();
        return true;
      };
      if (!take()) return;
    }
    work(connection);
  }
}

}  // namespace afterhours::db
