#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/stepper.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kReasonBytesMax = 200;

}  // namespace

void Stepper::SeekOpinion() {
  // One that waits already is asked with what is new.
  if (has_news_ && IsOpinionWanted()) s_.timers.try_emplace({TimerKind::kOpinion, ""}, now_ + kOpinionDelay);
}

bool Stepper::IsOpinionWanted() const {
  return chain_.asks_model && !IsOver() && s_.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW &&
         s_.dispatch.urgency < v1::URGENCY_HIGH && HasWords();
}

bool Stepper::HasWords() const {
  const auto has_words = [](const Call& call) { return !call.summary.empty() || !call.transcript.empty(); };
  return has_words(s_.call) || std::any_of(s_.repeat_calls.begin(), s_.repeat_calls.end(), has_words);
}

// Whatever a caller makes a model say, it can only bring help sooner.
void Stepper::Take(const ModelJudged& judged) {
  if (IsOver() || judged.urgency <= s_.dispatch.urgency) return;
  UrgencyJudgement judgement;
  judgement.urgency = judged.urgency;
  judgement.confidence = std::clamp(judged.confidence, 0.0, 1.0);
  const std::string reason = judged.reason.empty() ? "no reason given" : judged.reason;
  judgement.reason = CutText(absl::StrCat("model: ", reason), kReasonBytesMax);
  TakeUrgency(judgement, absl::StrCat("model:", judged.model));
  HurryUp();
}

}  // namespace afterhours::core
