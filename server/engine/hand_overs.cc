#include "server/engine/hand_overs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "base/ids.h"
#include "base/log.h"

namespace afterhours::engine {
namespace {

// Added to a provider's timeout: for writing the result when the database is slow.
constexpr absl::Duration kLeaseMargin = absl::Seconds(5);

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

// The claim took so long that its lease may be over, and somebody else may hold the page.
core::Input TooLate(const Claim& claim) {
  return core::PageRefused{
      claim.page.page_id,  claim.epoch, "", "the claim took too long", core::FailureDecision::kRetry,
      absl::ZeroDuration()};
}

}  // namespace

HandOvers::HandOvers(std::string owner, std::vector<Provider*> providers, int in_flight_max, Metrics& metrics,
                     std::function<void()> arrived, std::function<void()> room)
    : owner_(std::move(owner)),
      providers_(std::move(providers)),
      in_flight_max_(in_flight_max),
      arrived_(std::move(arrived)),
      room_(std::move(room)),
      accepted_total_(
          metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "accepted"}})),
      refused_total_(metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "refused"}})),
      unknown_total_(metrics.Counter("afterhours_page_sends_total", "Hand-overs by outcome", {{"outcome", "unknown"}})),
      hand_over_seconds_(metrics.Seconds("afterhours_page_send_seconds", "From claim to the provider's answer")) {}

int HandOvers::Reserve(int wanted) {
  MutexLock lock(mutex_);
  const int granted = std::clamp(in_flight_max_ - taken_, 0, wanted);
  taken_ += granted;
  room_wanted_ = room_wanted_ || granted == 0;
  return granted;
}

void HandOvers::Release(int count) {
  if (count == 0) return;
  bool wanted;
  {
    MutexLock lock(mutex_);
    taken_ -= count;
    wanted = std::exchange(room_wanted_, false);
  }
  if (wanted) room_();
}

bool HandOvers::CarriesAll(const core::Snapshot& snapshot, const std::vector<std::string>& page_ids) const {
  return std::all_of(page_ids.begin(), page_ids.end(), [&](const std::string& page_id) {
    const core::Page* page = core::FindPage(snapshot, page_id);
    return page == nullptr || ProviderFor(providers_, page->channel) != nullptr;
  });
}

void HandOvers::Take(core::Snapshot& snapshot, const std::vector<std::string>& page_ids, absl::Time now,
                     std::vector<Claim>& claims) const {
  for (const std::string& page_id : page_ids) {
    const core::Page* page = core::FindPage(snapshot, page_id);
    if (page == nullptr) continue;
    Provider* provider = ProviderFor(providers_, page->channel);
    const absl::Duration timeout = provider == nullptr ? absl::ZeroDuration() : provider->SendTimeout();
    const std::string provider_name(provider == nullptr ? "none" : provider->name());
    const std::int64_t epoch_before = page->epoch;
    snapshot = core::Step(std::move(snapshot),
                          core::PageClaimed{page_id, provider_name, owner_, now + timeout + kLeaseMargin}, now, &NewId);
    page = core::FindPage(snapshot, page_id);
    if (page->epoch == epoch_before) continue;  // not ours to send
    if (provider == nullptr) {
      snapshot = core::Step(std::move(snapshot), NoProvider(*page), now, &NewId);
      continue;
    }
    claims.push_back({snapshot.dispatch.id,
                      snapshot.business.id,
                      {page_id, page->channel, page->to_address, page->from_address, page->body},
                      page->epoch,
                      provider});
  }
}

void HandOvers::Send(std::vector<Claim> claims, std::vector<core::Snapshot> committed, absl::Time begin) {
  std::map<std::string, std::shared_ptr<const core::Snapshot>> by_id;
  for (core::Snapshot& snapshot : committed) {
    core::MarkStored(snapshot);
    std::string id = snapshot.dispatch.id;
    by_id.emplace(std::move(id), std::make_shared<const core::Snapshot>(std::move(snapshot)));
  }
  for (Claim& claim : claims) {
    Begin(claim.business_id);
    if (absl::Now() - begin > kLeaseMargin) {
      Add(claim.business_id, {claim.dispatch_id, TooLate(claim), nullptr});
      continue;
    }
    std::shared_ptr<const core::Snapshot> snapshot = by_id.at(claim.dispatch_id);
    HandOver(std::move(claim), std::move(snapshot));
  }
}

void HandOvers::HandOver(Claim claim, std::shared_ptr<const core::Snapshot> committed) {
  LogInfo("sending page", {{"dispatch_id", claim.dispatch_id},
                           {"page_id", claim.page.page_id},
                           {"provider", claim.provider->name()},
                           {"to", claim.page.to_address},
                           {"epoch", claim.epoch}});
  claim.provider->Send(
      claim.page, [this, begin = absl::Now(), dispatch_id = claim.dispatch_id, business_id = claim.business_id,
                   page_id = claim.page.page_id, epoch = claim.epoch, committed](SendResult result) {
        Report(dispatch_id, page_id, result, absl::Now() - begin);
        // What follows from any other outcome asks for more than what was known then.
        const bool accepted = result.outcome == SendResult::Outcome::kAccepted;
        Add(business_id, {dispatch_id, InputFor(page_id, epoch, std::move(result)), accepted ? committed : nullptr});
      });
}

void HandOvers::Report(const std::string& dispatch_id, const std::string& page_id, const SendResult& result,
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

void HandOvers::Begin(const std::string& business_id) {
  MutexLock lock(mutex_);
  ++in_flight_;
  ++by_business_[business_id];
}

void HandOvers::Add(const std::string& business_id, DispatchInput result) {
  bool first;
  {
    MutexLock lock(mutex_);
    --in_flight_;
    if (--by_business_[business_id] == 0) by_business_.erase(business_id);
    first = results_.empty();
    results_.push_back(std::move(result));
  }
  changed_.notify_all();
  if (first) arrived_();
}

std::vector<DispatchInput> HandOvers::TakeResults() {
  MutexLock lock(mutex_);
  return std::exchange(results_, {});
}

void HandOvers::Drain(absl::Time deadline) {
  std::unique_lock<Mutex> lock(mutex_);
  changed_.wait_until(lock, absl::ToChronoTime(deadline),
                      [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_flight_ == 0; });
}

std::map<std::string, int> HandOvers::by_business() const {
  MutexLock lock(mutex_);
  return by_business_;
}

}  // namespace afterhours::engine
