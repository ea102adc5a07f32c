#pragma once

#include <set>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "server/core/snapshot.h"

namespace afterhours::core {

// What is known beside a business's directory when it is checked.
struct CheckContext {
  absl::Time now;
  std::set<v1::Channel> channels;         // that some provider carries
  std::vector<Suppression> suppressions;  // of the business, still valid
  bool is_only_business = false;          // then it takes all calls
};

// How far ahead nobody on call is looked for.
inline constexpr absl::Duration kCoverageHorizon = absl::Hours(24 * 7);

// What would fail tonight; empty when all is well. Each finding says what to do.
std::vector<v1::DirectoryFinding> CheckDirectory(const v1::BusinessDirectory& directory, const CheckContext& context);

}  // namespace afterhours::core
