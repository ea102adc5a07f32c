#include "tests/harness/eventually.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "base/loop.h"

namespace afterhours::testing {

absl::Duration Patience() {
  if (::testing::Test::HasFailure()) return absl::Seconds(2);
  int seconds = 40;
  const char* set = getenv("AFTERHOURS_TEST_PATIENCE_S");
  if (set != nullptr && !absl::SimpleAtoi(set, &seconds)) ADD_FAILURE() << "AFTERHOURS_TEST_PATIENCE_S=" << set;
  return absl::Seconds(seconds);
}

bool Eventually(const std::string& what, const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + Patience();
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
