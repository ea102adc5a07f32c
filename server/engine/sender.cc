#include "server/engine/sender.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "server/store/snapshots.h"

namespace afterhours::engine {
namespace {

constexpr int kExpiredLeasesMax = 100;
// A due page that could not be locked is tried again after this.
constexpr absl::Duration kContendedWait = absl::Milliseconds(5);
constexpr absl::Duration kFailureWaitFirst = absl::Milliseconds(100), kFailureWaitMax = absl::Seconds(1);
constexpr int kDoublingsMax = 4;
// How long a lease rests that cannot be written.
constexpr absl::Duration kSetAside = absl::Minutes(1);

}  // namespace

Sender::Sender(Options options, HandOvers& hand_overs, const Clock& clock, Metrics& metrics,
               std::function<void(bool due_soon)> changed)
    : options_(std::move(options)),
      hand_overs_(hand_overs),
      clock_(clock),
      changed_(std::move(changed)),
      connection_(options_.database_url),
      round_failures_total_(metrics.Counter("afterhours_sender_failures_total", "Rounds that failed")),
      oldest_due_age_seconds_(
          metrics.Gauge("afterhours_oldest_due_page_age_seconds", "How long the oldest due page has waited")),
      loop_("sender", options_.poll_interval, [this] { return RunOnce(); }) {}

absl::Duration Sender::RunOnce() {
  const absl::StatusOr<absl::Duration> wait = Round();
  if (wait.ok()) {
    failures_ = 0;
    return *wait;
  }
  round_failures_total_.Increment();
  LogWarning("sender round failed", {{"error", wait.status()}});
  return std::min(kFailureWaitFirst * (1 << std::min(failures_++, kDoublingsMax)), kFailureWaitMax);
}

absl::StatusOr<absl::Duration> Sender::Round() {
  const absl::StatusOr<store::OutboxState> outbox = ReadOutbox();
  if (!outbox.ok()) return outbox.status();
  if (outbox->lease_expired) {
    if (absl::Status status = ExpireLeases(); !status.ok()) return status;
  }
  if (outbox->next_due > absl::ZeroDuration()) return outbox->next_due;
  const bool one_by_one = one_by_one_left_ > 0;
  if (one_by_one) --one_by_one_left_;
  const int room = hand_overs_.Reserve(one_by_one ? 1 : options_.batch_max);
  if (room == 0) return options_.poll_interval;  // whoever gives room wakes the loop
  const absl::StatusOr<int> locked = ClaimDue(room);
  // One that cannot be written must not hold up the others.
  if (!locked.ok() && !IsPassing(locked.status())) one_by_one_left_ = options_.batch_max;
  if (!locked.ok()) return locked.status();
  return *locked == 0 ? kContendedWait : absl::ZeroDuration();
}

absl::Status Sender::ExpireLeases() {
  std::vector<store::ExpiredLease> expired;
  absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    auto found = store::FindExpiredLeases(transaction, clock_.StatementTime(), kExpiredLeasesMax);
    if (found.ok()) expired = *std::move(found);
    return found.status();
  });
  if (!status.ok() || expired.empty()) return Annotate(status, "find expired leases");
  std::erase_if(unwritable_, [](const auto& entry) { return absl::Now() - entry.second > kSetAside; });
  std::vector<DispatchInput> inputs;
  for (const store::ExpiredLease& lease : expired) {
    if (unwritable_.count(lease.dispatch_id) > 0) continue;
    LogWarning("a page's sender is gone", {{"dispatch_id", lease.dispatch_id}, {"page_id", lease.page_id}});
    inputs.push_back({lease.dispatch_id, core::PageOutcomeUnknown{lease.page_id, lease.epoch, "its sender is gone"}});
  }
  if (inputs.empty()) return absl::OkStatus();
  Aftermath aftermath;  // it asks nothing: its timers do
  status =
      ApplyEach(connection_, clock_, inputs, aftermath, [this](const DispatchInput& input, const absl::Status& error) {
        LogError("a page whose sender is gone cannot be settled; it is tried again in a minute",
                 {{"dispatch_id", input.dispatch_id}, {"error", error}});
        unwritable_[input.dispatch_id] = absl::Now();
      });
  if (status.ok()) changed_(aftermath.due_soon);
  return Annotate(status, "expire leases");
}

