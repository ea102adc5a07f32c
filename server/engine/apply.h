#pragma once

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
};

// Whether an error may be gone at the next try: the database is away or busy.
bool IsPassing(const absl::Status& status);

// Steps the dispatches through `inputs`, in order, and writes them, all in one
// transaction. What is to be asked of providers is added to `inquiries`. Tells
// operators, by log, what needs them.
absl::Status Apply(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                   std::vector<Inquiry>& inquiries);

// The same, but when that fails with what does not pass, one by one: an input
// that cannot be written, which `on_error` is told, does not hold up the others.
// Fails only with what passes; some may have been written then.
absl::Status ApplyEach(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                       std::vector<Inquiry>& inquiries,
                       absl::FunctionRef<void(const DispatchInput&, const absl::Status&)> on_error);

// After a commit: what the rules want asked about `snapshot`, and what of its new
// events operators must see.
void Announce(const core::Snapshot& snapshot, std::vector<Inquiry>& inquiries);

}  // namespace afterhours::engine
