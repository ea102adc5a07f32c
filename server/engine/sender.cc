#include "server/engine/sender.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status.h"
#include "server/store/snapshots.h"

namespace afterhours::engine {
namespace {

constexpr int kExpiredLeasesMax = 100;
// Added to a provider's timeout: for writing the result when the database is slow.
constexpr absl::Duration kLeaseMargin = absl::Seconds(5);
// A due page that could not be locked is tried again after this.
constexpr absl::Duration kContendedWait = absl::Milliseconds(5);
constexpr absl::Duration kFailureWaitFirst = absl::Milliseconds(100), kFailureWaitMax = absl::Seconds(1);
constexpr int kDoublingsMax = 4;
// How long a lease rests that cannot be written.
constexpr absl::Duration kSetAside = absl::Minutes(1);

core::Input InputFor(const std::string& page_id, std::int64_t epoch, SendResult result) {
  switch (result.outcome) {
    case SendResult::Outcome::kAccepted:
      return core::PageAccepted{page_id, epoch, std::move(result.provider_message_id)};
    case SendResult::Outcome::kRefused:
      return core::PageRefused{
          page_id,           epoch, std::move(result.error_code), std::move(result.error_message), result.decision,
          result.retry_delay};
    case SendResult::Outcome::kUnknown:
      break;
  }
  return core::PageOutcomeUnknown{page_id, epoch, std::move(result.error_message)};
}

// Nobody carries the page's channel: it gives way.
core::Input NoProvider(const core::Page& page) {
  return core::PageRefused{page.id,
                           page.epoch,
                           "NO_PROVIDER",
                           "no provider is set up for this channel",
                           core::FailureDecision::kOtherChannel,
                           absl::ZeroDuration()};
}

}  // namespace

void Sender::Results::Begin(const std::string& business_id) {
  MutexLock lock(mutex_);
  ++in_flight_;
  ++by_business_[business_id];
}

void Sender::Results::Add(const std::string& business_id, DispatchInput result) {
  {
    MutexLock lock(mutex_);
    --in_flight_;
    if (--by_business_[business_id] == 0) by_business_.erase(business_id);
    done_.push_back(std::move(result));
  }
  changed_.notify_all();
}

std::vector<DispatchInput> Sender::Results::Take() {
  MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

int Sender::Results::in_flight() {
  MutexLock lock(mutex_);
  return in_flight_;
}

std::map<std::string, int> Sender::Results::in_flight_by_business() {
  MutexLock lock(mutex_);
  return by_business_;
}

void Sender::Results::Drain(absl::Time deadline) {
  std::unique_lock<Mutex> lock(mutex_);
  changed_.wait_until(lock, absl::ToChronoTime(deadline),
                      [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_flight_ == 0; });
}

Sender::Sender(Options options, std::vector<Provider*> providers, const Clock& clock, Metrics& metrics,
               std::function<void()> changed)
    : options_(std::move(options)),
      providers_(std::move(providers)),
      clock_(clock),
      changed_(std::move(changed)),
      connection_(options_.database_url),
      accepted_total_(
          metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "accepted"}})),
      refused_total_(metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "refused"}})),
      unknown_total_(metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "unknown"}})),
      round_failures_total_(metrics.Counter("afterhours_sender_failures_total", "Rounds that failed")),
      hand_over_seconds_(metrics.Seconds("afterhours_page_send_seconds", "From claim to the provider's answer")),
      oldest_due_age_seconds_(
          metrics.Gauge("afterhours_oldest_due_page_age_seconds", "How long the oldest due page has waited")),
      loop_("sender", options_.poll_interval, [this] { return RunOnce(); }) {}

Sender::~Sender() { Stop(absl::ZeroDuration()); }

void Sender::Start() { loop_.Start(); }

void Sender::Wake() { loop_.Wake(); }

