#pragma once

#include <condition_variable>
#include <functional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace afterhours {

// Calls `run_once` on a thread of its own: at once,
// then when woken, or after the span that `run_once` returned, but never later
// than `wait_max`: correctness must not hang on a wake-up that got lost.
class Loop {
 public:
  Loop(std::string name, absl::Duration wait_max, std::function<absl::Duration()> run_once);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts the thread. Does nothing when started.
  void Start();

  // Waits for the round under way, then ends the thread. Does nothing when
  // stopped, or never started.
  void Stop();

  // Makes the next round start now. Wake-ups that pile up are one. Thread safe.
  void Wake();

 private:
  void Run(std::stop_token stop);

  const std::string name_;
  const absl::Duration wait_max_;
  const std::function<absl::Duration()> run_once_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

// Waits for a span. The only other wait by time, for a retry that has nothing
// to be woken by; everything else runs in a Loop.
void Pause(absl::Duration span);

}  // namespace afterhours
