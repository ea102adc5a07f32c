#include "server/core/urgency/urgency.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/names.h"
#include "server/core/urgency/evidence.h"
#include "server/core/urgency/features.h"
#include "server/core/urgency/reading.h"
#include "server/core/urgency/screening.h"
#include "server/core/urgency/weights.h"

namespace afterhours::core {
namespace {

constexpr double kConfidenceGiven = 1.0;
constexpr double kConfidenceOne = 0.7;
constexpr double kConfidencePerFurther = 0.1;
constexpr double kConfidenceMax = 0.95;
constexpr double kConfidenceMixed = 0.6;  // something speaks for another level
constexpr double kConfidenceHints = 0.5;
constexpr double kConfidenceUnknown = 0.35;  // a whole call without a known word
constexpr double kConfidenceNothing = 0.3;
constexpr double kConfidenceMin = 0.3;
// HIGH from here on, though another level may be likelier: a danger that is missed is
// worth six false alarms.
constexpr double kHighFrom = 0.15;
// With fewer words, or when fewer of them are known, the rules judge alone: another
// language, for one.
constexpr std::ptrdiff_t kWordsToWeigh = 10;
constexpr double kKnownToWeigh = 0.4;
constexpr std::size_t kLeadingMax = 3;
constexpr std::size_t kReasonBytesMax = 200;
constexpr std::size_t kDiscountedMax = 3;

double Confidence(std::size_t findings, bool mixed) {
  const double agreed =
      std::min(kConfidenceMax, kConfidenceOne + kConfidencePerFurther * static_cast<double>(findings - 1));
  return mixed ? std::min(agreed, kConfidenceMixed) : agreed;
}

UrgencyJudgement Judged(v1::Urgency urgency, double confidence, std::string reason) {
  UrgencyJudgement judged;
  judged.urgency = urgency;
  judged.confidence = confidence;
  judged.reason = std::move(reason);
  return judged;
}

// How much hints of danger must weigh: more, the more there is that calms.
int WeightNeeded(const Evidence& evidence) {
  if (evidence.calm > 0) return 2 * evidence.calm;
  return evidence.told && !evidence.asks ? 1 : 2;
}

// Whether a caller told the whole matter, and said nothing that calms or asks.
bool NothingCalms(const Reading& reading, const Evidence& evidence) {
  const bool strange = reading.Has(v1::CUE_SALES) || reading.Has(v1::CUE_WRONG_NUMBER) || reading.Has(v1::CUE_SPAM);
  return evidence.told && evidence.calm == 0 && !evidence.asks && !strange;
}

UrgencyJudgement DecideHigh(const Reading& reading, const Evidence& evidence) {
  const std::string with = evidence.with.empty() ? "" : absl::StrCat(" with ", evidence.with.Text());
  const bool mixed = reading.Has(v1::CUE_CAN_WAIT) || reading.Has(v1::CUE_MORNING) || !evidence.low.empty();
  return Judged(v1::URGENCY_HIGH, Confidence(evidence.high.size() + evidence.with.size(), mixed),
                evidence.high.Text() + with);
}

UrgencyJudgement DecideByHints(const Reading& reading, const Evidence& evidence) {
  const Quotes& hints = !evidence.high_hints.empty()     ? evidence.high_hints
                        : !evidence.medium.empty()       ? evidence.medium
                        : !evidence.medium_hints.empty() ? evidence.medium_hints
                                                         : evidence.low_hints;
  const auto vulnerable = reading.cues.find(v1::CUE_VULNERABLE);
  const std::string with = vulnerable == reading.cues.end() ? "" : absl::StrCat(" with \"", vulnerable->second, "\"");
  return Judged(v1::URGENCY_HIGH, kConfidenceHints, absl::StrCat(hints.Text(), with, ", in doubt the higher"));
}

// Without a clear word. A caller who told a whole matter, and said nothing that
// calms or asks, is taken as in danger.
UrgencyJudgement DecideInDoubt(const Reading& reading, const Evidence& evidence) {
  const auto words = [&reading](v1::Cue cue) { return absl::StrCat("\"", reading.cues.at(cue), "\""); };
  if (reading.Has(v1::CUE_CAN_WAIT)) return Judged(v1::URGENCY_LOW, kConfidenceMixed, words(v1::CUE_CAN_WAIT));
  if (!evidence.low_hints.empty() && !reading.Has(v1::CUE_MORNING)) {
    return Judged(v1::URGENCY_LOW, kConfidenceHints, evidence.low_hints.Text());
  }
  const bool nothing_calms = NothingCalms(reading, evidence);
  const Quotes& hints = evidence.high_hints.empty() ? evidence.medium_hints : evidence.high_hints;
  if (!hints.empty()) {
    return Judged(nothing_calms ? v1::URGENCY_HIGH : v1::URGENCY_MEDIUM, kConfidenceHints,
                  absl::StrCat(hints.Text(), nothing_calms ? ", and nothing says that it can wait" : ""));
  }
  if (reading.Has(v1::CUE_MORNING)) return Judged(v1::URGENCY_MEDIUM, kConfidenceHints, words(v1::CUE_MORNING));
  if (nothing_calms) {
    return Judged(v1::URGENCY_HIGH, kConfidenceUnknown, "no known words, and nothing says that it can wait");
  }
  UrgencyJudgement judged =
      Judged(v1::URGENCY_MEDIUM, kConfidenceNothing, "no known words; taken as MEDIUM to be safe");
  judged.guessed = true;
  return judged;
}

UrgencyJudgement Decide(const Reading& reading, const Evidence& evidence) {
  if (!evidence.high.empty()) return DecideHigh(reading, evidence);
  const bool trifle = !evidence.low_hints.empty() && !evidence.asks;
  const bool trouble =
      !evidence.high_hints.empty() || !evidence.medium.empty() || !evidence.medium_hints.empty() || trifle;
  if (trouble && evidence.weight >= WeightNeeded(evidence)) return DecideByHints(reading, evidence);
  if (!evidence.contained.empty()) {
    const std::string by =
        evidence.stopped_by.empty() ? " is over" : absl::StrCat(" contained: ", evidence.stopped_by.Text());
    return Judged(v1::URGENCY_MEDIUM, kConfidenceMixed, evidence.contained.Text() + by);
  }
  const bool can_wait = reading.Has(v1::CUE_CAN_WAIT) && !reading.Has(v1::CUE_MORNING) && !evidence.own;
  if (!evidence.medium.empty() && !can_wait) {
    if (evidence.lost && NothingCalms(reading, evidence)) {
      return Judged(v1::URGENCY_HIGH, kConfidenceHints,
                    absl::StrCat(evidence.medium.Text(), ", and nothing says that it can wait"));
    }
    const bool mixed = !evidence.low.empty() || !evidence.high_hints.empty();
    return Judged(v1::URGENCY_MEDIUM, Confidence(evidence.medium.size(), mixed), evidence.medium.Text());
  }
  if (!evidence.low.empty()) {
    const bool mixed = !evidence.high_hints.empty() || !evidence.medium_hints.empty();
    return Judged(v1::URGENCY_LOW, Confidence(evidence.low.size(), mixed), evidence.low.Text());
  }
  return DecideInDoubt(reading, evidence);
}

// Gas and carbon monoxide kill before anybody comes to see: where they stand, no
// other word makes it less.
bool KillsUnseen(const Reading& reading) {
  return std::any_of(reading.findings.begin(), reading.findings.end(), [](const Finding& finding) {
    return finding.standing == Standing::kStands && finding.group != nullptr && finding.group->hint() == 0 &&
           finding.urgency == v1::URGENCY_HIGH && (finding.topic == "gas" || finding.topic == "carbon_monoxide");
  });
}

// Weighs all words against each other. The rules, which know how words belong
// together, are a part of what is weighed.
UrgencyJudgement DecideByWeights(const Reading& reading, const Evidence& evidence, UrgencyJudgement by_rules) {
  const std::vector<Feature> features = FeaturesOf(reading, evidence, by_rules.urgency);
  const Likelihoods likely = BuiltInWeights().Weigh(features);
  if (likely.known < kKnownToWeigh) return by_rules;
  v1::Urgency level = likely.medium >= likely.low ? v1::URGENCY_MEDIUM : v1::URGENCY_LOW;
  double confidence = std::max(likely.medium, likely.low);
  if (likely.high >= kHighFrom) {
    level = v1::URGENCY_HIGH;
    confidence = likely.high;
  } else if (by_rules.urgency == v1::URGENCY_HIGH && KillsUnseen(reading)) {
    return by_rules;
  }
  confidence = std::clamp(std::round(100 * confidence) / 100, kConfidenceMin, kConfidenceMax);
  if (level == by_rules.urgency && !by_rules.guessed) {
    by_rules.confidence = confidence;
    return by_rules;
  }
  Quotes quotes;
  for (const Feature* feature : BuiltInWeights().Leading(features, level)) {
    PhraseHit hit{0, feature->begin, feature->end, ~std::uint64_t{0}};
    if (quotes.size() < kLeadingMax) quotes.Add(Quote(reading.heard.words, hit));
  }
  std::string reason = quotes.empty() ? "all its words together" : quotes.Text();
  if (level == v1::URGENCY_HIGH && confidence < 0.5) absl::StrAppend(&reason, ", in doubt the higher");
  if (by_rules.urgency > level && !by_rules.guessed) absl::StrAppend(&reason, " outweigh ", by_rules.reason);
  return Judged(level, confidence, std::move(reason));
}

// "; "gas smell" negated, "flood" long ago"
std::string Discounted(const Reading& reading) {
  std::string text;
  std::size_t named = 0;
  std::size_t reached = 0;  // of words in several phrases, the first is named
  std::set<std::string> quotes;
  for (const Finding& finding : reading.findings) {
    const absl::string_view why = Name(finding.standing);
    if (why.empty() || finding.urgency < v1::URGENCY_MEDIUM || named == kDiscountedMax) continue;
    if (finding.hit.begin < reached || !quotes.insert(finding.quote).second) continue;
    reached = finding.hit.end;
    absl::StrAppend(&text, named++ == 0 ? "; " : ", ", "\"", finding.quote, "\" ", why);
  }
  return text;
}

// The reporter's word stands, unless danger is certain.
UrgencyJudgement WithGiven(v1::Urgency given, UrgencyJudgement judged) {
  if (judged.urgency == v1::URGENCY_HIGH && given < v1::URGENCY_HIGH && judged.confidence >= kConfidenceOne) {
    judged.reason = absl::StrCat("given ", Name(given), ", raised: ", judged.reason);
    return judged;
  }
  judged.urgency = given;
  judged.guessed = false;
  judged.confidence = kConfidenceGiven;
  judged.reason = "given with the call";
  return judged;
}

}  // namespace

UrgencyJudgement JudgeUrgency(const Call& call, v1::Trade trade, const std::vector<v1::UrgencyRule>& own_rules) {
  const Reading reading = Read(call, trade, own_rules);
  const Evidence evidence = Weigh(reading);
  UrgencyJudgement judged = Decide(reading, evidence);
  // What a business wrote itself is not outweighed; a given level is raised only
  // for what is certain.
  const bool weighs = !evidence.own && call.given_urgency == v1::URGENCY_UNSPECIFIED;
  const std::vector<Word>& words = reading.heard.words;
  const auto is_said = [](const Word& word) { return !word.text.empty() && !word.asked; };
  const bool weighed = weighs && std::count_if(words.begin(), words.end(), is_said) >= kWordsToWeigh;
  if (weighed) judged = DecideByWeights(reading, evidence, std::move(judged));
  absl::StrAppend(&judged.reason, Discounted(reading));
  if (call.given_urgency != v1::URGENCY_UNSPECIFIED) judged = WithGiven(call.given_urgency, std::move(judged));
  judged.reason = CutText(judged.reason, kReasonBytesMax);
  judged.topics = TopicsOf(reading);
  const Screened screened = Screen(call, reading);
  // Whom all their words together make urgent is a customer, whatever they also say.
  if (judged.urgency <= v1::URGENCY_LOW || !weighed || screened.screening == v1::SCREENING_NO_WORDS) {
    judged.screening = screened.screening;
    judged.screening_reason = CutText(screened.reason, kReasonBytesMax);
  }
  return judged;
}

std::vector<std::string> FeatureNames(const Call& call, v1::Trade trade) {
  const Reading reading = Read(call, trade, {});
  const Evidence evidence = Weigh(reading);
  std::vector<std::string> names;
  for (const Feature& feature : FeaturesOf(reading, evidence, Decide(reading, evidence).urgency)) {
    names.push_back(feature.name);
  }
  return names;
}

std::optional<std::string> PhraseFault(absl::string_view phrase) {
  PhraseBook book(Rules().small_words());
  return book.Add(phrase, 0);
}

}  // namespace afterhours::core
