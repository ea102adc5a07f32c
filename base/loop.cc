#include "base/loop.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace afterhours {

Loop::Loop(std::string name, absl::Duration wait_max, std::function<absl::Duration()> run_once)
    : name_(std::move(name)), wait_max_(wait_max), run_once_(std::move(run_once)) {}

Loop::~Loop() { Stop(); }

void Loop::Start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  pthread_setname_np(thread_.native_handle(), name_.substr(0, 15).c_str());
}

void Loop::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Loop::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Pause(absl::Duration span) { absl::SleepFor(span); }

void Loop::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const absl::Duration wait = std::clamp(run_once_(), absl::ZeroDuration(), wait_max_);
    std::unique_lock<Mutex> lock(mutex_);
    changed_.wait_for(lock, stop, absl::ToChronoMicroseconds(wait),
                      [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return woken_; });
    ([this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { woken_ = false; })();
  }
}

}  // namespace afterhours
