#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/answer.h"
#include "server/db/connection.h"

namespace afterhours::store {

// A message that a person sent us, and what was made of it.
struct InboundMessage {
  std::string provider;
  std::string provider_message_id;
  std::string business_id;  // kNilId when it is about no dispatch
  std::string dispatch_id;  // empty when it is about none
  std::string from_number;
  std::string to_number;
  std::string body;
  std::string outcome;  // name of an AckOutcome, without its prefix
  std::string reply_text;
  std::optional<absl::Time> receive_time;  // unset: it has just arrived
};

// A reply as it came, not judged yet.
InboundMessage MessageOf(const v1::TextReply& reply);

// The message, if it was recorded before.
absl::StatusOr<std::optional<InboundMessage>> FindInboundMessage(db::Transaction& transaction,
                                                                 const std::string& provider,
                                                                 const std::string& provider_message_id);

// Records messages. Returns how many were; the others were recorded by somebody else
// meanwhile, and what this transaction did must then be undone.
absl::StatusOr<std::size_t> InsertInboundMessages(db::Transaction& transaction, std::optional<absl::Time> now,
                                                  const std::vector<InboundMessage>& messages);

// The addressee takes texts from our number again: of which businesses that was
// known not to work.
absl::StatusOr<std::set<std::string>> LiftSuppressions(db::Transaction& transaction, const std::string& from_number,
                                                       const std::string& to_number);

// Who may have sent a message, and about what.
struct Sender {
  bool known = false;                       // the number is some technician's
  std::vector<core::AnswerablePage> pages;  // recent pages sent to the number, newest first
};

// Who sent a message from `from_number` to our `to_number`, and the pages of
// the last day that went from there to that number: the latest 50, and the one
// that `code` names. Unset `receive_time`: it has just arrived. Names no business: it is what finds the business of a
// reply.
absl::StatusOr<Sender> FindSender(db::Transaction& transaction, std::optional<absl::Time> now,
                                  const std::string& from_number, const std::string& to_number,
                                  std::optional<absl::Time> receive_time, const std::string& code);

}  // namespace afterhours::store
