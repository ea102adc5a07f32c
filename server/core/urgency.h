#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours::core {

// How urgent a call is, how sure that is (0 to 1), and why.
struct UrgencyJudgement {
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  double confidence = 0;
  std::string reason;
};

// Judges a call: by the level given with it, or else by the words of its
// summary and of the caller's part of its transcript (lines that begin with
// "Agent:" are left out). In doubt the higher level; without any known word
// MEDIUM, with low confidence.
UrgencyJudgement JudgeUrgency(v1::Urgency given, absl::string_view summary, absl::string_view transcript);

}  // namespace afterhours::core
