#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/dispatch.pb.h"
#include "server/core/snapshot.h"

namespace afterhours::core {

// How urgent a call is, how sure that is, and why.
struct UrgencyJudgement {
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  double confidence = 0;         // 0 to 1
  std::string reason;            // the words that led there, and those that were discounted; at most 200 bytes
  bool guessed = false;          // nothing known speaks for it: MEDIUM, to be safe
  std::set<std::string> topics;  // what the call is about: "gas", "heat"; empty: nothing known
  v1::Screening screening = v1::SCREENING_UNSPECIFIED;  // set: it is no matter for whoever is on call
  std::string screening_reason;                         // at most 200 bytes; empty without a screening
};

// Judges a call by its summary and the caller's words, with the product's rules
// for `trade` and the business's own, which win. In doubt the higher level;
// without any known word MEDIUM, with low confidence. A level given with the call
// is never lowered, and raised only where danger is certain. docs/urgency.md
// tells how. Pure, thread safe, linear in the length of the call.
UrgencyJudgement JudgeUrgency(const Call& call, v1::Trade trade, const std::vector<v1::UrgencyRule>& own_rules);

// The features that JudgeUrgency weighs in a call, for whoever makes the weights.
std::vector<std::string> FeatureNames(const Call& call, v1::Trade trade);

// Whether `second`, a later call of the same caller, is about the matter of
// `first`. In doubt not: another matter must be another dispatch. A call without
// any words is taken as a repeat.
bool IsSameMatter(const Call& first, const Call& second, v1::Trade trade,
                  const std::vector<v1::UrgencyRule>& own_rules);

// Why a phrase cannot be used in a rule, and what to do; unset when it can.
std::optional<std::string> PhraseFault(absl::string_view phrase);

}  // namespace afterhours::core
