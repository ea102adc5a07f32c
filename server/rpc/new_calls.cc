#include "server/rpc/new_calls.h"

#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "server/core/names.h"
#include "server/rpc/convert.h"
#include "server/store/snapshots.h"

namespace afterhours::rpc {

const std::string& LaneOf(const NewCall& call) {
  const core::Call& wanted = call.wanted.call;
  return wanted.called_number.empty() ? wanted.retell_agent_id : wanted.called_number;
}

absl::Status RecordCalls(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<NewCall> calls) {
  std::vector<store::NewDispatch> batch;
  for (const NewCall& call : calls) batch.push_back(call.wanted);
  std::vector<store::CreateOutcome> outcomes;
  if (absl::Status status = store::CreateDispatches(transaction, now, batch, outcomes); !status.ok()) return status;
  std::set<std::string> known_ids;
  for (const store::CreateOutcome& outcome : outcomes) {
    // What a refused one wrote on the way must not stay.
    if (!outcome.status.ok()) return outcome.status;
    if (!outcome.created) known_ids.insert(outcome.dispatch_id);
  }
  absl::StatusOr<store::Snapshots> known = store::Snapshots();
  if (!known_ids.empty()) known = store::ReadSnapshots(transaction, now, known_ids);
  if (!known.ok()) return known.status();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const store::CreateOutcome& outcome = outcomes[i];
    v1::DispatchResponse& response = *calls[i].response;
    response.Clear();
    Write(outcome.created ? *outcome.snapshot : known->by_id.at(outcome.dispatch_id), response.mutable_dispatch());
    response.set_created(outcome.created);
    calls[i].due_soon =
        !outcome.created || core::IsDueBy(*outcome.snapshot, outcome.snapshot->dispatch.create_time + core::kLookAhead);
  }
  return absl::OkStatus();
}

void TellOf(const NewCall& call, Metrics& metrics) {
  const v1::Dispatch& dispatch = call.response->dispatch();
  metrics
      .Counter("afterhours_dispatches_total", "Dispatches by how they began",
               {{"status", core::Name(dispatch.status())}, {"created", call.response->created() ? "true" : "false"}})
      .Increment();
  LogInfo("dispatch recorded", {{"dispatch_id", dispatch.id()},
                                {"status", core::Name(dispatch.status())},
                                {"urgency", core::Name(dispatch.urgency())},
                                {"created", call.response->created()},
                                {"external_call_id", dispatch.call().external_call_id()}});
}

}  // namespace afterhours::rpc
