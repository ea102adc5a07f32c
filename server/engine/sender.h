#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "adapters/provider.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "server/core/step.h"
#include "server/db/connection.h"
#include "server/engine/apply.h"
#include "server/store/pages.h"

namespace afterhours::engine {

// Sends the pages in the outbox. Any number of senders, in any number of
// processes, may work on one database.
//
// A round writes the results that have come in, declares the pages of senders
// that died UNCERTAIN, then claims due pages: SENDING with owner, lease and
// epoch is committed before the provider hears of the page. The lease outlasts
// the hand-over, so a page whose lease ran out has no sender.
class Sender {
 public:
  struct Options {
    std::string database_url;
    std::string owner;       // names this process in claims; unique
    int in_flight_max = 64;  // pages with providers at once
    // Other replicas' pages and expired leases are found at least this often.
    absl::Duration poll_interval = absl::Milliseconds(250);
  };

  // `clock` and `metrics` must outlive this; `providers` must have called back
  // for all pages before this goes. `changed` is called after each commit.
  Sender(Options options, std::vector<Provider*> providers, const Clock& clock, Metrics& metrics,
         std::function<void()> changed);
  ~Sender();

  void Start();

  // Claims nothing more, waits for what is with providers and writes its
  // results, until `grace` is over. Those still unsettled then become UNCERTAIN
  // by their leases.
  void Stop(absl::Duration grace);

  // Says that a page may be due. Thread safe.
  void Wake();

  // One round, as the loop runs it: returns how long the next one can wait.
  absl::Duration RunOnce();

 private:
  struct Claimed {
    std::string dispatch_id;
    std::string business_id;
    OutgoingPage page;
    std::int64_t epoch;
    Provider* provider;
  };
  // Results on their way from the providers' threads to the loop's.
  class Results {
   public:
    void Begin(const std::string& business_id);
    void Add(const std::string& business_id, DispatchInput result);
    std::vector<DispatchInput> Take();
    int in_flight();
    std::map<std::string, int> in_flight_by_business();
    // Waits until nothing is in flight, or the deadline.
    void Drain(absl::Time deadline);

   private:
    Mutex mutex_;
    std::condition_variable_any changed_;
    int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
    std::map<std::string, int> by_business_ ABSL_GUARDED_BY(mutex_);
    std::vector<DispatchInput> done_ ABSL_GUARDED_BY(mutex_);
  };

  absl::StatusOr<absl::Duration> Round();
  absl::Status WriteResults();
  // As ApplyEach.
  absl::Status Write(const std::vector<DispatchInput>& inputs,
                     absl::FunctionRef<void(const DispatchInput&, const absl::Status&)> on_error);
  absl::StatusOr<store::OutboxState> ReadOutbox();
  absl::Status ExpireLeases();
  absl::StatusOr<std::vector<Claimed>> Claim(int count_max);
  // Never OK: the round ends.
  absl::Status PostponePage(const std::string& page_id);
  void HandOver(Claimed claimed);
  void Report(const std::string& dispatch_id, const std::string& page_id, const SendResult& result,
              absl::Duration took);

  const Options options_;
  const std::vector<Provider*> providers_;
  const Clock& clock_;
  const std::function<void()> changed_;
  db::Connection connection_;
  Results results_;
  std::vector<DispatchInput> unwritten_;          // taken from results_, not committed yet
  int one_by_one_left_ = 0;                       // claims of one page each, after one failed
  int failures_ = 0;                              // rounds in a row
  std::map<std::string, absl::Time> unwritable_;  // dispatches whose lease could not be expired, and when
  bool stopping_ = false;

  prometheus::Counter& accepted_total_;
  prometheus::Counter& refused_total_;
  prometheus::Counter& unknown_total_;
  prometheus::Counter& round_failures_total_;
  prometheus::Histogram& hand_over_seconds_;
  prometheus::Gauge& oldest_due_age_seconds_;

  Loop loop_;
};

}  // namespace afterhours::engine
