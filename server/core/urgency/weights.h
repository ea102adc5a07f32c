#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "server/core/urgency/features.h"

namespace afterhours::core {

// How likely each level is; together 1.
struct Likelihoods {
  double high = 0;
  double medium = 0;
  double low = 0;
  double known = 0;  // how much of the words is known at all, 0 to 1
};

// What each feature says for each level: a logistic regression over the labelled
// calls in tests/data/calls/tune, made by tools/train-urgency. Immutable.
class Weights {
 public:
  // Lines of "feature TAB high TAB medium TAB low", in thousandths; "#" begins a
  // comment, and "(bias)" is added to all. Returns the lines that are none in `faults`.
  Weights(absl::string_view text, std::vector<std::string>& faults);

  Likelihoods Weigh(const std::vector<Feature>& features) const;

  // The features with words of their own, said and not negated, that speak most for
  // `level` and against the others, the strongest first.
  std::vector<const Feature*> Leading(const std::vector<Feature>& features, v1::Urgency level) const;

 private:
  using Row = std::array<float, 3>;  // HIGH, MEDIUM, LOW

  absl::flat_hash_map<std::string, Row> rows_;
  Row bias_ = {0, 0, 0};
};

// Those that are built in, read at the first use.
const Weights& BuiltInWeights();

// The lines that are wrong with those that are built in; a test holds it empty.
const std::vector<std::string>& WeightFaults();

}  // namespace afterhours::core
