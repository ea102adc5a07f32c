#pragma once

#include <vector>

#include "server/core/snapshot.h"
#include "tests/simulation/random.h"

namespace afterhours::simulation {

// Where a story begins: who could be paged, by what rules, for which calls.
struct Setting {
  core::Business business;
  bool matched = true;                        // the calls; else their business is found later, if at all
  std::vector<core::OnCallTechnician> staff;  // whoever may be on call
  core::Policies policies;
  std::vector<core::Call> calls;  // one dispatch each
  bool asks_model = false;        // about their urgency
  absl::Time begin;
};

Setting DrawSetting(Random& random);

// Some of the staff, in some order; perhaps nobody.
std::vector<core::OnCallTechnician> DrawRoster(Random& random, const std::vector<core::OnCallTechnician>& staff);

// What a call was about: of any urgency, or nothing.
std::string DrawSummary(Random& random);

}  // namespace afterhours::simulation
