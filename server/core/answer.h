#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/core/reply.h"
#include "server/core/snapshot.h"

namespace afterhours::core {

// A page that a reply may be about.
struct AnswerablePage {
  std::string dispatch_id;
  std::string page_id;
  std::string technician_id;
  std::string technician_name;
  std::string reply_code;
  bool had_left = true;          // when the answer arrived, as far as clocks agree
  bool may_have_arrived = true;  // it is not known that it never left
};

// What a reply comes to: about which page, or why about none.
struct Answer {
  // ACCEPTED or DECLINED: `page` is what it is about, still to be judged by the
  // dispatch's status. Others: it is about no page in particular.
  v1::AckOutcome outcome = v1::ACK_OUTCOME_UNSPECIFIED;
  AnswerablePage page;
};

// Finds the page that `body` answers among the recent pages to its sender,
// newest first. Never guesses between two dispatches under way: a bare "1"
// counts when one is, or when none is and the newest is meant. Pages that left
// after the answer, and those on which the sender has passed, are meant only when
// there is no other. `snapshots` has the pages' dispatches by id.
Answer FindAnswer(absl::string_view body, bool sender_known, const std::vector<AnswerablePage>& pages,
                  const std::map<std::string, Snapshot>& snapshots);

// What the sender is told. `snapshot` is the dispatch after the answer, or
// nullptr; `pages` are those that FindAnswer chose from. Empty: say nothing.
std::string ReplyText(v1::AckOutcome outcome, const Snapshot* snapshot, const std::vector<AnswerablePage>& pages,
                      const std::map<std::string, Snapshot>& snapshots);

// What somebody who pressed a key on the phone is told. Ends the call.
std::string SpokenReply(v1::AckOutcome outcome, const Snapshot& snapshot);

}  // namespace afterhours::core
