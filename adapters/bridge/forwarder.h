#pragma once

#include <array>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/bridge/journal.h"
#include "adapters/bridge/replayer.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "client/dispatch_client.h"

namespace afterhours::bridge {

// Hands webhooks' requests to dispatchd, or keeps them in the journal until it
// can be had.
//
// A request goes to dispatchd directly. When that fails with what may pass, it
// goes to the journal, and so does every one of its kind until dispatchd has taken
// one from there: nobody waits for a dispatchd that is away. Then they go directly
// again, except those that would overtake one of the same key: what one human
// answered, or what was told of one call, stays in order. Receipts need none; but
// the end of a call stays behind the keys that were pressed in it. Thread safe.
class Forwarder {
 public:
  // What became of a request: the answer; no value when it is in the journal;
  // else the error of the RPC, or of the journal.
  template <typename Response>
  using Outcome = absl::StatusOr<std::optional<Response>>;

  // `journal` may be null: then there is none. `replay_client` may wait longer
  // than `client`. The journal, `clock` and `metrics` must outlive this.
  Forwarder(DispatchClient client, DispatchClient replay_client, Journal* journal, const Clock& clock,
            Metrics& metrics);

  // Starts and ends the replay. Both do nothing without a journal.
  void Start();
  void Stop();

  Outcome<v1::DispatchResponse> Dispatch(const v1::DispatchRequest& request);
  Outcome<v1::AckResponse> Ack(const v1::AckRequest& request);
  Outcome<v1::ReportDeliveryResponse> ReportDelivery(const v1::ReportDeliveryRequest& request);

  // How many requests wait; unset without a journal.
  std::optional<std::int64_t> waiting() const;

  // Whether a request would go to the journal if dispatchd were away.
  bool CanTake() const { return journal_ != nullptr && journal_->CanTake(); }

  // Brings the journal's gauges up to date; call before metrics are read.
  void UpdateGauges();

  // The replay of a kind; for tests. There must be a journal.
  Replayer& replayer(JournalKind kind) { return *replayers_[static_cast<std::size_t>(kind)]; }

 private:
  template <typename Request, typename Response>
  Outcome<Response> Forward(JournalKind kind, const std::string& key, bool overtakes, const Request& request,
                            absl::StatusOr<Response> (*call)(DispatchClient&, const Request&));
  // Whether a receipt is of the end of a call, and a key of it waits.
  bool OvertakesKey(const v1::ReportDeliveryRequest& request) const;
  absl::Status Keep(JournalKind kind, const std::string& key, const std::string& payload);

  DispatchClient client_;
  DispatchClient replay_client_;
  Journal* const journal_;
  const Clock& clock_;
  prometheus::Gauge& entries_gauge_;
  prometheus::Gauge& bytes_gauge_;
  prometheus::Gauge& age_gauge_;
  prometheus::Counter& writes_;
  prometheus::Counter& full_;
  prometheus::Counter& errors_;
  std::array<std::unique_ptr<Replayer>, kJournalKinds.size()> replayers_;  // by kind; null without a journal
};

}  // namespace afterhours::bridge