void Sender::Stop(absl::Duration grace) {
  loop_.Stop();
  if (std::exchange(stopping_, true)) return;
  results_.Drain(absl::Now() + grace);
  if (absl::Status status = WriteResults(); !status.ok()) {
    LogError("results of the last pages could not be written; their leases will tell", {{"error", status}});
  }
}

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
  if (absl::Status status = WriteResults(); !status.ok()) return status;
  const absl::StatusOr<store::OutboxState> outbox = ReadOutbox();
  if (!outbox.ok()) return outbox.status();
  if (outbox->lease_expired) {
    if (absl::Status status = ExpireLeases(); !status.ok()) return status;
  }
  if (outbox->next_due > absl::ZeroDuration()) return outbox->next_due;
  const int room = options_.in_flight_max - results_.in_flight();
  if (room <= 0) return options_.poll_interval;  // a result wakes the loop
  const bool one_by_one = one_by_one_left_ > 0;
  if (one_by_one) --one_by_one_left_;
  absl::StatusOr<std::vector<Claimed>> claimed = Claim(one_by_one ? 1 : room);
  // One that cannot be written must not hold up the others.
  if (!claimed.ok() && !IsPassing(claimed.status())) one_by_one_left_ = options_.in_flight_max;
  if (!claimed.ok()) return claimed.status();
  for (Claimed& page : *claimed) HandOver(std::move(page));
  return claimed->empty() ? kContendedWait : absl::ZeroDuration();
}

absl::Status Sender::WriteResults() {
  for (DispatchInput& result : results_.Take()) unwritten_.push_back(std::move(result));
  if (unwritten_.empty()) return absl::OkStatus();
  // The page of one that cannot be written is settled by its lease.
  const absl::Status status = Write(unwritten_, [](const DispatchInput& result, const absl::Status& error) {
    LogError("a page's result cannot be written", {{"dispatch_id", result.dispatch_id}, {"error", error}});
  });
  if (status.ok()) unwritten_.clear();
  return Annotate(status, "write page results");
}

absl::Status Sender::Write(const std::vector<DispatchInput>& inputs,
                           absl::FunctionRef<void(const DispatchInput&, const absl::Status&)> on_error) {
  std::vector<Inquiry> inquiries;  // results ask nothing: their timers do
  const absl::Status status = ApplyEach(connection_, clock_, inputs, inquiries, on_error);
  if (status.ok()) changed_();
  return status;
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
  status = Write(inputs, [this](const DispatchInput& input, const absl::Status& error) {
    LogError("a page whose sender is gone cannot be settled; it is tried again in a minute",
             {{"dispatch_id", input.dispatch_id}, {"error", error}});
    unwritable_[input.dispatch_id] = absl::Now();
  });
  return Annotate(status, "expire leases");
}

absl::StatusOr<std::vector<Sender::Claimed>> Sender::Claim(int count_max) {
  std::vector<Claimed> claimed;
  std::string page_at_fault;
  const absl::Time begin = absl::Now();
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    claimed.clear();
    const auto due =
        store::LockDuePages(transaction, clock_.StatementTime(), count_max, results_.in_flight_by_business());
    if (!due.ok() || due->empty()) return due.status();
    std::set<std::string> dispatch_ids;
    for (const auto& [dispatch_id, page_ids] : *due) dispatch_ids.insert(dispatch_id);
    page_at_fault = count_max == 1 ? due->begin()->second.front() : "";
    auto locked = store::ReadSnapshots(transaction, clock_.StatementTime(), dispatch_ids);
    if (!locked.ok()) return locked.status();
    std::vector<core::Snapshot> stepped;
    for (auto& [dispatch_id, snapshot] : locked->by_id) {
      for (const std::string& page_id : due->at(dispatch_id)) {
        const core::Page* page = core::FindPage(snapshot, page_id);
        Provider* provider = page == nullptr ? nullptr : ProviderFor(providers_, page->channel);
        if (page == nullptr) continue;
        const absl::Duration timeout = provider == nullptr ? absl::ZeroDuration() : provider->SendTimeout();
        const std::string provider_name(provider == nullptr ? "none" : provider->name());
        const std::int64_t epoch_before = page->epoch;
        snapshot =
            core::Step(std::move(snapshot),
                       core::PageClaimed{page_id, provider_name, options_.owner, locked->now + timeout + kLeaseMargin},
                       locked->now, &NewId);
        page = core::FindPage(snapshot, page_id);
        if (page->epoch == epoch_before) continue;  // not ours to send
        if (provider == nullptr) {
          snapshot = core::Step(std::move(snapshot), NoProvider(*page), locked->now, &NewId);
          continue;
        }
        claimed.push_back({dispatch_id,
                           snapshot.business.id,
                           {page_id, page->channel, page->to_address, page->from_address, page->body},
                           page->epoch,
                           provider});
      }
      stepped.push_back(std::move(snapshot));
    }
    return store::WriteSnapshots(transaction, stepped);
  });
  if (!status.ok() && !IsPassing(status) && !page_at_fault.empty()) {
    LogError("a page cannot be claimed; it is tried again in a minute",
             {{"page_id", page_at_fault}, {"error", status}});
    return PostponePage(page_at_fault);
  }
  if (!status.ok()) return Annotate(status, "claim due pages");
  if (!claimed.empty()) changed_();
  // A claim that took so long that the lease may end before the hand-over does:
  // somebody else may hold the page by then. It was certainly not sent.
  if (absl::Now() - begin > kLeaseMargin) {
    for (const Claimed& late : claimed) {
      results_.Begin(late.business_id);
      results_.Add(late.business_id,
                   {late.dispatch_id, core::PageRefused{late.page.page_id, late.epoch, "", "the claim took too long",
                                                        core::FailureDecision::kRetry, absl::ZeroDuration()}});
    }
    claimed.clear();
  }
  return claimed;
}

