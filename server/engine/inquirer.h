#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/provider.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "server/db/connection.h"
#include "server/engine/apply.h"
#include "server/engine/inquiry.h"

namespace afterhours::engine {

// Asks providers what became of pages, and for replies whose webhook was lost,
// and tells the rules what they answer. Only reads at providers: an inquiry that
// is lost, with its process or with a full queue, is made again by its timer.
class Inquirer {
 public:
  struct Options {
    std::string database_url;
    std::size_t queue_length_max = 10000;
    int in_flight_max = 8;  // few: a provider that is slow has no need of questions
  };

  // `clock` and `metrics` must outlive this; `providers` must have called back
  // before this goes. `changed` is called after each commit.
  Inquirer(Options options, std::vector<Provider*> providers, const Clock& clock, Metrics& metrics,
           std::function<void()> changed);

  void Start() { loop_.Start(); }
  // Waits for the round under way. What is with providers then comes to nothing.
  void Stop() { loop_.Stop(); }

  // Takes inquiries. Thread safe.
  void Ask(std::vector<Inquiry> inquiries);

  // One round, as the loop runs it: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  struct Answer {
    Inquiry inquiry;
    LookUpResult result;
  };

  void Begin(const Inquiry& inquiry);
  void TakeReplies(const absl::StatusOr<std::vector<v1::TextReply>>& replies);
  void End();
  absl::Status WriteAnswers();
  // What an answer means, and what it tells the rules. Without a value: nothing.
  absl::StatusOr<std::optional<core::PageLookedUp>> Judge(const Answer& answer);
  // Leaves only what can be the page.
  absl::Status LeaveOutOthers(const Inquiry& inquiry, LookUpResult& result);
  absl::Status WriteReplies();

  const Options options_;
  const std::vector<Provider*> providers_;
  const Clock& clock_;
  const std::function<void()> changed_;
  db::Connection connection_;
  std::vector<DispatchInput> unwritten_;  // judged, not committed yet

  Mutex mutex_;
  std::deque<Inquiry> waiting_ ABSL_GUARDED_BY(mutex_);
  // Those of them that list replies, by conversation, and since when: one listing
  // serves all dispatches for which somebody was paged.
  std::map<std::pair<std::string, std::string>, absl::Time> listings_ ABSL_GUARDED_BY(mutex_);
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::TextReply> replies_ ABSL_GUARDED_BY(mutex_);

  prometheus::Counter& found_total_;
  prometheus::Counter& not_found_total_;
  prometheus::Counter& unknown_total_;
  prometheus::Counter& found_replies_total_;

  Loop loop_;
};

}  // namespace afterhours::engine
