#include "client/retry.h"

#include <algorithm>
#include <random>

#include "base/status.h"

namespace afterhours {

bool IsRetryable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         (absl::IsResourceExhausted(status) && RetryDelay(status).has_value());
}

absl::Duration RetryPause(const absl::Status& status, int tries, absl::Duration first, absl::Duration max) {
  thread_local std::minstd_rand random{std::random_device()()};
  constexpr int kDoublingsMax = 20;
  const absl::Duration grown = std::min(max, first * (1 << std::min(tries - 1, kDoublingsMax)));
  const absl::Duration jittered = grown * std::uniform_real_distribution<double>(0.5, 1.0)(random);
  return std::max(jittered, RetryDelay(status).value_or(absl::ZeroDuration()));
}

}  // namespace afterhours
