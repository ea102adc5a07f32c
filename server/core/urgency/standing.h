#pragma once

#include <map>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/urgency_rules.pb.h"
#include "server/core/urgency/rule_book.h"
#include "server/core/urgency/words.h"

namespace afterhours::core {

// What became of words that a rule knows.
enum class Standing {
  kStands,
  kNegated,   // "no gas smell"
  kOver,      // "the smell is gone"
  kPast,      // "last year we had a flood"
  kSupposed,  // "what if it bursts"
  kOthers,    // "my neighbor's basement, ours is fine"
  kSaying,    // "flooded with calls"
  kCovered,   // within the words of a longer phrase, or of the business's own rule
};

// For people: "negated", "long ago" ...; empty for what stands, or is covered.
absl::string_view Name(Standing standing);

// For each word of a call, which cues are on it.
class Marks {
 public:
  explicit Marks(std::size_t words) : words_(words) {}
  void Set(v1::Cue cue, const PhraseHit& hit);
  void Clear(v1::Cue cue, const PhraseHit& hit);
  bool On(v1::Cue cue, std::size_t word) const;
  bool Any(v1::Cue cue) const { return marks_.count(cue) > 0; }

 private:
  std::size_t words_;
  std::map<v1::Cue, std::vector<char>> marks_;
};

// Tells what the words around a hit make of it. They are looked at up to a fixed
// distance, so that a call without punctuation takes no longer. All that it is
// given must outlive it.
class Scope {
 public:
  Scope(const RuleBook& book, const std::vector<Word>& words, const Marks& marks)
      : book_(book), words_(words), marks_(marks) {}

  // Of a rule's words.
  Standing OfRule(const PhraseHit& hit) const;
  // Of a word by itself: kNegated, kSaying or kStands.
  Standing OfWord(std::size_t word) const { return OfAny({0, word, word + 1, 1}); }
  // Of a cue's own words: "not tomorrow".
  Standing OfCue(const PhraseHit& hit, v1::Cue cue) const;

  bool IsBorder(std::size_t word) const { return words_[word].text.empty(); }

 private:
  Standing OfAny(const PhraseHit& hit) const;
  bool IsNegated(const PhraseHit& hit) const;
  bool IsDenied(const PhraseHit& hit) const;
  bool IsOver(const PhraseHit& hit) const;
  bool IsSupposed(const PhraseHit& hit) const;
  bool IsPast(const PhraseHit& hit) const;
  bool IsOthers(const PhraseHit& hit) const;

  const RuleBook& book_;
  const std::vector<Word>& words_;
  const Marks& marks_;
};

}  // namespace afterhours::core
