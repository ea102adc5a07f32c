#include "client/retry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/status.h"

namespace afterhours {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(50), kMax = absl::Seconds(2);

TEST(IsRetryable, HoldsForWhatMayWorkLater) {
  EXPECT_TRUE(IsRetryable(absl::UnavailableError("")));
  EXPECT_TRUE(IsRetryable(absl::AbortedError("")));
  EXPECT_TRUE(IsRetryable(WithRetryDelay(absl::ResourceExhaustedError("full"), absl::Seconds(1))));
}

TEST(IsRetryable, DoesNotHoldForTheRest) {
  EXPECT_FALSE(IsRetryable(absl::OkStatus()));
  EXPECT_FALSE(IsRetryable(absl::ResourceExhaustedError("a quota, for good")));
  EXPECT_FALSE(IsRetryable(WithRetryDelay(absl::InvalidArgumentError("bad"), absl::Seconds(1))));
  EXPECT_FALSE(IsRetryable(absl::DeadlineExceededError("")));
  EXPECT_FALSE(IsRetryable(absl::InternalError("")));
}

TEST(RetryPause, DoublesWithJitterUpToItsBound) {
  absl::Duration grown = kFirst;
  for (int tries = 1; tries <= 100; ++tries) {
    for (int i = 0; i < 20; ++i) {
      const absl::Duration pause = RetryPause(absl::UnavailableError(""), tries, kFirst, kMax);
      ASSERT_GE(pause, grown / 2) << "after try " << tries;
      ASSERT_LE(pause, grown) << "after try " << tries;
    }
    grown = std::min(grown * 2, kMax);
  }
}

TEST(RetryPause, DiffersFromClientToClient) {
  std::set<absl::Duration> pauses;
  for (int i = 0; i < 50; ++i) pauses.insert(RetryPause(absl::UnavailableError(""), 5, kFirst, kMax));
  EXPECT_GT(pauses.size(), 25u);
}

TEST(RetryPause, IsAsLongAsTheServerAsksFor) {
  const absl::Status status = WithRetryDelay(absl::ResourceExhaustedError("full"), absl::Seconds(7));
  EXPECT_EQ(RetryPause(status, 1, kFirst, kMax), absl::Seconds(7));
}

}  // namespace
}  // namespace afterhours
