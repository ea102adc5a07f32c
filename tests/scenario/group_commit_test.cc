// Calls that come in at the same time share a transaction. Nobody must notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/status.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/firms.h"
#include "tests/scenario/quotes.h"

namespace afterhours::testing {
namespace {

constexpr int kCallers = 60;

// Calls wait until nobody looks any more, whenever it is.
World::Options Holding(bool own_cluster = false) {
  World::Options options;
  options.directory =
      absl::StrCat(R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: UTC
    numbers: ["+19495550100"]
    technicians: [{key: ana, name: Ana Diaz, sms: "+19495550111"}]
    roster: [{technician: ana, priority: 1}]
    policies:
      LOW: {steps: [{channel: SMS, wait: 2m}], cutoff: 30h, hold: {from: )",
                   TimeOfDay(absl::Now() - absl::Hours(2)), ", until: ", TimeOfDay(absl::Now() + absl::Hours(8)), R"(}}
  - {key: other, name: Other Plumbing, time_zone: UTC, numbers: ["+19495550300"]}
)");
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
  EXPECT_LT(world.database().Count("select count(distinct xmin::text) from dispatches"), kCallers) << "none shared";
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

// The network's wordless report, and the agent's: whichever is first, the words stay.
TEST(GroupCommit, BothReportsOfACallAtOnceAreOneDispatchWithTheWords) {
  World world(Holding());
  for (const std::string called : {World::kCalledNumber, "+19495550999"}) {  // and nobody's
    const auto report = [&called](int i) {
      v1::DispatchRequest request;
      v1::Call& call = *request.mutable_call();
      const std::string sid = absl::StrCat("CA", called.substr(1), std::string(19, '0'), 10 + i / 2);
      call.set_caller_number(absl::StrCat(called.substr(0, 10), 10 + i / 2));
      call.set_called_number(called);
      if (i % 2 == 0) {
        call.set_source(v1::CALL_SOURCE_TWILIO);
        call.set_external_call_id(sid);
      } else {
        call.set_source(v1::CALL_SOURCE_RETELL);
        call.set_external_call_id(absl::StrCat("retell-", sid));
        call.set_twilio_call_sid(sid);
        call.set_summary("Wants a quote for a water heater");
      }
      return request;
    };
    const auto answers = CallAtOnce(world, kCallers, report);
    for (int i = 0; i < kCallers; i += 2) {
      const auto& of_network = answers[static_cast<std::size_t>(i)];
      const auto& of_agent = answers[static_cast<std::size_t>(i + 1)];
      ASSERT_TRUE(of_network.ok()) << of_network.status();
      ASSERT_TRUE(of_agent.ok()) << of_agent.status();
      EXPECT_EQ(of_network->dispatch().id(), of_agent->dispatch().id());
    }
  }
  EXPECT_EQ(world.database().Count("select count(*) from dispatches"), kCallers);
  EXPECT_EQ(world.database().Count("select count(*) from calls where summary = ''"), 0);
}

TEST(GroupCommit, TwoCallsOfACallerAtOnceAreOneMatter) {
  World world(Holding());
  const auto answers = CallAtOnce(world, kCallers, [](int i) {
    v1::DispatchRequest request = Quote(i);
    request.mutable_call()->set_caller_number("+12135551000");
    return request;
  });
  std::set<std::string> ids;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    ids.insert(answer->dispatch().id());
  }
  // Two that are recorded at the same moment do not see each other.
  EXPECT_LE(ids.size(), 2);
}

// A refusal leaves nothing behind, so that the same request is refused the same way.
TEST(GroupCommit, WhatIsRefusedStaysRefused_AndTheOthersAreRecorded) {
  World world(Holding());
  ASSERT_TRUE(world.client().Dispatch(Quote(0)).ok());
  const auto reused = [](int i) {
    v1::DispatchRequest request = Quote(i < 5 ? 0 : i);
    if (i < 5) {
      request.set_request_id(absl::StrCat("request-", i));
      request.mutable_call()->set_caller_number("+12135559999");
    }
    return request;
  };
  for (int round = 0; round < 2; ++round) {
    const auto answers = CallAtOnce(world, kCallers, reused);
    for (int i = 0; i < kCallers; ++i) {
      const absl::Status status = answers[static_cast<std::size_t>(i)].status();
      EXPECT_EQ(ErrorReason(status), i < 5 ? "CALL_ID_REUSED" : "") << status;
    }
  }
  EXPECT_EQ(world.database().Count("select count(*) from dispatch_keys k where not exists "
                                   "(select 1 from dispatches d where d.id = k.dispatch_id)"),
            0);
}

// Receipts, too: known and unknown ones at the same time, and one that is refused.
TEST(GroupCommit, EachOfManyReceiptsIsAnsweredForItself) {
  World world;
  world.AllowErrors();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const std::string page_id = dispatch.Get().pages(0).id();
  world.database().Value(R"sql(
    create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'this one is bad' using errcode = 'check_violation'; end $$;
    create trigger refuse before insert on unmatched_receipts for each row
      when (new.provider_message_id = 'SM7') execute function refuse())sql");
  std::vector<absl::StatusOr<v1::ReportDeliveryResponse>> answers(kCallers);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&, i] {
      v1::ReportDeliveryRequest report;
      report.set_provider("twilio");
      report.set_page_id(i % 2 == 0 ? page_id : "01890000-0000-7000-8000-000000000000");
      report.set_provider_message_id(absl::StrCat("SM", i));
      report.set_provider_status("delivered");
      report.set_state(v1::PAGE_STATE_DELIVERED);
      answers[static_cast<std::size_t>(i)] = world.client().ReportDelivery(report);
    });
  }
  threads.clear();
  for (int i = 0; i < kCallers; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    EXPECT_EQ(answer.ok(), i != 7) << answer.status();
    if (!answer.ok()) continue;
    EXPECT_EQ(answer->outcome() == v1::RECEIPT_OUTCOME_UNKNOWN_PAGE, i % 2 != 0);
  }
  EXPECT_EQ(world.database().Count("select count(*) from unmatched_receipts"), kCallers / 2 - 1);
  world.database().Value("drop trigger refuse on unmatched_receipts");
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHING);
}