absl::Status Sender::PostponePage(const std::string& page_id) {
  const absl::Status status = connection_.Transact(
      [&](db::Transaction& transaction) { return store::PostponePage(transaction, clock_.StatementTime(), page_id); });
  return status.ok() ? absl::AbortedError("a page was postponed") : Annotate(status, "postpone a page");
}

absl::StatusOr<store::OutboxState> Sender::ReadOutbox() {
  store::OutboxState outbox;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    auto read = store::ReadOutboxState(transaction, clock_.StatementTime());
    if (read.ok()) outbox = *read;
    return read.status();
  });
  if (!status.ok()) return Annotate(status, "read the outbox");
  const bool waits = outbox.next_due != absl::InfiniteDuration();
  oldest_due_age_seconds_.Set(waits ? std::max(0.0, -absl::ToDoubleSeconds(outbox.next_due)) : 0.0);
  return outbox;
}

void Sender::HandOver(Claimed claimed) {
  results_.Begin(claimed.business_id);
  LogInfo("sending page", {{"dispatch_id", claimed.dispatch_id},
                           {"page_id", claimed.page.page_id},
                           {"provider", claimed.provider->name()},
                           {"to", claimed.page.to_address},
                           {"epoch", claimed.epoch}});
  claimed.provider->Send(
      claimed.page, [this, begin = absl::Now(), dispatch_id = claimed.dispatch_id, business_id = claimed.business_id,
                     page_id = claimed.page.page_id, epoch = claimed.epoch](SendResult result) {
        Report(dispatch_id, page_id, result, absl::Now() - begin);
        results_.Add(business_id, {dispatch_id, InputFor(page_id, epoch, std::move(result))});
        loop_.Wake();
      });
}

void Sender::Report(const std::string& dispatch_id, const std::string& page_id, const SendResult& result,
                    absl::Duration took) {
  hand_over_seconds_.Observe(absl::ToDoubleSeconds(took));
  std::vector<LogField> fields = {
      {"dispatch_id", dispatch_id}, {"page_id", page_id}, {"seconds", absl::ToDoubleSeconds(took)}};
  if (result.outcome == SendResult::Outcome::kAccepted) {
    accepted_total_.Increment();
    fields.emplace_back("provider_message_id", result.provider_message_id);
    return LogInfo("page accepted", std::move(fields));
  }
  fields.emplace_back("error_code", result.error_code);
  fields.emplace_back("error", result.error_message);
  if (result.outcome == SendResult::Outcome::kUnknown) {
    unknown_total_.Increment();
    return LogWarning("page outcome unknown", std::move(fields));
  }
  refused_total_.Increment();
  if (result.decision == core::FailureDecision::kConfigurationAlarm ||
      result.decision == core::FailureDecision::kSenderBlocked) {
    return LogError("page refused: the provider's account or set-up needs attention", std::move(fields));
  }
  LogWarning("page refused", std::move(fields));
}

}  // namespace afterhours::engine
