#pragma once

#include <functional>
#include <string>

namespace afterhours::testing {

// Waits until `condition` holds; fails the test, with what was waited for, when
// it does not within a time that is generous for a busy machine.
bool Eventually(const std::string& what, const std::function<bool()>& condition);

}  // namespace afterhours::testing