// Somebody else holds what one of them needs: that is latency for this one alone.
TEST(GroupCommit, OneThatMustWaitKeepsNobodyWaiting) {
  World world(Holding());
  std::vector<std::string> ids;
  for (const auto& answer : CallAtOnce(world, kCallers, Quote)) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    ids.push_back(answer->dispatch().id());
  }
  std::vector<absl::StatusOr<v1::AckResponse>> answers(ids.size());
  std::atomic<int> answered = 0;
  std::atomic<bool> held_is_answered = false;
  std::vector<std::jthread> operators;
  {
    pqxx::connection connection(world.database().url());
    pqxx::work holder(connection);
    holder.exec(absl::StrCat("select 1 from dispatches where id = '", ids[7], "' for update"));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      operators.emplace_back([&, i] {
        answers[i] = world.client().Ack(AcceptOf(ids[i]));
        ++answered;
        if (i == 7) held_is_answered = true;
      });
    }
    Eventually("all others are answered", [&] { return answered == kCallers - 1; });
    EXPECT_FALSE(held_is_answered);
  }
  operators.clear();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->outcome(), v1::ACK_OUTCOME_ACCEPTED);
  }
  // Each by its first answer: the client had not to ask again.
  EXPECT_EQ(world.DispatchdMetric(R"(afterhours_rpcs_total{code="OK",rpc="Ack"})"), kCallers);
  EXPECT_EQ(world.DispatchdMetric(R"(afterhours_rpcs_total{code="ABORTED",rpc="Ack"})"), 0);
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
