#pragma once

#include "absl/strings/string_view.h"

namespace afterhours::core {

// server/core/urgency/weights.tsv, as it was when this was built.
absl::string_view UrgencyWeightsText();

}  // namespace afterhours::core
