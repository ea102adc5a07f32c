#include "server/core/urgency/rule_book.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "server/core/urgency/rules_text.h"

namespace afterhours::core {
namespace {

SmallWords SmallWordsOf(const v1::UrgencyRules& rules) {
  return {{rules.small_words().begin(), rules.small_words().end()},
          {rules.fillers().begin(), rules.fillers().end()},
          {rules.walls().begin(), rules.walls().end()},
          {rules.pronouns().begin(), rules.pronouns().end()}};
}

struct BuiltIn {
  BuiltIn() {
    v1::UrgencyRules rules;
    if (!google::protobuf::TextFormat::ParseFromString(std::string(UrgencyRulesText()), &rules)) {
      faults.push_back("urgency/rules.textproto cannot be read");
    }
    book = std::make_unique<RuleBook>(std::move(rules), faults);
  }

  std::vector<std::string> faults;
  std::unique_ptr<RuleBook> book;
};

const BuiltIn& TheBuiltIn() {
  static const auto& built_in = *new BuiltIn;
  return built_in;
}

}  // namespace

RuleBook::RuleBook(v1::UrgencyRules rules, std::vector<std::string>& faults)
    : rules_(std::move(rules)),
      small_words_(SmallWordsOf(rules_)),
      breakers_(rules_.breakers().begin(), rules_.breakers().end()),
      question_words_(rules_.question_words().begin(), rules_.question_words().end()),
      phrases_(small_words_) {
  for (const v1::WordList& list : rules_.lists()) {
    if (auto fault = phrases_.AddList(list.name(), {list.words().begin(), list.words().end()})) {
      faults.push_back(*std::move(fault));
    }
  }
  const auto add = [&](const std::string& phrase, Meaning meaning) {
    if (auto fault = phrases_.Add(phrase, static_cast<int>(meanings_.size()))) {
      faults.push_back(absl::StrCat("\"", phrase, "\": ", *fault));
    }
    meanings_.push_back(meaning);
  };
  for (const v1::RuleGroup& group : rules_.groups()) {
    for (const std::string& phrase : group.phrases()) add(phrase, {&group, v1::CUE_UNSPECIFIED});
  }
  for (const v1::CueGroup& group : rules_.cues()) {
    for (const std::string& phrase : group.phrases()) add(phrase, {nullptr, group.cue()});
  }
}

const RuleBook& Rules() { return *TheBuiltIn().book; }

const std::vector<std::string>& RuleFaults() { return TheBuiltIn().faults; }

bool HoldsFor(const google::protobuf::RepeatedField<int>& trades, v1::Trade trade) {
  return trades.empty() || trade == v1::TRADE_UNSPECIFIED || trade == v1::TRADE_PROPERTY ||
         std::find(trades.begin(), trades.end(), trade) != trades.end();
}

}  // namespace afterhours::core
