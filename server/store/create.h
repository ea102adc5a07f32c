#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"

namespace afterhours::store {

// A dispatch that is asked for. One of `request_id` and
// `call.external_call_id` is set.
struct NewDispatch {
  core::Call call;
  std::string request_id;
  bool asks_model = false;  // whether a model may be asked about its urgency
};

// What became of it.
struct CreateOutcome {
  // INVALID_ARGUMENT with REQUEST_ID_REUSED or CALL_ID_REUSED: the id stands
  // for something else. Nothing was written for this one.
  absl::Status status;
  std::string dispatch_id;
  bool created = false;                    // false: it was known; what it added was written
  std::optional<core::Snapshot> snapshot;  // as it was written; set when it was created
};

// Creates dispatches, one outcome for each of `batch` in order, all in this
// transaction. A repeat gets the dispatch of the first. Roll it back when one of the
// outcomes is an error. Errors are those of the database, and ALREADY_EXISTS
// (SAME_CALL) when two of the batch are of one call or of one caller: record them
// one after the other. Then nothing of the batch holds.
absl::Status CreateDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                              const std::vector<NewDispatch>& batch, std::vector<CreateOutcome>& outcomes);

}  // namespace afterhours::store
