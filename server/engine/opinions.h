#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/opinion.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"
#include "server/engine/apply.h"

namespace afterhours::engine {

// Asks a model how urgent calls are, and tells the rules what it answers. Asks
// once, and few at a time: an opinion that is lost, late or nonsense is done
// without, for the rules have judged already and the pages are on their way.
class Opinions {
 public:
  struct Options {
    std::string database_url;
    std::size_t queue_length_max = 64;
    int in_flight_max = 4;
  };

  // `clock` and `metrics` must outlive this; `source` must have called back
  // before this goes. `changed` is called after each commit.
  Opinions(Options options, OpinionSource& source, const Clock& clock, Metrics& metrics, std::function<void()> changed);

  void Start() { loop_.Start(); }
  // Waits for the round under way. What is with the model then comes to nothing.
  void Stop() { loop_.Stop(); }

  // After a commit: takes the question, if the rules ask one about `snapshot`.
  // Thread safe.
  void Take(const core::Snapshot& snapshot);

  // One round, as the loop runs it: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  struct Asked {
    std::string dispatch_id;
    v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;  // as it was then
    OpinionQuestion question;
  };
  struct Answer {
    std::string dispatch_id;
    v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
    Opinion opinion;
    double seconds = 0;
  };

  void Begin(Asked asked);
  // Counts an answer and logs what came of it.
  void Judge(const Answer& answer);
  absl::Status WriteRaised();
  void Count(const char* outcome);

  const Options options_;
  OpinionSource& source_;
  const Clock& clock_;
  const std::function<void()> changed_;
  db::Connection connection_;
  std::vector<DispatchInput> unwritten_;  // what is more urgent than it was, not committed yet

  Mutex mutex_;
  std::deque<Asked> waiting_ ABSL_GUARDED_BY(mutex_);
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);

  Metrics& metrics_;
  prometheus::Histogram& seconds_;

  Loop loop_;
};

}  // namespace afterhours::engine
