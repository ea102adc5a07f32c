#include "server/core/urgency/reading.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kOverlapWords = 8;  // a phrase that begins as many before another hardly meets it
constexpr std::size_t kQuoteBytesMax = 44;

class Reader {
 public:
  Reader(const RuleBook& book, Reading& reading)
      : book_(book),
        reading_(reading),
        words_(reading.heard.words),
        marks_(words_.size()),
        scope_(book, words_, marks_) {}

  void Run(v1::Trade trade, const std::vector<v1::UrgencyRule>& own_rules) {
    TakeProduct(trade);
    TakeOwn(own_rules);
    MarkNegated();
    std::stable_sort(reading_.findings.begin(), reading_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.hit.begin < b.hit.begin; });
    ConsumeNegators();
    TakeCues();
    for (Finding& finding : reading_.findings) {
      // Who never got an invoice asks for one: what can wait is not negated.
      if (finding.urgency != v1::URGENCY_LOW) finding.standing = scope_.OfRule(finding.hit);
    }
    Cover();
    SkipChoices();
    for (Finding& finding : reading_.findings) {
      if (finding.standing != Standing::kCovered) finding.quote = Quote(words_, finding.hit);
    }
    reading_.says_nothing = SaysNothing();
  }

 private:
  void TakeProduct(v1::Trade trade) {
    for (const PhraseHit& hit : book_.phrases().Find(words_)) {
      const RuleBook::Meaning& meaning = book_.meaning(hit.phrase);
      if (meaning.group == nullptr) {
        marks_.Set(meaning.cue, hit);
        cue_hits_.emplace_back(meaning.cue, hit);
      } else if (HoldsFor(meaning.group->trades(), trade)) {
        reading_.findings.push_back(
            {hit, meaning.group->urgency(), meaning.group->topic(), meaning.group, Standing::kStands, ""});
      }
    }
  }

  void TakeOwn(const std::vector<v1::UrgencyRule>& own_rules) {
    if (own_rules.empty()) return;
    PhraseBook own(book_.small_words());
    // One that cannot be used was refused when it was written; it matches nothing.
    for (std::size_t i = 0; i < own_rules.size(); ++i) own.Add(own_rules[i].phrase(), static_cast<int>(i));
    for (const PhraseHit& hit : own.Find(words_)) {
      const v1::UrgencyRule& rule = own_rules[static_cast<std::size_t>(hit.phrase)];
      reading_.findings.push_back({hit, rule.urgency(), rule.topic(), nullptr, Standing::kStands, ""});
    }
  }

  void MarkNegated() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!scope_.IsBorder(i)) reading_.heard.words[i].negated = scope_.OfWord(i) == Standing::kNegated;
    }
  }

  // The longer phrase knows better, and the business's own rule best.
  void Cover() {
    std::vector<Finding>& findings = reading_.findings;
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const Finding& outer = findings[i];
      if (outer.standing != Standing::kStands) continue;
      std::size_t j = i;
      while (j > 0 && findings[j - 1].hit.begin + kOverlapWords > outer.hit.begin) --j;
      for (; j < findings.size() && findings[j].hit.begin < outer.hit.end; ++j) {
        if (j != i && Covers(outer, findings[j])) findings[j].standing = Standing::kCovered;
      }
    }
  }

  static bool Covers(const Finding& outer, const Finding& inner) {
    std::size_t shared = 0;
    std::size_t inner_words = 0;
    std::size_t outer_words = 0;
    for (std::size_t i = std::min(outer.hit.begin, inner.hit.begin); i < std::max(outer.hit.end, inner.hit.end); ++i) {
      const bool in_outer = Holds(outer.hit, i);
      const bool in_inner = Holds(inner.hit, i);
      outer_words += in_outer ? 1 : 0;
      inner_words += in_inner ? 1 : 0;
      shared += in_outer && in_inner ? 1 : 0;
    }
    const bool within = shared == inner_words && inner_words < outer_words;
    if (outer.group == nullptr) return inner.group == nullptr ? within : shared > 0;
    if (inner.group == nullptr || outer.urgency == v1::URGENCY_UNSPECIFIED) return false;
    // With words between its own, a phrase may be about something else: it takes
    // nothing away from what is more urgent.
    const bool loose = outer_words < outer.hit.end - outer.hit.begin;
    if (loose && outer.urgency < inner.urgency) return false;
    // What is clear about words tells more than what they hint at.
    if (inner.group->hint() > 0 && outer.group->hint() == 0) return shared > 0;
    return within && (inner.group->hint() > 0 || outer.group->hint() == 0);
  }

  // The "no" of "no heat" does not negate the baby that is named after it.
  void ConsumeNegators() {
    for (const Finding& finding : reading_.findings) {
      if (finding.urgency != v1::URGENCY_UNSPECIFIED) marks_.Clear(v1::CUE_NEGATES, finding.hit);
    }
    for (const auto& [cue, hit] : cue_hits_) {
      if (cue == v1::CUE_NO_NEGATION) marks_.Clear(v1::CUE_NEGATES, hit);
    }
  }

  void TakeCues() {
    std::map<v1::Cue, std::size_t> counted;  // to which word
    for (const auto& [cue, hit] : cue_hits_) {
      if (scope_.OfCue(hit, cue) != Standing::kStands) continue;
      reading_.cues.try_emplace(cue, Quote(words_, hit));
      if (hit.begin < counted[cue]) continue;
      counted[cue] = hit.end;
      ++reading_.cue_counts[cue];
    }
  }

  // What the agent asked, and what an empty answer to it means, is not said.
  bool SaysNothing() const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!scope_.IsBorder(i) && !words_[i].asked && !marks_.On(v1::CUE_NO_WORDS, i)) return false;
    }
    return true;
  }

  // "Is it gas, or do you want a quote?" "Yes, a quote": the answer tells which.
  void SkipChoices() {
    for (const Answered& answered : reading_.heard.answered) {
      if (!answered.choice) continue;
      const auto from = [this](std::size_t word) {
        return std::partition_point(reading_.findings.begin(), reading_.findings.end(),
                                    [word](const Finding& finding) { return finding.hit.begin < word; });
      };
      const auto stands = [](const Finding& finding) { return finding.standing == Standing::kStands; };
      if (std::none_of(from(answered.end), from(answered.answer_end), stands)) continue;
      for (auto finding = from(answered.begin); finding != from(answered.end); ++finding) {
        if (stands(*finding)) finding->standing = Standing::kCovered;
      }
    }
  }

  const RuleBook& book_;
  Reading& reading_;
  const std::vector<Word>& words_;
  Marks marks_;
  Scope scope_;
  std::vector<std::pair<v1::Cue, PhraseHit>> cue_hits_;
};

}  // namespace

