#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

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

// A key pressed during a call that pages somebody: 1 accepts, 2 declines, all else
// asks again.
struct KeyPress {
  std::string provider;
  std::string page_id;
  std::string provider_call_id;
  std::string digits;
};

// What an operator says in somebody's name.
struct OperatorAnswer {
  std::string dispatch_id;
  bool accept = false;
  std::string acked_by;
};

// What a human said. A text message has who, whom and what; its outcome is filled in.
using HumanAnswer = std::variant<InboundMessage, KeyPress, OperatorAnswer>;

// Takes answers in their order: finds the page that each is about, and records what
// was made of it. A message or a key press that was taken before gets the same answer
// as then. `taken` has one for each. Errors, and then nothing of it must be committed:
//   ABORTED when one is being taken by another transaction: start over
//   ALREADY_EXISTS (TAKEN_ALONE): one of many cannot be taken in company
//   NOT_FOUND (DISPATCH_NOT_FOUND): an operator names an unknown dispatch
absl::Status TakeAnswers(db::Transaction& transaction, std::optional<absl::Time> now,
                         const std::vector<HumanAnswer>& answers, std::vector<TakenAnswer>& taken);

}  // namespace afterhours::store
