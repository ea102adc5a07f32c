#include "server/core/urgency/weights.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/core/urgency/weights_text.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kHigh = 0, kMedium = 1, kLow = 2;

std::size_t ColumnOf(v1::Urgency level) {
  if (level == v1::URGENCY_HIGH) return kHigh;
  return level == v1::URGENCY_MEDIUM ? kMedium : kLow;
}

struct BuiltIn {
  std::vector<std::string> faults;
  Weights weights{UrgencyWeightsText(), faults};
};

const BuiltIn& TheBuiltIn() {
  static const BuiltIn& built_in = *new BuiltIn;
  return built_in;
}

}  // namespace

Weights::Weights(absl::string_view text, std::vector<std::string>& faults) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::vector<absl::string_view> members = absl::StrSplit(line, '\t');
    Row row;
    bool good = members.size() == row.size() + 1;
    for (std::size_t i = 0; good && i < row.size(); ++i) {
      int thousandths = 0;
      good = absl::SimpleAtoi(members[i + 1], &thousandths);
      row[i] = static_cast<float>(thousandths) / 1000;
    }
    if (!good || (members[0] != "(bias)" && !rows_.emplace(members[0], row).second)) {
      faults.push_back(absl::StrCat("not feature, high, medium, low, or there twice: \"", line, "\""));
    } else if (members[0] == "(bias)") {
      bias_ = row;
    }
  }
}

// The more features there are, the less each of them says.
Likelihoods Weights::Weigh(const std::vector<Feature>& features) const {
  std::array<double, 3> sum = {0, 0, 0};
  int known = 0;
  int words = 0;
  int known_words = 0;
  for (const Feature& feature : features) {
    const bool is_word = feature.end == feature.begin + 1 && feature.name.back() != '*';
    const auto row = rows_.find(feature.name);
    words += is_word ? 1 : 0;
    if (row == rows_.end()) continue;
    known_words += is_word ? 1 : 0;
    ++known;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += row->second[i];
  }
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = bias_[i] + sum[i] / std::sqrt(std::max(known, 1));
  const double most = *std::max_element(sum.begin(), sum.end());
  double all = 0;
  for (double& value : sum) all += value = std::exp(value - most);
  return {sum[kHigh] / all, sum[kMedium] / all, sum[kLow] / all, static_cast<double>(known_words) / std::max(words, 1)};
}

std::vector<const Feature*> Weights::Leading(const std::vector<Feature>& features, v1::Urgency level) const {
  const std::size_t column = ColumnOf(level);
  std::vector<std::pair<float, const Feature*>> leading;
  for (const Feature& feature : features) {
    const auto row = rows_.find(feature.name);
    const bool marked = feature.name.front() == '!' || feature.name.front() == '?';
    if (row == rows_.end() || feature.begin == feature.end || marked) continue;
    const float others = std::max(row->second[(column + 1) % 3], row->second[(column + 2) % 3]);
    if (row->second[column] > others) leading.emplace_back(row->second[column] - others, &feature);
  }
  std::stable_sort(leading.begin(), leading.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const Feature*> result;
  for (const auto& [weight, feature] : leading) result.push_back(feature);
  return result;
}

const Weights& BuiltInWeights() { return TheBuiltIn().weights; }

const std::vector<std::string>& WeightFaults() { return TheBuiltIn().faults; }

}  // namespace afterhours::core
