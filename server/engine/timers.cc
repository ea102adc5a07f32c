#include "server/engine/timers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/step.h"
#include "server/engine/apply.h"
#include "server/store/snapshots.h"
#include "server/store/timers.h"

namespace afterhours::engine {
namespace {

// A due timer that could not be locked is tried again after this.
constexpr absl::Duration kContendedWait = absl::Milliseconds(5);
constexpr absl::Duration kFailureWaitFirst = absl::Milliseconds(100), kFailureWaitMax = absl::Seconds(1);
constexpr int kDoublingsMax = 4;

// Pages that were planned in this transaction and are due, so many at most. What is
// in the outbox is the sender's.
std::vector<std::string> PlannedNow(const core::Snapshot& snapshot, absl::Time now, int count_max) {
  std::vector<std::string> page_ids;
  for (const core::Page& page : snapshot.pages) {
    if (static_cast<int>(page_ids.size()) >= count_max) break;
    if (!page.queued && page.due_time.has_value() && *page.due_time <= now) page_ids.push_back(page.id);
  }
  return page_ids;
}

bool HasPagesToSend(const core::Snapshot& snapshot, absl::Time by) {
  return std::any_of(snapshot.pages.begin(), snapshot.pages.end(),
                     [by](const core::Page& page) { return page.due_time.has_value() && *page.due_time <= by; });
}

}  // namespace

Timers::Timers(Options options, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
               std::function<void(bool pages_left)> changed, std::function<void(std::vector<Inquiry>)> ask,
               std::function<void(const core::Snapshot&)> fired)
    : options_(std::move(options)),
      hand_overs_(hand_overs),
      clock_(clock),
      changed_(std::move(changed)),
      ask_(std::move(ask)),
      fired_(std::move(fired)),
      connection_(options_.database_url),
      fired_total_(metrics.Counter("afterhours_timers_fired_total", "Timers that were due and have happened")),
      round_failures_total_(metrics.Counter("afterhours_timer_failures_total", "Rounds that failed")),
      oldest_due_age_seconds_(
          metrics.Gauge("afterhours_oldest_due_timer_age_seconds", "How long the oldest due timer has waited")),
      lateness_seconds_(metrics.Seconds("afterhours_timer_lateness_seconds",
                                        "From when the oldest timer of a batch was due to its commit")),
      loop_("timers", options_.poll_interval, [this] { return RunOnce(); }) {}

absl::Duration Timers::RunOnce() {
  const absl::StatusOr<absl::Duration> wait = Round();
  if (wait.ok()) {
    failures_ = 0;
    return *wait;
  }
  round_failures_total_.Increment();
  LogWarning("timer round failed", {{"error", wait.status()}});
  return std::min(kFailureWaitFirst * (1 << std::min(failures_++, kDoublingsMax)), kFailureWaitMax);
}

absl::StatusOr<absl::Duration> Timers::Round() {
  const absl::StatusOr<absl::Duration> next = ReadNext();
  if (!next.ok()) return next.status();
  if (*next > absl::ZeroDuration()) return *next;
  const absl::Time begin = absl::Now();
  const bool one_by_one = one_by_one_left_ > 0;
  if (one_by_one) --one_by_one_left_;
  const absl::StatusOr<int> fired = FireDue(one_by_one ? 1 : options_.batch_max);
  // One that cannot be written must not hold up the others.
  if (!fired.ok() && !IsPassing(fired.status())) one_by_one_left_ = options_.batch_max;
  if (!fired.ok()) return fired.status();
  if (*fired == 0) return kContendedWait;
  fired_total_.Increment(*fired);
  lateness_seconds_.Observe(absl::ToDoubleSeconds(absl::Now() - begin - *next));
  return absl::ZeroDuration();
}

absl::StatusOr<absl::Duration> Timers::ReadNext() {
  absl::Duration next;
  const absl::Status status = connection_.Read([&](db::Transaction& transaction) {
    const auto read = store::NextTimer(transaction, clock_.StatementTime());
    if (read.ok()) next = *read;
    return read.status();
  });
  if (!status.ok()) return Annotate(status, "read the next timer");
  const bool waits = next != absl::InfiniteDuration();
  oldest_due_age_seconds_.Set(waits ? std::max(0.0, -absl::ToDoubleSeconds(next)) : 0.0);
  return next;
}

absl::StatusOr<int> Timers::FireDue(int count_max) {
  int fired = 0;
  std::string dispatch_at_fault;
  std::vector<core::Snapshot> stepped;
  std::vector<Claim> claims;
  absl::Time now;
  const absl::Time begin = absl::Now();
  int room = 0;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    fired = 0;
    stepped.clear();
    claims.clear();
    hand_overs_.Release(std::exchange(room, 0));
    const auto due = store::LockDueTimers(transaction, clock_.StatementTime(), count_max);
    if (!due.ok() || due->empty()) return due.status();
    std::set<std::string> dispatch_ids;
    for (const auto& [dispatch_id, keys] : *due) dispatch_ids.insert(dispatch_id);
    dispatch_at_fault = count_max == 1 ? due->begin()->first : "";
    auto snapshots = store::ReadSnapshots(transaction, clock_.StatementTime(), dispatch_ids);
    if (!snapshots.ok()) return snapshots.status();
    now = snapshots->now;
    for (auto& [dispatch_id, snapshot] : snapshots->by_id) {
      for (const core::TimerKey& key : due->at(dispatch_id)) {
        snapshot = core::Step(std::move(snapshot), core::TimerFired{key.first, key.second}, now, &NewId);
        ++fired;
      }
      stepped.push_back(std::move(snapshot));
    }
    int wanted = 0;
    for (const core::Snapshot& snapshot : stepped)
      wanted += static_cast<int>(PlannedNow(snapshot, now, count_max).size());
    room = wanted == 0 ? 0 : hand_overs_.Reserve(wanted);
    for (core::Snapshot& snapshot : stepped) {
      hand_overs_.Take(snapshot, PlannedNow(snapshot, now, room - static_cast<int>(claims.size())), now, claims);
    }
    return store::WriteSnapshots(transaction, stepped);
  });
  hand_overs_.Release(room - (status.ok() ? static_cast<int>(claims.size()) : 0));
  if (!status.ok() && !IsPassing(status) && !dispatch_at_fault.empty()) {
    LogError("a dispatch cannot be moved on; it is tried again in a minute",
             {{"dispatch_id", dispatch_at_fault}, {"error", status}});
    return Postpone(dispatch_at_fault);
  }
  if (!status.ok()) return Annotate(status, "fire due timers");
  TellOf(stepped, now);
  hand_overs_.Send(std::move(claims), std::move(stepped), begin);
  return fired;
}

void Timers::TellOf(const std::vector<core::Snapshot>& stepped, absl::Time now) {
  if (stepped.empty()) return;
  std::vector<Inquiry> inquiries;
  bool pages_left = false;
  for (const core::Snapshot& snapshot : stepped) {
    Announce(snapshot, inquiries);
    fired_(snapshot);
    pages_left = pages_left || HasPagesToSend(snapshot, now + core::kLookAhead);
  }
  if (!inquiries.empty()) ask_(std::move(inquiries));
  changed_(pages_left);
}

absl::Status Timers::Postpone(const std::string& dispatch_id) {
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    return store::PostponeTimers(transaction, clock_.StatementTime(), dispatch_id);
  });
  return status.ok() ? absl::AbortedError("a dispatch was postponed") : Annotate(status, "postpone a dispatch");
}

}  // namespace afterhours::engine
