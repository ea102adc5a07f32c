#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace afterhours::app {

// "dispatchd migrate up|down|status": `up` to the newest, `down` one step back.
absl::Status RunMigrate(const std::vector<std::string>& arguments);

// "dispatchd directory load FILE".
absl::Status RunDirectory(const std::vector<std::string>& arguments);

}  // namespace afterhours::app
