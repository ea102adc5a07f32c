#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "base/clock.h"
#include "server/core/step.h"
#include "server/db/connection.h"
#include "server/engine/inquiry.h"

namespace afterhours::engine {

// Something that happened to a dispatch.
struct DispatchInput {
  std::string dispatch_id;
  core::Input input;
  // The dispatch as this process last committed it: saves to read it when nothing
  // has changed it since. Only for an input that asks neither who is on call nor what
  // is known not to work. Null: it is read.
  std::shared_ptr<const core::Snapshot> known = nullptr;
};

// What is to be done after a commit.
struct Aftermath {
  std::vector<Inquiry> inquiries;  // what is to be asked of providers
  bool due_soon = false;           // something is due that engines may not know of
};

// Whether an error may be gone at the next try: the database is away or busy.
bool IsPassing(const absl::Status& status);

// Steps the dispatches through `inputs`, in order, and writes them, all in one
// transaction. Adds to `aftermath`. Tells operators, by log, what needs them.
absl::Status Apply(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                   Aftermath& aftermath);

// The same, but when that fails with what does not pass, one by one: an input
// that cannot be written, which `on_error` is told, does not hold up the others.
// Fails only with what passes; some may have been written then.
absl::Status ApplyEach(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                       Aftermath& aftermath,
                       absl::FunctionRef<void(const DispatchInput&, const absl::Status&)> on_error);

// After a commit: what the rules want asked about `snapshot`, and what of its new
// events operators must see.
void Announce(const core::Snapshot& snapshot, std::vector<Inquiry>& inquiries);

}  // namespace afterhours::engine
