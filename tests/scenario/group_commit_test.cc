// Calls that come in at the same time share a transaction. Nobody must notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

constexpr int kCallers = 60;

// A call that can wait, so that nobody is paged: each from another caller.
v1::DispatchRequest Quote(int number) {
  v1::DispatchRequest request;
  v1::Call& call = *request.mutable_call();
  call.set_source(v1::CALL_SOURCE_MANUAL);
  call.set_external_call_id(absl::StrCat("call-", number));
  call.set_caller_number(absl::StrCat("+1213555", 1000 + number));
  call.set_called_number(World::kCalledNumber);
  call.set_summary("Wants a quote for a water heater");
  return request;
}

World::Options Holding(bool own_cluster = false) {
  World::Options options;
  options.directory = R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: UTC
    numbers: ["+19495550100"]
    technicians: [{key: ana, name: Ana Diaz, sms: "+19495550111"}]
    roster: [{technician: ana, priority: 1}]
    policies:
      LOW: {steps: [{channel: SMS, wait: 2m}], cutoff: 30h, hold: {from: "00:00", until: "23:59"}}
)";
  options.own_cluster = own_cluster;
  return options;
}

// What each of so many callers at the same time is answered.
std::vector<absl::StatusOr<v1::DispatchResponse>> CallAtOnce(World& world, int callers,
                                                             const std::function<v1::DispatchRequest(int)>& request) {
  std::vector<absl::StatusOr<v1::DispatchResponse>> answers(static_cast<std::size_t>(callers));
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&, i] { answers[static_cast<std::size_t>(i)] = world.client().Dispatch(request(i)); });
  }
  threads.clear();
  return answers;
}

TEST(GroupCommit, EachOfManyIsAnsweredForItself) {
  World world(Holding());
  const auto answers = CallAtOnce(world, kCallers, Quote);
  std::set<std::string> ids;
  for (int i = 0; i < kCallers; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->dispatch().call().external_call_id(), absl::StrCat("call-", i));
    EXPECT_TRUE(answer->created());
    ids.insert(answer->dispatch().id());
  }
  EXPECT_EQ(ids.size(), kCallers);
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), kCallers);
}

TEST(GroupCommit, TheSameCallManyTimesAtOnceIsOneDispatch) {
  World world(Holding());
  const auto answers = CallAtOnce(world, kCallers, [](int) { return Quote(0); });
  int created = 0;
  std::set<std::string> ids;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    created += answer->created() ? 1 : 0;
    ids.insert(answer->dispatch().id());
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(ids.size(), 1);
}

TEST(GroupCommit, OneThatTheDatabaseRefusesFailsAlone) {
  World world(Holding());
  world.AllowErrors();
  world.database().Value(R"sql(
    create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'this one is bad' using errcode = 'check_violation'; end $$;
    create trigger refuse before insert on calls for each row
      when (new.external_call_id = 'call-7') execute function refuse())sql");
  const auto answers = CallAtOnce(world, kCallers, Quote);
  for (int i = 0; i < kCallers; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].ok(), i != 7) << answers[static_cast<std::size_t>(i)].status();
  }
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), kCallers - 1);
  world.database().Value("drop trigger refuse on calls");
}

// Durability is not traded for speed: what was answered is there, though the
// database is killed at any moment.
TEST(GroupCommit, WhatWasAnsweredSurvivesTheDatabasesDeath) {
  World world(Holding(/*own_cluster=*/true));
  world.AllowErrors();
  world.AllowRepairs();
  Mutex mutex;
  std::set<std::string> answered;
  std::atomic<bool> enough = false;
  std::atomic<int> next = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&] {
      while (!enough) {
        const auto answer = world.client().Dispatch(Quote(next++));
        const MutexLock lock(mutex);
        if (answer.ok()) answered.insert(answer->dispatch().id());
      }
    });
  }
  Eventually("hundreds of calls are answered", [&] {
    const MutexLock lock(mutex);
    return answered.size() > 200;
  });
  world.cluster().Stop("immediate");
  world.cluster().Start();
  enough = true;
  callers.clear();
  std::string ids;
  for (const std::string& id : answered) absl::StrAppend(&ids, ids.empty() ? "" : ", ", "('", id, "'::uuid)");
  EXPECT_EQ(world.database().Count(absl::StrCat("select count(*) from (values ", ids,
                                                ") w(id) where not exists (select 1 from dispatches where id = w.id)")),
            0);
}

}  // namespace
}  // namespace afterhours::testing
