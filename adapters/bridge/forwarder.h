#pragma once

#include <atomic>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/bridge/journal.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "client/dispatch_client.h"

namespace afterhours::bridge {

// Hands webhooks' requests to dispatchd, or keeps them in the journal until it
// can be had.
//
// A request goes to dispatchd directly while the journal is empty. When that
// fails with what may pass, it goes to the journal, and so does every one after
// it until the journal is empty again: what humans answered is not overtaken, and
// nobody waits for a dispatchd that is away. A loop replays the journal in order
// of arrival. An entry goes when dispatchd has committed it, so one may be sent
// twice: requests must be idempotent, and webhooks' are. Thread safe.
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

  // Replays a batch; returns after which span to come again. For the loop and
  // tests; not thread safe with itself.
  absl::Duration ReplayOnce();

 private:
  template <typename Request, typename Response>
  Outcome<Response> Forward(JournalKind kind, const Request& request,
                            absl::StatusOr<Response> (*call)(DispatchClient&, const Request&));
  absl::Status Keep(JournalKind kind, const std::string& payload);

  absl::Status Replay(const JournalEntry& entry);
  bool IsStuck(const JournalEntry& entry, const absl::Status& error);
  absl::Status Refuse(const JournalEntry& entry, const absl::Status& error);
  absl::Duration ComeBackAfter(const absl::Status& error);

  DispatchClient client_;
  DispatchClient replay_client_;
  Journal* const journal_;
  const Clock& clock_;
  prometheus::Gauge& entries_gauge_;
  prometheus::Gauge& bytes_gauge_;
  prometheus::Gauge& age_gauge_;
  prometheus::Counter& writes_;
  prometheus::Counter& replayed_;
  prometheus::Counter& refused_;
  prometheus::Counter& full_;
  prometheus::Counter& errors_;

  // The replay's own.
  int failures_ = 0;                 // rounds in a row that made no headway
  std::int64_t stuck_sequence_ = 0;  // the first in line, if dispatchd fails at it ...
  absl::Time stuck_since_;           // ... since then
  std::atomic<bool> stopping_{false};
  Loop loop_;
};

}  // namespace afterhours::bridge
