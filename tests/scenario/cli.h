#pragma once

#include <string>
#include <vector>

#include "tests/harness/world.h"

namespace afterhours::testing {

// dispatchctl, run against a world's dispatchd. Times are told in UTC.
class Cli {
 public:
  explicit Cli(World& world) : world_(world) {}

  // The exit code; what was printed, errors too, is in `output`.
  int Run(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {AFTERHOURS_DISPATCHCTL, "--server", world_.dispatchd_address()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunToEnd(command, {{"TZ", "UTC"}}, &output);
  }

  std::string output;

 private:
  World& world_;
};

}  // namespace afterhours::testing
