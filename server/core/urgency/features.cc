#include "server/core/urgency/features.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/names.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kStemBytes = 5;
constexpr int kCalmMax = 3;
constexpr std::size_t kNotOfWords = 32;  // features, about

class Collector {
 public:
  explicit Collector(const Reading& reading) : reading_(reading), words_(reading.heard.words) {}

  std::vector<Feature> Collect(const Evidence& evidence, v1::Urgency by_rules) {
    names_.reserve(3 * words_.size() + kNotOfWords);
    features_.reserve(3 * words_.size() + kNotOfWords);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!IsBorder(i)) TakeWord(i);
    }
    TakeRules();
    TakeEvidence(evidence);
    Add(absl::StrCat("judged:", Name(by_rules)));
    return std::move(features_);
  }

 private:
  bool IsBorder(std::size_t i) const { return words_[i].text.empty(); }

  void TakeWord(std::size_t i) {
    const Word& word = words_[i];
    const char* asked = word.asked ? "?" : "";
    Add(absl::StrCat(asked, word.negated ? "!" : "", word.text), i, i + 1);
    if (!word.asked && word.text.size() >= kStemBytes) {
      Add(absl::StrCat(CutText(word.text, kStemBytes), "*"), i, i + 1);
    }
    if (i > 0 && !IsBorder(i - 1)) Add(absl::StrCat(asked, words_[i - 1].text, "_", word.text), i - 1, i + 1);
  }

  void TakeRules() {
    for (const Finding& finding : reading_.findings) {
      if (finding.group == nullptr) continue;
      const absl::string_view standing = finding.standing == Standing::kCovered ? "covered" : Name(finding.standing);
      Add(absl::StrCat("rule:", finding.topic, "/", Name(finding.urgency), finding.group->hint() > 0 ? "/hint" : "",
                       standing.empty() ? "" : "/", standing));
    }
    for (const auto& [cue, words] : reading_.cues) Add(absl::StrCat("cue:", v1::Cue_Name(cue).substr(4)));
  }

  void TakeEvidence(const Evidence& evidence) {
    const std::pair<const char*, bool> found[] = {
        {"high", !evidence.high.empty()},
        {"with", !evidence.with.empty()},
        {"contained", !evidence.contained.empty()},
        {"hints", !evidence.high_hints.empty()},
        {"medium", !evidence.medium.empty()},
        {"medium_hints", !evidence.medium_hints.empty()},
        {"low", !evidence.low.empty()},
        {"low_hints", !evidence.low_hints.empty()},
        {"lost", evidence.lost},
        {"asks", evidence.asks},
        {"told", evidence.told},
        {"only_high", !evidence.high.empty() && evidence.low.empty() && evidence.calm == 0}};
    for (const auto& [name, is_found] : found) {
      if (is_found) Add(absl::StrCat("found:", name));
    }
    Add(absl::StrCat("calm:", std::min(evidence.calm, kCalmMax)));
  }

  void Add(std::string name, std::size_t begin = 0, std::size_t end = 0) {
    if (names_.insert(name).second) features_.push_back({std::move(name), begin, end});
  }

  const Reading& reading_;
  const std::vector<Word>& words_;
  absl::flat_hash_set<std::string> names_;
  std::vector<Feature> features_;
};

}  // namespace

std::vector<Feature> FeaturesOf(const Reading& reading, const Evidence& evidence, v1::Urgency by_rules) {
  return Collector(reading).Collect(evidence, by_rules);
}

}  // namespace afterhours::core
