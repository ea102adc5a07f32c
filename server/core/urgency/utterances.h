#pragma once

#include <vector>

#include "server/core/snapshot.h"
#include "server/core/urgency/rule_book.h"
#include "server/core/urgency/words.h"

namespace afterhours::core {

// A question of the agent's that the caller answered with yes or no. Its words
// stand before those of the answer.
struct Answered {
  std::size_t begin = 0;  // of the question, in Heard::words
  std::size_t end = 0;
  std::size_t answer_end = 0;
  bool choice = false;  // it offered several things ("gas, or water?"): a yes alone does not tell which
};

// What the caller's side of a call says.
struct Heard {
  std::vector<Word> words;  // a border between each two sentences, and at the end
  std::vector<Answered> answered;
  std::size_t summary_end = 0;  // words[0] to here are the summary's
  bool caller_spoke = false;
};

// The summary, then the caller's turns of the transcript: "User:" and what has
// no speaker. What "Agent:" says does not count, but for a question that the
// caller answers with yes or no: with yes it counts as said; with no, its words
// are denied, after a "not" that is put in front of them. The words refer to
// `call`.
Heard Hear(const Call& call, const RuleBook& book);

}  // namespace afterhours::core
