#include "adapters/bridge/forwarder.h"

#include <utility>

#include "base/log.h"

namespace afterhours::bridge {
namespace {

// Hands a payload of the journal to dispatchd.
template <typename Request, typename Rpc>
Replayer::Call Replay(Rpc rpc) {
  return [rpc](const std::string& payload) {
    Request request;
    if (!request.ParseFromString(payload)) return absl::InvalidArgumentError("the entry cannot be read");
    return rpc(request).status();
  };
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
      full_(metrics.Counter("afterhours_journal_full_total", "Webhooks refused because the journal was full")),
      errors_(metrics.Counter("afterhours_journal_errors_total", "Reads and writes of the journal that failed")) {
  if (journal_ == nullptr) return;
  const auto replay = [&](JournalKind kind, Replayer::Call call) {
    replayers_[static_cast<std::size_t>(kind)] =
        std::make_unique<Replayer>(kind, *journal_, clock_, metrics, std::move(call));
  };
  replay(JournalKind::kDispatch,
         Replay<v1::DispatchRequest>([this](const auto& request) { return replay_client_.Dispatch(request); }));
  replay(JournalKind::kAck,
         Replay<v1::AckRequest>([this](const auto& request) { return replay_client_.Ack(request); }));
  replay(JournalKind::kDelivery,
         Replay<v1::ReportDeliveryRequest>([this](const auto& request) -> absl::StatusOr<v1::ReportDeliveryResponse> {
           if (OvertakesKey(request)) {
             return absl::UnavailableError("answers that came before it wait too");
           }
           return replay_client_.ReportDelivery(request);
         }));
}

void Forwarder::Start() {
  for (const auto& replayer : replayers_) {
    if (replayer != nullptr) replayer->Start();
  }
}

void Forwarder::Stop() {
  for (const auto& replayer : replayers_) {
    if (replayer != nullptr) replayer->Stop();
  }
}

Forwarder::Outcome<v1::DispatchResponse> Forwarder::Dispatch(const v1::DispatchRequest& request) {
  const v1::Call& about = request.call();
  const std::string& key = about.external_call_id().empty() ? about.twilio_call_sid() : about.external_call_id();
  return Forward<v1::DispatchRequest, v1::DispatchResponse>(
      JournalKind::kDispatch, key, journal_ != nullptr && journal_->HasWaiting(JournalKind::kDispatch, key), request,
      [](DispatchClient& client, const v1::DispatchRequest& r) { return client.Dispatch(r); });
}

Forwarder::Outcome<v1::AckResponse> Forwarder::Ack(const v1::AckRequest& request) {
  const std::string& key = request.has_key_press() ? request.key_press().page_id() : request.text_reply().from_number();
  return Forward<v1::AckRequest, v1::AckResponse>(
      JournalKind::kAck, key, journal_ != nullptr && journal_->HasWaiting(JournalKind::kAck, key), request,
      [](DispatchClient& client, const v1::AckRequest& r) { return client.Ack(r); });
}

Forwarder::Outcome<v1::ReportDeliveryResponse> Forwarder::ReportDelivery(const v1::ReportDeliveryRequest& request) {
  return Forward<v1::ReportDeliveryRequest, v1::ReportDeliveryResponse>(
      JournalKind::kDelivery, request.page_id(), OvertakesKey(request), request,
      [](DispatchClient& client, const v1::ReportDeliveryRequest& r) { return client.ReportDelivery(r); });
}

bool Forwarder::OvertakesKey(const v1::ReportDeliveryRequest& request) const {
  return journal_ != nullptr && request.call_over() && journal_->HasWaiting(JournalKind::kAck, request.page_id());
}

template <typename Request, typename Response>
Forwarder::Outcome<Response> Forwarder::Forward(JournalKind kind, const std::string& key, bool overtakes,
                                                const Request& request,
                                                absl::StatusOr<Response> (*call)(DispatchClient&, const Request&)) {
  const bool away = journal_ != nullptr && !journal_->empty(kind) && replayer(kind).blocked();
  const bool directly = !away && !overtakes;
  if (directly) {
    absl::StatusOr<Response> response = call(client_, request);
    if (response.ok()) return *std::move(response);
    if (journal_ == nullptr || !MayPass(response.status())) return response.status();
    replayer(kind).Block();
    LogWarning("dispatchd cannot be had: webhooks go to the journal",
               {{"kind", Name(kind)}, {"error", response.status()}});
  }
  if (absl::Status kept = Keep(kind, key, request.SerializeAsString()); !kept.ok()) {
    if (directly) return kept;
    // Out of turn is better than not at all.
    absl::StatusOr<Response> response = call(client_, request);
    if (response.ok()) return *std::move(response);
    return kept;
  }
  // It comes by itself when dispatchd was away.
  if (!away) replayer(kind).Wake();
  return std::optional<Response>();
}

absl::Status Forwarder::Keep(JournalKind kind, const std::string& key, const std::string& payload) {
  const absl::Status status = journal_->Append(kind, key, payload, clock_.Now());
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
  return journal_->stats().entries();
}

void Forwarder::UpdateGauges() {
  if (journal_ == nullptr) return;
  const Journal::Stats stats = journal_->stats();
  entries_gauge_.Set(static_cast<double>(stats.entries()));
  bytes_gauge_.Set(static_cast<double>(stats.payload_bytes));
  age_gauge_.Set(stats.oldest_time.has_value() ? absl::ToDoubleSeconds(clock_.Now() - *stats.oldest_time) : 0);
}

}  // namespace afterhours::bridge
