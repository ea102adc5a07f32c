#pragma once

#include <string>

#include "server/core/step.h"

namespace afterhours::simulation {

// An input on one line, for people. Pages go by the last digits of their ids.
std::string Describe(const core::Input& input);

// A page's id, short.
std::string ShortId(const std::string& page_id);

}  // namespace afterhours::simulation
