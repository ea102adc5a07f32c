#include "server/core/urgency/screening.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

// Whether anything speaks of a matter for the business. A single weak hint of
// danger does not: those who sell towels speak of towels.
bool SpeaksOfAMatter(const Call& call, const Reading& reading) {
  if (call.given_urgency != v1::URGENCY_UNSPECIFIED || reading.Has(v1::CUE_VULNERABLE)) return true;
  std::set<std::string> hints;
  for (const Finding& finding : reading.findings) {
    if (finding.standing != Standing::kStands) continue;
    if (finding.group == nullptr) return true;
    if (finding.urgency < v1::URGENCY_MEDIUM) continue;
    if (finding.group->hint() != 1 || finding.urgency == v1::URGENCY_MEDIUM) return true;
    hints.insert(finding.quote);
  }
  return hints.size() > 1;
}

// Whether the caller asks for what a customer asks for, but prices: those who
// sell speak of them too.
bool AsksAsACustomer(const Reading& reading) {
  return std::any_of(reading.findings.begin(), reading.findings.end(), [](const Finding& finding) {
    return finding.standing == Standing::kStands && finding.urgency == v1::URGENCY_LOW && finding.group->hint() == 0 &&
           finding.topic != "quote";
  });
}

// A report may lack the words of a call; only one that was too short for any is
// known to have had none.
bool IsWordless(const Call& call, const Reading& reading) {
  constexpr absl::Duration kShort = absl::Seconds(10);
  if (call.source != v1::CALL_SOURCE_RETELL || !reading.says_nothing) return false;
  if (!call.summary.empty() || !call.transcript.empty()) return true;
  return call.start_time.has_value() && call.end_time.has_value() && *call.end_time - *call.start_time < kShort;
}

}  // namespace

Screened Screen(const Call& call, const Reading& reading) {
  if (call.source != v1::CALL_SOURCE_RETELL && call.summary.empty() && call.transcript.empty()) return {};
  if (SpeaksOfAMatter(call, reading)) return {};
  static constexpr struct {
    v1::Cue cue;
    v1::Screening screening;
    int signs;  // it takes: a customer, too, may be a manufacturer
  } kKinds[] = {{v1::CUE_SPAM, v1::SCREENING_SPAM, 1},
                {v1::CUE_WRONG_NUMBER, v1::SCREENING_WRONG_NUMBER, 1},
                {v1::CUE_SALES, v1::SCREENING_SALES, 2}};
  for (const auto& kind : kKinds) {
    if (kind.cue != v1::CUE_SPAM && AsksAsACustomer(reading)) break;
    const auto count = reading.cue_counts.find(kind.cue);
    if (count != reading.cue_counts.end() && count->second >= kind.signs)
      return {kind.screening, absl::StrCat("\"", reading.cues.at(kind.cue), "\"")};
  }
  if (IsWordless(call, reading)) return {v1::SCREENING_NO_WORDS, "the caller said nothing"};
  return {};
}

}  // namespace afterhours::core
