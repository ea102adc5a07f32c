// More comes in than can be recorded, or the database stands still for a moment.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <pqxx/pqxx>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/grpc_status.h"
#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/quotes.h"

namespace afterhours::testing {
namespace {

constexpr int kCallers = 100;
constexpr int kWaitingMax = 20;

// While one is there, no call can be recorded: the table of their keys is locked. All
// else can.
class Standstill {
 public:
  explicit Standstill(World& world) : world_(world), connection_(world.database().url()), work_(connection_) {
    work_.exec("lock table dispatch_keys in exclusive mode");
  }

  // Returns when a recorder has come to it.
  void AwaitVictim() {
    Eventually("a call waits for the database", [this] {
      return world_.database().Count(
                 "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = "
                 "'Lock'") > 0;
    });
  }

 private:
  World& world_;
  pqxx::connection connection_;
  pqxx::work work_;
};

TEST(Overload, IsRefusedWithAHint_AndWhatWasTakenIsRecorded) {
  World::Options options;
  options.dispatchd_flags = {"--engine=false", absl::StrCat("--queue_length_max=", kWaitingMax)};
  World world(options);
  world.AllowErrors();
  const auto stub =
      v1::DispatchService::NewStub(grpc::CreateChannel(world.dispatchd_address(), grpc::InsecureChannelCredentials()));
  std::vector<absl::Status> answers(kCallers);
  std::atomic<int> refused = 0;
  std::vector<std::jthread> callers;
  {
    Standstill standstill(world);
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&, i] {
        grpc::ClientContext context;
        v1::DispatchResponse response;
        absl::Status& answer = answers[static_cast<std::size_t>(i)];
        answer = FromGrpcStatus(stub->Dispatch(&context, Quote(i), &response));
        if (absl::IsResourceExhausted(answer)) ++refused;
      });
    }
    Eventually("many are refused at once", [&] { return refused > kWaitingMax; });
  }
  callers.clear();
  int recorded = 0;
  for (const absl::Status& answer : answers) {
    if (answer.ok()) {
      ++recorded;
      continue;
    }
    EXPECT_EQ(ErrorReason(answer), "QUEUE_FULL") << answer;
    EXPECT_GT(RetryDelay(answer).value_or(absl::ZeroDuration()), absl::ZeroDuration()) << answer;
  }
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), recorded);
  EXPECT_GE(recorded, kWaitingMax);
  const std::vector<std::string> lines = absl::StrSplit(world.DispatchdLog(), "could not be served");
  EXPECT_GT(lines.size(), 1u);
  EXPECT_LT(static_cast<int>(lines.size()), kWaitingMax) << "a line for each would fill the disk";
}

TEST(Overload, AcksOvertakeCalls) {
  World world({.dispatchd_flags = {"--engine=false"}});
  const auto dispatch = world.client().Dispatch(Quote(0));
  ASSERT_TRUE(dispatch.ok()) << dispatch.status();
  std::atomic<int> answered = 0;
  std::vector<std::jthread> callers;
  {
    Standstill standstill(world);
    for (int i = 1; i < kCallers; ++i) {
      callers.emplace_back([&, i] {
        if (world.client().Dispatch(Quote(i)).ok()) ++answered;
      });
    }
    standstill.AwaitVictim();
    const auto ack = world.client().Ack(AcceptOf(dispatch->dispatch().id()));
    ASSERT_TRUE(ack.ok()) << ack.status();
    EXPECT_EQ(ack->outcome(), v1::ACK_OUTCOME_ACCEPTED);
    EXPECT_EQ(answered, 0) << "the calls were not in its way";
  }
  callers.clear();
  EXPECT_EQ(answered, kCallers - 1) << "a standstill is latency, not loss";
}

}  // namespace
}  // namespace afterhours::testing
