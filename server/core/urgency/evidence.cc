#include "server/core/urgency/evidence.h"

#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kQuotesMax = 3;
constexpr int kVulnerableWeight = 2;
constexpr std::size_t kWordsToTell = 12;  // a caller who says as much has told what it is about

// The words of the first of `cues` that the call has, or nullptr.
const std::string* FirstCue(const Reading& reading, const google::protobuf::RepeatedField<int>& cues) {
  for (const int cue : cues) {
    const auto found = reading.cues.find(static_cast<v1::Cue>(cue));
    if (found != reading.cues.end()) return &found->second;
  }
  return nullptr;
}

// Whether none of its words is among `counted`, to which it adds them.
bool AddWords(const PhraseHit& hit, std::set<std::size_t>& counted) {
  bool fresh = true;
  for (std::size_t i = hit.begin; i < hit.end; ++i) {
    if (Holds(hit, i)) fresh = counted.insert(i).second && fresh;
  }
  return fresh;
}

// How many kinds of words calm: who is in danger does not speak of tomorrow.
int Calm(const Reading& reading, const Evidence& evidence) {
  int calm = evidence.low.empty() ? 0 : 1;
  for (const v1::Cue cue : {v1::CUE_CALM, v1::CUE_MORNING, v1::CUE_CAN_WAIT, v1::CUE_CONTAINED}) {
    calm += reading.Has(cue) ? 1 : 0;
  }
  return calm;
}

void WeighHigh(const Reading& reading, const Finding& finding, std::set<std::size_t>& counted, Evidence& evidence) {
  const v1::RuleGroup* group = finding.group;
  const bool hint = group != nullptr && group->hint() > 0;
  const std::string* stopped =
      group == nullptr || reading.Has(v1::CUE_ONGOING) ? nullptr : FirstCue(reading, group->lowered_by());
  if (stopped != nullptr) {
    evidence.contained.Add(finding.quote);
    evidence.stopped_by.Add(*stopped);
  } else if (!hint) {
    evidence.high.Add(finding.quote);
  } else if (AddWords(finding.hit, counted) && evidence.high_hints.Add(finding.quote)) {
    evidence.weight += group->hint();
  }
}

}  // namespace

bool Quotes::Add(const std::string& quote) {
  if (!all_.insert(quote).second) return false;
  if (first_.size() < kQuotesMax) first_.push_back(quote);
  return true;
}

std::string Quotes::Text() const {
  std::string text;
  for (const std::string& quote : first_) absl::StrAppend(&text, text.empty() ? "" : ", ", "\"", quote, "\"");
  return text;
}

Evidence Weigh(const Reading& reading) {
  Evidence evidence;
  std::set<std::size_t> counted;  // words of hints of HIGH: each counts once
  for (const Finding& finding : reading.findings) {
    const v1::RuleGroup* group = finding.group;
    const bool hint = group != nullptr && group->hint() > 0;
    if (finding.standing == Standing::kOver && finding.urgency == v1::URGENCY_HIGH && !hint) {
      evidence.contained.Add(finding.quote);
    }
    if (finding.standing != Standing::kStands) continue;
    evidence.own = evidence.own || group == nullptr;
    const std::string* with = group == nullptr ? nullptr : FirstCue(reading, group->raised_by());
    if (with != nullptr) {
      evidence.high.Add(finding.quote);
      evidence.with.Add(*with);
    } else if (finding.urgency == v1::URGENCY_HIGH) {
      WeighHigh(reading, finding, counted, evidence);
    } else if (finding.urgency == v1::URGENCY_MEDIUM) {
      (hint ? evidence.medium_hints : evidence.medium).Add(finding.quote);
      evidence.lost = evidence.lost || (group != nullptr && group->raised_by_size() > 0);
    } else if (finding.urgency == v1::URGENCY_LOW) {
      (hint ? evidence.low_hints : evidence.low).Add(finding.quote);
      evidence.asks = evidence.asks || (hint && group->hint() == 1);
    }
  }
  if (reading.Has(v1::CUE_VULNERABLE)) evidence.weight += kVulnerableWeight;
  evidence.calm = Calm(reading, evidence);
  evidence.told = reading.heard.caller_spoke && reading.heard.words.size() >= kWordsToTell;
  return evidence;
}

}  // namespace afterhours::core
