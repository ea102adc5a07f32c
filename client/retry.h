#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace afterhours {

// Whether a call that failed so may be made again: UNAVAILABLE, ABORTED, and
// RESOURCE_EXHAUSTED that says when.
bool IsRetryable(const absl::Status& status);

// How long to pause before try number `tries` + 1: a span that doubles from
// `first` to at most `max`, of which up to a half is taken away at random so that
// clients do not come back together; at least what the server asked for.
absl::Duration RetryPause(const absl::Status& status, int tries, absl::Duration first, absl::Duration max);

}  // namespace afterhours
