#include "tests/harness/eventually.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "base/loop.h"

namespace afterhours::testing {

bool Eventually(const std::string& what, const std::function<bool()>& condition) {
  constexpr absl::Duration kPatience = absl::Seconds(40);
  const absl::Time deadline = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > deadline) {
      ADD_FAILURE() << "waited in vain for: " << what;
      return false;
    }
    Pause(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace afterhours::testing
