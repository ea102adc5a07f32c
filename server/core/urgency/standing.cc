#include "server/core/urgency/standing.h"

#include <algorithm>

namespace afterhours::core {
namespace {

constexpr std::size_t kNegationWords = 5;  // how far "no" reaches
constexpr std::size_t kListWords = 4;      // how near the "or" of a list stands
constexpr std::size_t kBackWords = 4;      // how near "is gone" stands
constexpr std::size_t kPastWords = 14;     // how far "last year" reaches, both ways
constexpr std::size_t kSupposedWords = 9;  // how far "what if" reaches

}  // namespace

absl::string_view Name(Standing standing) {
  switch (standing) {
    case Standing::kNegated:
      return "negated";
    case Standing::kOver:
      return "over";
    case Standing::kPast:
      return "long ago";
    case Standing::kSupposed:
      return "only supposed";
    case Standing::kOthers:
      return "somebody else's";
    case Standing::kSaying:
      return "a figure of speech";
    case Standing::kStands:
    case Standing::kCovered:
      break;
  }
  return "";
}

void Marks::Set(v1::Cue cue, const PhraseHit& hit) {
  std::vector<char>& marks = marks_[cue];
  marks.resize(words_);
  for (std::size_t i = hit.begin; i < hit.end; ++i) {
    if (Holds(hit, i)) marks[i] = 1;
  }
}

void Marks::Clear(v1::Cue cue, const PhraseHit& hit) {
  const auto found = marks_.find(cue);
  if (found == marks_.end()) return;
  for (std::size_t i = hit.begin; i < hit.end; ++i) {
    if (Holds(hit, i)) found->second[i] = 0;
  }
}

bool Marks::On(v1::Cue cue, std::size_t word) const {
  const auto found = marks_.find(cue);
  return found != marks_.end() && found->second[word] != 0;
}

Standing Scope::OfRule(const PhraseHit& hit) const {
  if (const Standing standing = OfAny(hit); standing != Standing::kStands) return standing;
  if (IsSupposed(hit)) return Standing::kSupposed;
  if (IsPast(hit)) return Standing::kPast;
  if (IsOthers(hit)) return Standing::kOthers;
  if (IsOver(hit)) return Standing::kOver;
  return Standing::kStands;
}

Standing Scope::OfCue(const PhraseHit& hit, v1::Cue cue) const {
  if (cue == v1::CUE_VULNERABLE) return OfRule(hit);
  return cue == v1::CUE_SAYING ? Standing::kStands : OfAny(hit);
}

Standing Scope::OfAny(const PhraseHit& hit) const {
  // Of a question that was answered with no; the "not" that was put in is not.
  if (words_[hit.begin].denied && !words_[hit.begin].said.empty()) return Standing::kNegated;
  for (std::size_t i = hit.begin; i < hit.end; ++i) {
    if (Holds(hit, i) && marks_.On(v1::CUE_SAYING, i)) return Standing::kSaying;
  }
  return IsNegated(hit) || IsDenied(hit) ? Standing::kNegated : Standing::kStands;
}

bool Scope::IsNegated(const PhraseHit& hit) const {
  bool listed = false;  // "no smoke, sparks or fire": commas do not end it
  for (std::size_t i = hit.end; i < std::min(hit.end + kListWords, words_.size()) && !IsBorder(i); ++i) {
    listed = listed || words_[i].text == "or" || words_[i].text == "nor";
  }
  bool comma = words_[hit.begin].comma;
  for (std::size_t i = hit.begin, steps = 0; i > 0 && steps < kNegationWords; ++steps) {
    --i;
    if (IsBorder(i) || book_.IsBreaker(words_[i].text)) return false;
    listed = listed || words_[i].text == "or" || words_[i].text == "nor";
    if (comma && !listed) return false;
    if (marks_.On(v1::CUE_NEGATES, i)) return true;
    comma = words_[i].comma;
  }
  return false;
}

bool Scope::IsDenied(const PhraseHit& hit) const {
  const bool alone = (hit.begin == 0 || IsBorder(hit.begin - 1)) && hit.end + 1 < words_.size() && IsBorder(hit.end);
  return alone && words_[hit.end + 1].text == "nope";
}

bool Scope::IsOver(const PhraseHit& hit) const {
  for (std::size_t i = hit.end; i < std::min(hit.end + kBackWords, words_.size()); ++i) {
    if (IsBorder(i) || book_.IsBreaker(words_[i].text)) return false;
    if (marks_.On(v1::CUE_NEGATES_BACK, i)) return true;
  }
  return false;
}

bool Scope::IsSupposed(const PhraseHit& hit) const {
  for (std::size_t i = hit.begin, steps = 0; i > 0 && steps < kSupposedWords; ++steps) {
    --i;
    if (IsBorder(i) || words_[i].text == "but" || words_[i].text == "and") return false;
    if (marks_.On(v1::CUE_SUPPOSED, i)) return true;
  }
  return false;
}

bool Scope::IsPast(const PhraseHit& hit) const {
  bool past = false;
  const auto look = [&](std::size_t i) {
    if (marks_.On(v1::CUE_PAST, i)) past = true;
    return marks_.On(v1::CUE_NOW, i);
  };
  for (std::size_t i = hit.begin, steps = 0; i > 0 && steps < kPastWords && !IsBorder(i - 1); ++steps) {
    if (look(--i)) return false;
  }
  for (std::size_t i = hit.begin; i < std::min(hit.end + kPastWords, words_.size()) && !IsBorder(i); ++i) {
    if (look(i)) return false;
  }
  return past;
}

bool Scope::IsOthers(const PhraseHit& hit) const {
  if (!marks_.Any(v1::CUE_OURS_FINE)) return false;
  // In the same sentence, or in one beside it.
  for (std::size_t i = hit.begin, steps = 0, borders = 0; i > 0 && steps < 2 * kPastWords && borders < 2; ++steps) {
    --i;
    borders += IsBorder(i) ? 1 : 0;
    if (marks_.On(v1::CUE_OTHERS, i)) return true;
  }
  for (std::size_t i = hit.begin, borders = 0; i < std::min(hit.end + kPastWords, words_.size()) && borders < 2; ++i) {
    borders += IsBorder(i) ? 1 : 0;
    if (marks_.On(v1::CUE_OTHERS, i)) return true;
  }
  return false;
}

}  // namespace afterhours::core
