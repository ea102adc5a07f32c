#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "adapters/bridge/journal.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"

namespace afterhours::bridge {

// Hands one line of the journal to dispatchd, in order of arrival.
//
// An entry goes when dispatchd has committed it, so one may be sent twice:
// requests must be idempotent, and webhooks' are. What dispatchd refuses is set
// aside, and so is one at which it fails for a minute while it takes the next.
class Replayer {
 public:
  // Hands a payload over. INVALID_ARGUMENT, NOT_FOUND and FAILED_PRECONDITION
  // are for good; anything else may pass.
  using Call = std::function<absl::Status(const std::string& payload)>;

  // The journal, `clock` and `metrics` must outlive this.
  Replayer(JournalKind kind, Journal& journal, const Clock& clock, Metrics& metrics, Call call);

  void Start() { loop_.Start(); }
  void Stop();

  // Replays soon. Thread safe.
  void Wake() { loop_.Wake(); }

  // Whether dispatchd failed at the last request of this kind. Thread safe.
  bool blocked() const { return blocked_; }
  // It did, at one that did not come from the journal. Thread safe.
  void Block() { blocked_ = true; }

  // Replays a batch; returns after which span to come again. For the loop and
  // tests; not thread safe with itself.
  absl::Duration ReplayOnce();

 private:
  absl::Status HandOver(const JournalEntry& entry);
  bool IsStuck(const JournalEntry& entry, const absl::Status& error);
  absl::Status Refuse(const JournalEntry& entry, const absl::Status& error);
  absl::Duration ComeBackAfter(const absl::Status& error);

  const JournalKind kind_;
  Journal& journal_;
  const Clock& clock_;
  prometheus::Counter& replayed_;
  prometheus::Counter& refused_;
  prometheus::Counter& errors_;
  const Call call_;
  int failures_ = 0;                 // rounds in a row that made no headway
  std::int64_t stuck_sequence_ = 0;  // the first in line, if dispatchd fails at it ...
  absl::Time stuck_since_;           // ... since then
  std::atomic<bool> blocked_{false};
  std::atomic<bool> stopping_{false};
  Loop loop_;
};

// Whether a request that failed so may succeed later.
bool MayPass(const absl::Status& error);

}  // namespace afterhours::bridge
