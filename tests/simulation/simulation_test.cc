// Thousands of small worlds, each decided by its seed, in which a business gets
// calls and all goes wrong that can go wrong; after every step of the rules the
// promises are checked. No clock, no database, no network.
//
// AFTERHOURS_SIMULATION_SEEDS (default 20000): how many worlds.
// AFTERHOURS_SIMULATION_FIRST_SEED (default 1): the first one's seed. A failure
// tells its seed, and what to run for that one alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/world.h"

namespace afterhours::simulation {
namespace {

constexpr std::uint64_t kSeedsDefault = 20000;
constexpr std::size_t kLinesMax = 30;
constexpr int kFailuresMax = 3;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  std::uint64_t number = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &number)) {
    ADD_FAILURE() << name << " must be a whole number, and is \"" << text << '"';
  }
  return number;
}

// The world once more, with a record of what led to its end.
std::string TellAgain(std::uint64_t seed) {
  std::vector<std::string> trace;
  World world(seed, &trace);
  const std::string broken = world.Run();
  std::string story = absl::StrCat("seed ", seed, ": ", broken, "\nat step ", world.step_count(),
                                   ", the latest inputs and events being\n");
  // Events are told below the input that made them.
  std::size_t first = trace.size(), inputs = 0;
  while (first > 0 && inputs < kLinesMax) inputs += trace[--first][0] == ' ' ? 0 : 1;
  for (std::size_t i = first; i < trace.size(); ++i) absl::StrAppend(&story, "  ", trace[i], "\n");
  return absl::StrCat(story, "run it alone: AFTERHOURS_SIMULATION_FIRST_SEED=", seed,
                      " AFTERHOURS_SIMULATION_SEEDS=1 simulation_tests");
}

TEST(Simulation, KeepsThePromisesWhateverHappens) {
  const std::uint64_t first = FromEnvironment("AFTERHOURS_SIMULATION_FIRST_SEED", 1);
  const std::uint64_t count = FromEnvironment("AFTERHOURS_SIMULATION_SEEDS", kSeedsDefault);
  std::uint64_t step_count = 0;
  std::set<v1::EventKind> event_kinds;
  int failure_count = 0;
  for (std::uint64_t seed = first; seed < first + count && failure_count < kFailuresMax; ++seed) {
    World world(seed, nullptr);
    const std::string broken = world.Run();
    step_count += static_cast<std::uint64_t>(world.step_count());
    event_kinds.insert(world.event_kinds().begin(), world.event_kinds().end());
    if (broken.empty()) continue;
    ++failure_count;
    ADD_FAILURE() << TellAgain(seed);
  }
  // Worlds in which nothing happens would keep every promise.
  for (int kind = v1::EventKind_MIN + 1; kind <= v1::EventKind_MAX && count >= kSeedsDefault; ++kind) {
    EXPECT_EQ(event_kinds.count(static_cast<v1::EventKind>(kind)), 1u) << v1::EventKind_Name(kind) << " never came up";
  }
  std::cout << count << " worlds, " << step_count << " steps\n";
}

}  // namespace
}  // namespace afterhours::simulation
