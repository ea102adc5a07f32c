#pragma once

#include <string>

#include "server/core/step.h"
#include "tests/simulation/provider.h"

namespace afterhours::simulation {

// How far a transaction's time can be behind the clock: it waited for a lock.
inline constexpr int kLockWaitMaxMs = 200;

// One step of the rules, and what surrounds it.
struct Moment {
  const core::Snapshot& before;
  const core::Snapshot& after;
  const core::Input& input;
  absl::Time now;            // of the transaction
  absl::Time clock;          // not before `now`
  const Provider& provider;  // the truth
  bool tampered = false;     // timers were lost and set anew: waits may be shorter, the cutoff another
};

// What of our promises a step broke, in one line; empty when it kept them all.
std::string BrokenPromise(const Moment& moment);

}  // namespace afterhours::simulation
