#include "adapters/bridge/forwarder.h"

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "client/retry.h"

namespace afterhours::bridge {
namespace {

constexpr int kBatchMax = 32;
constexpr absl::Duration kWaitMax = absl::Seconds(5);
constexpr absl::Duration kPauseFirst = absl::Milliseconds(100), kPauseMax = absl::Seconds(1);
// How long one request that dispatchd fails at may hold up the others.
constexpr absl::Duration kStuckMax = absl::Minutes(1);

// Whether a request that failed so may succeed later.
bool MayPass(const absl::Status& error) {
  return !absl::IsInvalidArgument(error) && !absl::IsNotFound(error) && !absl::IsFailedPrecondition(error);
}

// Whether dispatchd or its database was away or busy, whatever was asked of it.
bool IsAway(const absl::Status& error) {
  return absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error) || absl::IsResourceExhausted(error) ||
         absl::IsAborted(error) || absl::IsCancelled(error);
}

template <typename Request>
absl::StatusOr<Request> Parse(const JournalEntry& entry) {
  Request request;
  if (!request.ParseFromString(entry.payload)) return absl::InvalidArgumentError("the entry cannot be read");
  return request;
}

}  // namespace

Forwarder::Forwarder(DispatchClient client, DispatchClient replay_client, Journal* journal, const Clock& clock,
                     Metrics& metrics)
    : client_(std::move(client)),
      replay_client_(std::move(replay_client)),
      journal_(journal),
      clock_(clock),
      entries_gauge_(metrics.Gauge("afterhours_journal_entries", "Requests in the journal that wait for dispatchd")),
      bytes_gauge_(metrics.Gauge("afterhours_journal_bytes", "Their size")),
      age_gauge_(metrics.Gauge("afterhours_journal_oldest_entry_age_seconds", "How long the first of them has waited")),
      writes_(metrics.Counter("afterhours_journal_writes_total", "Requests written to the journal")),
      replayed_(metrics.Counter("afterhours_journal_replayed_total", "Requests of the journal that dispatchd took")),
      refused_(metrics.Counter("afterhours_journal_refused_total", "Requests of the journal that dispatchd refused")),
      full_(metrics.Counter("afterhours_journal_full_total", "Webhooks refused because the journal was full")),
      errors_(metrics.Counter("afterhours_journal_errors_total", "Reads and writes of the journal that failed")),
      loop_("journal", kWaitMax, [this] { return ReplayOnce(); }) {}

void Forwarder::Start() {
  if (journal_ != nullptr) loop_.Start();
}

void Forwarder::Stop() {
  stopping_ = true;
  loop_.Stop();
}

Forwarder::Outcome<v1::DispatchResponse> Forwarder::Dispatch(const v1::DispatchRequest& request) {
  return Forward<v1::DispatchRequest, v1::DispatchResponse>(
      JournalKind::kDispatch, request,
      [](DispatchClient& client, const v1::DispatchRequest& r) { return client.Dispatch(r); });
}

Forwarder::Outcome<v1::AckResponse> Forwarder::Ack(const v1::AckRequest& request) {
  return Forward<v1::AckRequest, v1::AckResponse>(
      JournalKind::kAck, request, [](DispatchClient& client, const v1::AckRequest& r) { return client.Ack(r); });
}

Forwarder::Outcome<v1::ReportDeliveryResponse> Forwarder::ReportDelivery(const v1::ReportDeliveryRequest& request) {
  return Forward<v1::ReportDeliveryRequest, v1::ReportDeliveryResponse>(
      JournalKind::kDelivery, request,
      [](DispatchClient& client, const v1::ReportDeliveryRequest& r) { return client.ReportDelivery(r); });
}

template <typename Request, typename Response>
Forwarder::Outcome<Response> Forwarder::Forward(JournalKind kind, const Request& request,
                                                absl::StatusOr<Response> (*call)(DispatchClient&, const Request&)) {
  if (journal_ == nullptr || journal_->empty()) {
    absl::StatusOr<Response> response = call(client_, request);
    if (response.ok()) return *std::move(response);
    if (journal_ == nullptr || !MayPass(response.status())) return response.status();
    LogWarning("dispatchd cannot be had: webhooks go to the journal",
               {{"kind", Name(kind)}, {"error", response.status()}});
  }
  if (absl::Status kept = Keep(kind, request.SerializeAsString()); !kept.ok()) return kept;
  loop_.Wake();
  return std::optional<Response>();
}

absl::Status Forwarder::Keep(JournalKind kind, const std::string& payload) {
  const absl::Status status = journal_->Append(kind, payload, clock_.Now());
  if (status.ok()) {
    writes_.Increment();
    LogInfo("kept in the journal", {{"kind", Name(kind)}, {"bytes", payload.size()}});
  } else if (absl::IsResourceExhausted(status)) {
    full_.Increment();
    LogError("the journal is full: a webhook was refused", {{"kind", Name(kind)}, {"error", status}});
  } else {
    errors_.Increment();
    LogError("the journal failed: a webhook was refused", {{"kind", Name(kind)}, {"error", status}});
  }
  return status;
}