std::string Quote(const std::vector<Word>& words, const PhraseHit& hit) {
  std::string quote;
  bool gap = false;
  for (std::size_t i = hit.begin; i < hit.end; ++i) {
    if (!Holds(hit, i)) {
      gap = true;
      continue;
    }
    const absl::string_view said = words[i].said.empty() ? absl::string_view("not") : words[i].said;
    const bool same = i > 0 && said.data() == words[i - 1].said.data() && i > hit.begin;  // "isn't" is two words
    if (same) continue;
    absl::StrAppend(&quote, quote.empty() ? "" : gap ? " ... " : " ", absl::AsciiStrToLower(said));
    gap = false;
  }
  return CutText(CleanText(quote), kQuoteBytesMax);
}

Reading Read(const Call& call, v1::Trade trade, const std::vector<v1::UrgencyRule>& own_rules) {
  Reading reading;
  reading.heard = Hear(call, Rules());
  Reader(Rules(), reading).Run(trade, own_rules);
  return reading;
}

std::set<std::string> TopicsOf(const Reading& reading) {
  std::set<std::string> urgent;
  std::set<std::string> named;
  for (const Finding& finding : reading.findings) {
    if (finding.standing != Standing::kStands || finding.topic.empty()) continue;
    const bool hint = finding.group != nullptr && finding.group->hint() > 0;
    const bool is_urgent = finding.urgency != v1::URGENCY_UNSPECIFIED && !hint;
    (is_urgent ? urgent : named).insert(finding.topic);
  }
  return urgent.empty() ? named : urgent;
}

}  // namespace afterhours::core
