#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/urgency_rules.pb.h"
#include "server/core/urgency/phrase.h"
#include "server/core/urgency/words.h"

namespace afterhours::core {

// The product's rules, compiled. Immutable, and so safe for any thread.
class RuleBook {
 public:
  // What a hit of the phrase of that number means: one of the two.
  struct Meaning {
    const v1::RuleGroup* group = nullptr;
    v1::Cue cue = v1::CUE_UNSPECIFIED;
  };

  // Compiles `rules`. Returns what is wrong with them in `faults`, and leaves
  // that out.
  RuleBook(v1::UrgencyRules rules, std::vector<std::string>& faults);
  RuleBook(const RuleBook&) = delete;
  RuleBook& operator=(const RuleBook&) = delete;

  const v1::UrgencyRules& rules() const { return rules_; }
  const SmallWords& small_words() const { return small_words_; }
  const PhraseBook& phrases() const { return phrases_; }
  const Meaning& meaning(int phrase) const { return meanings_[static_cast<std::size_t>(phrase)]; }
  bool IsBreaker(absl::string_view word) const { return breakers_.contains(word); }
  bool IsQuestionWord(absl::string_view word) const { return question_words_.contains(word); }

 private:
  v1::UrgencyRules rules_;
  SmallWords small_words_;
  absl::flat_hash_set<std::string> breakers_;
  absl::flat_hash_set<std::string> question_words_;
  std::vector<Meaning> meanings_;
  PhraseBook phrases_;
};

// Those that are built in, compiled at the first use.
const RuleBook& Rules();

// What is wrong with those that are built in; a test holds it empty.
const std::vector<std::string>& RuleFaults();

// Whether a rule for `trades` holds for a business of `trade`. Whoever manages
// buildings has all of them, and so has one whose trade is not known.
bool HoldsFor(const google::protobuf::RepeatedField<int>& trades, v1::Trade trade);

}  // namespace afterhours::core
