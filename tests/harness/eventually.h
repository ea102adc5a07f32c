#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"

namespace afterhours::testing {

// How long a test waits for what must come: generous for a busy machine, or
// $AFTERHOURS_TEST_PATIENCE_S. A test that has failed waits hardly any more, so
// that it ends, and tells, in time.
absl::Duration Patience();

// Waits until `condition` holds; fails the test, with what was waited for, when
// patience ends.
bool Eventually(const std::string& what, const std::function<bool()>& condition);

}  // namespace afterhours::testing
