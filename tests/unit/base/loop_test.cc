#include "base/loop.h"

#include <gtest/gtest.h>

namespace afterhours {
namespace {

// Counts rounds, and waits for them by name; the limit is only for a loop that
// is broken.
class Rounds {
 public:
  void Ran() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }

  bool Reach(int count) {
    std::unique_lock<Mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return count_ >= count; });
  }

  int count() {
    MutexLock lock(mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(Loop, RunsAtOnceAndWhenWoken) {
  Rounds rounds;
  Loop loop("test", absl::Hours(1), [&] {
    rounds.Ran();
    return absl::InfiniteDuration();
  });
  EXPECT_EQ(rounds.count(), 0) << "not before it is started";
  loop.Start();
  ASSERT_TRUE(rounds.Reach(1));
  loop.Wake();
  ASSERT_TRUE(rounds.Reach(2));
  loop.Wake();
  ASSERT_TRUE(rounds.Reach(3));
}

TEST(Loop, DoesNotLoseAWakeUpDuringARound) {
  Rounds entered, released;
  Loop loop("test", absl::Hours(1), [&] {
    entered.Ran();
    released.Reach(1);
    return absl::InfiniteDuration();
  });
  loop.Start();
  ASSERT_TRUE(entered.Reach(1));
  for (int i = 0; i < 5; ++i) loop.Wake();
  released.Ran();
  ASSERT_TRUE(entered.Reach(2));
  loop.Stop();
  EXPECT_EQ(entered.count(), 2) << "wake-ups that pile up are one";
}

TEST(Loop, RunsAgainAfterTheSpanThatARoundReturned) {
  Rounds rounds;
  Loop loop("test", absl::Hours(1), [&] {
    rounds.Ran();
    return absl::ZeroDuration();
  });
  loop.Start();
  EXPECT_TRUE(rounds.Reach(10));
}

TEST(Loop, NeverWaitsLongerThanItsBound) {
  Rounds rounds;
  Loop loop("test", absl::Milliseconds(1), [&] {
    rounds.Ran();
    return absl::InfiniteDuration();
  });
  loop.Start();
  EXPECT_TRUE(rounds.Reach(3)) << "correctness must not hang on a wake-up that got lost";
}

TEST(Loop, StartsOnceAndStopsOnce) {
  Rounds rounds;
  Loop loop("a name longer than the kernel takes", absl::Hours(1), [&] {
    rounds.Ran();
    return absl::InfiniteDuration();
  });
  loop.Stop();
  loop.Start();
  loop.Start();
  ASSERT_TRUE(rounds.Reach(1));
  loop.Stop();
  loop.Stop();
  loop.Wake();
  EXPECT_EQ(rounds.count(), 1);
}

TEST(Loop, StopWaitsForTheRoundUnderWay) {
  Rounds entered, released, left;
  Loop loop("test", absl::Hours(1), [&] {
    entered.Ran();
    released.Reach(1);
    left.Ran();
    return absl::InfiniteDuration();
  });
  loop.Start();
  ASSERT_TRUE(entered.Reach(1));
  std::jthread stopper([&] { loop.Stop(); });
  released.Ran();
  stopper.join();
  EXPECT_EQ(left.count(), 1);
}

TEST(Loop, StopsWhenItGoesAway) {
  Rounds rounds;
  {
    Loop loop("test", absl::Hours(1), [&] {
      rounds.Ran();
      return absl::InfiniteDuration();
    });
    loop.Start();
    ASSERT_TRUE(rounds.Reach(1));
  }
  EXPECT_EQ(rounds.count(), 1);
}

}  // namespace
}  // namespace afterhours
