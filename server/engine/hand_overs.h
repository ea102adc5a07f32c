#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/provider.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "server/core/step.h"
#include "server/engine/apply.h"

namespace afterhours::engine {

// A page that this process has claimed: SENDING is committed, or about to be.
struct Claim {
  std::string dispatch_id;
  std::string business_id;
  OutgoingPage page;
  std::int64_t epoch;
  Provider* provider;
};

// The pages of this process that are with providers, and what came of them. Whoever
// claims one takes room for it first, so that never more are under way than the
// providers shall have at once. Thread safe.
class HandOvers {
 public:
  // `owner` names this process in claims; unique. `metrics` must outlive this, and
  // `providers` must have called back for all pages before this goes. `arrived` is
  // called when a result has come in, `room` when there is room again for whoever got
  // none.
  HandOvers(std::string owner, std::vector<Provider*> providers, int in_flight_max, Metrics& metrics,
            std::function<void()> arrived, std::function<void()> room);

  // Takes room for up to `wanted` pages; returns for how many there was.
  int Reserve(int wanted);
  // Gives back room that was not used, or whose pages' results are written.
  void Release(int count);

  // Within the transaction that holds the dispatch's lock: steps it through the
  // claims of its planned pages `page_ids` and adds them to `claims`. A page whose
  // channel nobody carries gives way instead: `snapshot` must know who is on call
  // when CarriesAll says that there is one.
  void Take(core::Snapshot& snapshot, const std::vector<std::string>& page_ids, absl::Time now,
            std::vector<Claim>& claims) const;
  // Whether all those pages have a provider.
  bool CarriesAll(const core::Snapshot& snapshot, const std::vector<std::string>& page_ids) const;

  // After the commit: hands the pages to their providers, each in reserved room.
  // `committed` are their dispatches. `begin` is when their claims began.
  void Send(std::vector<Claim> claims, std::vector<core::Snapshot> committed, absl::Time begin);

  // The results that have come in since.
  std::vector<DispatchInput> TakeResults();
  // Waits until nothing is with a provider, or the deadline.
  void Drain(absl::Time deadline);
  // Pages with providers by business.
  std::map<std::string, int> by_business() const;

 private:
  void Begin(const std::string& business_id);
  void Add(const std::string& business_id, DispatchInput result);
  void HandOver(Claim claim, std::shared_ptr<const core::Snapshot> committed);
  void Report(const std::string& dispatch_id, const std::string& page_id, const SendResult& result,
              absl::Duration took);

  const std::string owner_;
  const std::vector<Provider*> providers_;
  const int in_flight_max_;
  const std::function<void()> arrived_;
  const std::function<void()> room_;

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;      // room: reserved, with a provider, or unwritten
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;  // with providers
  bool room_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, int> by_business_ ABSL_GUARDED_BY(mutex_);
  std::vector<DispatchInput> results_ ABSL_GUARDED_BY(mutex_);

  prometheus::Counter& accepted_total_;
  prometheus::Counter& refused_total_;
  prometheus::Counter& unknown_total_;
  prometheus::Histogram& hand_over_seconds_;
};

}  // namespace afterhours::engine
