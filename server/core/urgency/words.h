#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace afterhours::core {

// One word of what was said, as rules see it.
struct Word {
  std::string text;        // folded: lower case, Latin letters without accents; empty: a sentence begins here
  absl::string_view said;  // as it was said, in the text that it came from; empty: it was put in
  bool comma = false;      // a comma, a dash or a parenthesis stands before it
  bool wall = false;       // "..." does not reach over it
  bool denied = false;     // of a question that was answered with no
  bool asked = false;      // of a question that was answered
  bool negated = false;    // "no", "not", "without" ... reaches over it
};

// The words that count for nothing.
struct SmallWords {
  absl::flat_hash_set<std::string> small;     // a "no" before one of them is an answer
  absl::flat_hash_set<std::string> fillers;   // these leave a "no" as it is
  absl::flat_hash_set<std::string> walls;     // "..." does not reach over these
  absl::flat_hash_set<std::string> pronouns;  // these count, but a "no" before one is an answer
};

// Appends the words of `text`, without the small ones. "isn't", "isnt" and "is
// not" are alike, "pipe's" is "pipe", "fifty-five" is "55"; what is neither
// letter nor digit separates. A "no" that stands alone becomes "nope". The words refer to `text`.
void AppendWords(absl::string_view text, const SmallWords& small_words, std::vector<Word>& words);

// Appends the border between two sentences, unless there is one.
void AppendBorder(std::vector<Word>& words);

}  // namespace afterhours::core