absl::StatusOr<int> Sender::ClaimDue(int count_max) {
  std::vector<Claim> claims;
  std::vector<core::Snapshot> stepped;
  int locked = 0;
  bool due_soon = false;
  std::string page_at_fault;
  const absl::Time begin = absl::Now();
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    claims.clear();
    stepped.clear();
    const auto due = store::LockDuePages(transaction, clock_.StatementTime(), count_max,
                                         {hand_overs_.by_business(), last_business_id_});
    if (!due.ok()) return due.status();
    last_business_id_ = due->last_business_id;
    locked = static_cast<int>(due->by_dispatch_id.size());
    if (locked == 0) return absl::OkStatus();
    std::set<std::string> dispatch_ids;
    for (const auto& [dispatch_id, page_ids] : due->by_dispatch_id) dispatch_ids.insert(dispatch_id);
    page_at_fault = count_max == 1 ? due->by_dispatch_id.begin()->second.front() : "";
    auto snapshots = store::ReadDispatches(transaction, clock_.StatementTime(), dispatch_ids);
    if (!snapshots.ok()) return snapshots.status();
    const auto carried = [&](const auto& entry) {
      return hand_overs_.CarriesAll(entry.second, due->by_dispatch_id.at(entry.first));
    };
    // Whoever gives way must know to whom.
    if (!std::all_of(snapshots->by_id.begin(), snapshots->by_id.end(), carried)) {
      snapshots = store::ReadSnapshots(transaction, clock_.StatementTime(), dispatch_ids);
      if (!snapshots.ok()) return snapshots.status();
    }
    for (auto& [dispatch_id, snapshot] : snapshots->by_id) {
      hand_overs_.Take(snapshot, due->by_dispatch_id.at(dispatch_id), snapshots->now, claims);
      due_soon = due_soon || core::IsDueBy(snapshot, snapshots->now + core::kLookAhead);
      stepped.push_back(std::move(snapshot));
    }
    return store::WriteSnapshots(transaction, stepped);
  });
  hand_overs_.Release(count_max - (status.ok() ? static_cast<int>(claims.size()) : 0));
  if (!status.ok() && !IsPassing(status) && !page_at_fault.empty()) {
    LogError("a page cannot be claimed; it is tried again in a minute",
             {{"page_id", page_at_fault}, {"error", status}});
    return PostponePage(page_at_fault);
  }
  if (!status.ok()) return Annotate(status, "claim due pages");
  if (locked > 0) changed_(due_soon);
  hand_overs_.Send(std::move(claims), std::move(stepped), begin);
  return locked;
}

absl::Status Sender::PostponePage(const std::string& page_id) {
  const absl::Status status = connection_.Transact(
      [&](db::Transaction& transaction) { return store::PostponePage(transaction, clock_.StatementTime(), page_id); });
  return status.ok() ? absl::AbortedError("a page was postponed") : Annotate(status, "postpone a page");
}

absl::StatusOr<store::OutboxState> Sender::ReadOutbox() {
  store::OutboxState outbox;
  const absl::Status status = connection_.Read([&](db::Transaction& transaction) {
    auto read = store::ReadOutboxState(transaction, clock_.StatementTime());
    if (read.ok()) outbox = *read;
    return read.status();
  });
  if (!status.ok()) return Annotate(status, "read the outbox");
  const bool waits = outbox.next_due != absl::InfiniteDuration();
  oldest_due_age_seconds_.Set(waits ? std::max(0.0, -absl::ToDoubleSeconds(outbox.next_due)) : 0.0);
  return outbox;
}

}  // namespace afterhours::engine
