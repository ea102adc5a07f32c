#include "server/db/batch_pool.h"

#include <gmock/gmock.h>

#include <future>

#include "base/status.h"

namespace afterhours::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A pool whose first batch stands still until it is let go. Serving needs no
// database: the connection is never used.
class Held {
 public:
  explicit Held(BatchPool<int>::Options options)
      : pool_("", options, [this](Connection&, std::vector<int> batch) { Serve(std::move(batch)); }) {
    EXPECT_TRUE(pool_.Submit("held", 0).ok());
    begun_.get_future().wait();
  }

  BatchPool<int>& pool() { return pool_; }
  // Lets it go on to the end. The batches after the first, in order.
  std::vector<std::vector<int>> Finish() {
    go_on_.set_value();
    pool_.Stop();
    return {batches_.begin() + 1, batches_.end()};
  }

 private:
  void Serve(std::vector<int> batch) {
    batches_.push_back(std::move(batch));
    if (batches_.size() > 1) return;
    begun_.set_value();
    go_on_.get_future().wait();
  }

  std::promise<void> begun_;
  std::promise<void> go_on_;
  std::vector<std::vector<int>> batches_;
  BatchPool<int> pool_;
};

TEST(BatchPool, ServesAtOnceWhatWaits) {
  Held held({.threads = 1, .waiting_max = 100});
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(held.pool().Submit("a", i).ok());
  EXPECT_THAT(held.Finish(), ElementsAre(ElementsAre(1, 2, 3, 4, 5)));
}

TEST(BatchPool, TakesNoMoreThanItMayTogether) {
  Held held({.threads = 1, .waiting_max = 100, .together_max = 2});
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(held.pool().Submit("a", i).ok());
  EXPECT_THAT(held.Finish(), ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5)));
}

TEST(BatchPool, LanesTakeTurns) {
  Held held({.threads = 1, .waiting_max = 100, .together_max = 3});
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(held.pool().Submit("busy", i).ok());
  EXPECT_TRUE(held.pool().Submit("quiet", 100).ok());
  EXPECT_THAT(held.Finish(), ElementsAre(ElementsAre(1, 100, 2), ElementsAre(3, 4, 5)));
}

TEST(BatchPool, RefusesMoreThanMayWait_AndSaysWhenToComeBack) {
  Held held({.threads = 1, .waiting_max = 2});
  EXPECT_TRUE(held.pool().Submit("a", 1).ok());
  EXPECT_TRUE(held.pool().Submit("b", 2).ok());
  const absl::Status refused = held.pool().Submit("c", 3);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused), "QUEUE_FULL");
  EXPECT_TRUE(RetryDelay(refused).has_value());
  EXPECT_THAT(held.Finish(), ElementsAre(ElementsAre(1, 2)));
}

TEST(BatchPool, IsEmptyAndRefusesAfterStop) {
  Held held({.threads = 1, .waiting_max = 2});
  EXPECT_THAT(held.Finish(), IsEmpty());
  EXPECT_EQ(ErrorReason(held.pool().Submit("a", 1)), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace afterhours::db
