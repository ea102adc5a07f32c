#pragma once

#include "absl/strings/string_view.h"

namespace afterhours::core {

// server/core/urgency/rules.textproto, as it was when this was built.
absl::string_view UrgencyRulesText();

}  // namespace afterhours::core
