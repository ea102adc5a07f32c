#include "server/core/urgency.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace afterhours::core {
namespace {

struct Term {
  absl::string_view phrase;  // lower case; matches from the start of a word
  v1::Urgency urgency;
};

// A "drip" goes up when something floods as well: the highest term wins.
constexpr Term kTerms[] = {
    {"gas leak", v1::URGENCY_HIGH},
    {"gas smell", v1::URGENCY_HIGH},
    {"smell gas", v1::URGENCY_HIGH},
    {"smell of gas", v1::URGENCY_HIGH},
    {"smells like gas", v1::URGENCY_HIGH},
    {"carbon monoxide", v1::URGENCY_HIGH},
    {"flood", v1::URGENCY_HIGH},
    {"burst", v1::URGENCY_HIGH},
    {"water everywhere", v1::URGENCY_HIGH},
    {"sewage", v1::URGENCY_HIGH},
    {"water leak", v1::URGENCY_HIGH},
    {"pouring", v1::URGENCY_HIGH},
    {"gushing", v1::URGENCY_HIGH},
    {"spark", v1::URGENCY_HIGH},
    {"smoke", v1::URGENCY_HIGH},
    {"fire", v1::URGENCY_HIGH},
    {"no heat", v1::URGENCY_HIGH},
    {"emergency", v1::URGENCY_HIGH},
    {"locked in", v1::URGENCY_HIGH},
    {"ceiling is coming down", v1::URGENCY_HIGH},
    {"no hot water", v1::URGENCY_MEDIUM},
    {"no water", v1::URGENCY_MEDIUM},
    {"no power", v1::URGENCY_MEDIUM},
    {"clogged", v1::URGENCY_MEDIUM},
    {"backed up", v1::URGENCY_MEDIUM},
    {"overflow", v1::URGENCY_MEDIUM},
    {"locked out", v1::URGENCY_MEDIUM},
    {"leak", v1::URGENCY_MEDIUM},
    {"not working", v1::URGENCY_MEDIUM},
    {"broken", v1::URGENCY_MEDIUM},
    {"quote", v1::URGENCY_LOW},
    {"estimate", v1::URGENCY_LOW},
    {"appointment", v1::URGENCY_LOW},
    {"schedule", v1::URGENCY_LOW},
    {"drip", v1::URGENCY_LOW},
    {"invoice", v1::URGENCY_LOW},
    {"billing", v1::URGENCY_LOW},
    {"no rush", v1::URGENCY_LOW},
};

constexpr double kConfidenceGiven = 1.0;
constexpr double kConfidenceOneTerm = 0.7;
constexpr double kConfidencePerFurtherTerm = 0.1;
constexpr double kConfidenceTermsMax = 0.95;
constexpr double kConfidenceMixed = 0.6;  // terms of another level were there too
constexpr double kConfidenceNothing = 0.3;

std::string CallersWords(absl::string_view summary, absl::string_view transcript) {
  std::string words = absl::StrCat(" ", absl::AsciiStrToLower(summary));
  for (const absl::string_view line : absl::StrSplit(transcript, '\n')) {
    const std::string lower = absl::AsciiStrToLower(absl::StripLeadingAsciiWhitespace(line));
    if (!absl::StartsWith(lower, "agent:")) absl::StrAppend(&words, " ", lower);
  }
  return words;
}

bool Says(absl::string_view words, absl::string_view phrase) {
  for (std::size_t at = words.find(phrase); at != absl::string_view::npos; at = words.find(phrase, at + 1)) {
    if (at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(words[at - 1]))) return true;
  }
  return false;
}

}  // namespace

UrgencyJudgement JudgeUrgency(v1::Urgency given, absl::string_view summary, absl::string_view transcript) {
  if (given != v1::URGENCY_UNSPECIFIED) return {given, kConfidenceGiven, "given with the call"};

  const std::string words = CallersWords(summary, transcript);
  v1::Urgency highest = v1::URGENCY_UNSPECIFIED;
  for (const Term& term : kTerms) {
    if (term.urgency > highest && Says(words, term.phrase)) highest = term.urgency;
  }
  if (highest == v1::URGENCY_UNSPECIFIED) {
    return {v1::URGENCY_MEDIUM, kConfidenceNothing, "no known words; taken as MEDIUM to be safe"};
  }
  std::vector<std::string> led_there;
  bool mixed = false;
  for (const Term& term : kTerms) {
    if (!Says(words, term.phrase)) continue;
    if (term.urgency == highest) {
      led_there.push_back(absl::StrCat("\"", term.phrase, "\""));
    } else {
      mixed = true;
    }
  }
  const double agreed = std::min(
      kConfidenceTermsMax, kConfidenceOneTerm + kConfidencePerFurtherTerm * static_cast<double>(led_there.size() - 1));
  return {highest, mixed ? std::min(agreed, kConfidenceMixed) : agreed, absl::StrJoin(led_there, ", ")};
}

}  // namespace afterhours::core