std::optional<std::int64_t> Forwarder::waiting() const {
  if (journal_ == nullptr) return std::nullopt;
  return journal_->stats().entries;
}

void Forwarder::UpdateGauges() {
  if (journal_ == nullptr) return;
  const Journal::Stats stats = journal_->stats();
  entries_gauge_.Set(static_cast<double>(stats.entries));
  bytes_gauge_.Set(static_cast<double>(stats.payload_bytes));
  age_gauge_.Set(stats.oldest_time.has_value() ? absl::ToDoubleSeconds(clock_.Now() - *stats.oldest_time) : 0);
}

absl::Duration Forwarder::ReplayOnce() {
  const absl::StatusOr<std::vector<JournalEntry>> entries = journal_->Head(kBatchMax);
  if (!entries.ok()) return ComeBackAfter(entries.status());
  if (entries->empty()) return absl::InfiniteDuration();
  absl::Status failure;
  std::int64_t taken_count = 0, taken_through = 0;
  for (std::size_t i = 0; i < entries->size() && !stopping_; ++i) {
    const JournalEntry& entry = (*entries)[i];
    const absl::Status status = Replay(entry);
    if (status.ok()) {
      ++taken_count;
      taken_through = entry.sequence;
      continue;
    }
    // If dispatchd takes the next one, it is this one that is wrong. The next one
    // comes twice then, which is harmless.
    const bool give_up =
        !MayPass(status) || (IsStuck(entry, status) && i + 1 < entries->size() && Replay((*entries)[i + 1]).ok());
    failure = give_up ? Refuse(entry, status) : status;
    if (!failure.ok()) break;
    failures_ = 0;
  }
  if (taken_count > 0) {
    failures_ = 0;
    // One sync for all of them. Should it fail, they come again.
    if (absl::Status removed = journal_->RemoveThrough(taken_through); !removed.ok()) return ComeBackAfter(removed);
    replayed_.Increment(static_cast<double>(taken_count));
    if (journal_->empty()) LogInfo("the journal is empty again", {{"replayed_last", taken_count}});
  }
  return failure.ok() ? absl::ZeroDuration() : ComeBackAfter(failure);
}

absl::Status Forwarder::Replay(const JournalEntry& entry) {
  if (entry.kind == JournalKind::kDispatch) {
    const auto request = Parse<v1::DispatchRequest>(entry);
    return request.ok() ? replay_client_.Dispatch(*request).status() : request.status();
  }
  if (entry.kind == JournalKind::kAck) {
    const auto request = Parse<v1::AckRequest>(entry);
    return request.ok() ? replay_client_.Ack(*request).status() : request.status();
  }
  if (entry.kind == JournalKind::kDelivery) {
    const auto request = Parse<v1::ReportDeliveryRequest>(entry);
    return request.ok() ? replay_client_.ReportDelivery(*request).status() : request.status();
  }
  return absl::InvalidArgumentError("the entry's kind is not known");
}

// Whether dispatchd has been failing at this one for long, though it was there.
bool Forwarder::IsStuck(const JournalEntry& entry, const absl::Status& error) {
  if (IsAway(error)) {
    stuck_sequence_ = 0;
    return false;
  }
  if (stuck_sequence_ != entry.sequence) {
    stuck_sequence_ = entry.sequence;
    stuck_since_ = clock_.Now();
  }
  return clock_.Now() - stuck_since_ >= kStuckMax;
}

absl::Status Forwarder::Refuse(const JournalEntry& entry, const absl::Status& error) {
  const absl::Status status = journal_->Refuse(entry, error, clock_.Now());
  if (!status.ok()) return status;
  refused_.Increment();
  LogError("dispatchd refuses a webhook that was in the journal; it is kept in the table \"refused\"",
           {{"kind", entry.kind.has_value() ? Name(*entry.kind) : "unknown"},
            {"arrived", absl::FormatTime(entry.time, absl::UTCTimeZone())},
            {"error", error}});
  return absl::OkStatus();
}

absl::Duration Forwarder::ComeBackAfter(const absl::Status& error) {
  if (ErrorReason(error) == "JOURNAL_FAILED") {
    errors_.Increment();
    LogError("the journal cannot be replayed", {{"error", error}});
  } else {
    LogWarning("dispatchd cannot be had: the journal waits",
               {{"entries", journal_->stats().entries}, {"error", error}});
  }
  return RetryPause(error, ++failures_, kPauseFirst, kPauseMax);
}

}  // namespace afterhours::bridge
