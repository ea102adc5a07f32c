#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"
#include "server/store/replies.h"

namespace afterhours::store {

// What became of a human's answer, and what to tell them.
struct TakenAnswer {
  v1::AckOutcome outcome = v1::ACK_OUTCOME_UNSPECIFIED;
  std::optional<core::Snapshot> about;  // the dispatch after it; unset: it is about none
  std::string reply_text;               // empty: say nothing
  bool ask_again = false;               // of a key press: say it, and wait for another key
};

// Takes a text message: finds the page that it answers, and records what was made
// of it. A message that was taken before gets the same answer as then. `message`
// has who, whom and what; its outcome is filled in.
// Errors: ABORTED when it is being taken by another transaction: start over.
absl::StatusOr<TakenAnswer> TakeTextReply(db::Transaction& transaction, std::optional<absl::Time> now,
                                          InboundMessage message);

// A key pressed during a call that pages somebody.
struct KeyPress {
  std::string provider;
  std::string page_id;
  std::string provider_call_id;
  std::string digits;
};

// Takes a key press: 1 accepts, 2 declines, all else asks again. Errors as above.
absl::StatusOr<TakenAnswer> TakeKeyPress(db::Transaction& transaction, std::optional<absl::Time> now,
                                         const KeyPress& press);

// Takes what an operator says in somebody's name. Errors: NOT_FOUND.
absl::StatusOr<TakenAnswer> TakeOperatorAck(db::Transaction& transaction, std::optional<absl::Time> now,
                                            const std::string& dispatch_id, bool accept, const std::string& acked_by);

}  // namespace afterhours::store
