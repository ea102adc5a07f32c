// Loads a dispatchd with one RPC and prints a JSON line: how many a second, and how
// long they took. Closed loop: so many in flight, each followed by the next. Open
// loop (--rate): each is due at its time whatever became of the others, and its
// latency counts from then, so that a server that stands still cannot hide it.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/mutex.h"
#include "grpc/health/v1/health.pb.h"

ABSL_FLAG(std::string, server, "127.0.0.1:7443", "the dispatchd");
ABSL_FLAG(std::string, rpc, "dispatch", "dispatch, status, or health: a call that does nothing");
ABSL_FLAG(int, in_flight, 64, "requests at the same time; with --rate, the most there may be");
ABSL_FLAG(double, rate, 0, "requests a second, in an open loop; 0: a closed loop");
ABSL_FLAG(absl::Duration, warm_up, absl::Seconds(2), "not counted");
ABSL_FLAG(absl::Duration, measure, absl::Seconds(5), "counted");
ABSL_FLAG(int, connections, 2, "HTTP/2 connections");
ABSL_FLAG(std::string, run, "run", "begins the ids of all calls; must be new each time");
ABSL_FLAG(std::vector<std::string>, called, {"+19495550100"}, "the numbers that are called, in turn");
ABSL_FLAG(std::vector<std::string>, ids, {}, "for status: the dispatches to ask for, in turn");

namespace afterhours {
namespace {

constexpr char kSummary[] = "Caller asks for a quote to replace an old water heater, any day next week is fine.";
constexpr char kTranscript[] =
    "Agent: Smith Plumbing, how can I help?\n"
    "User: Hi, I'd like somebody to look at our water heater, it still works but it is twenty years old.\n"
    "Agent: Is there a leak?\n"
    "User: No, nothing like that, I only want a price for a new one.\n";

// One request on its way.
struct Flight {
  grpc::ClientContext context;
  v1::DispatchRequest dispatch;
  v1::DispatchResponse dispatched;
  v1::StatusRequest status;
  v1::StatusResponse found;
  grpc::health::v1::HealthCheckRequest check;
  grpc::health::v1::HealthCheckResponse healthy;
  absl::Time due;
};

class Load {
 public:
  Load() {
    for (int i = 0; i < absl::GetFlag(FLAGS_connections); ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("connection", i);  // else they would share one
      channels_.push_back(
          grpc::CreateCustomChannel(absl::GetFlag(FLAGS_server), grpc::InsecureChannelCredentials(), arguments));
      stubs_.push_back(v1::DispatchService::NewStub(channels_.back()));
      healths_.push_back(std::make_unique<HealthStub>(channels_.back()));
    }
  }

  // Prints what came of it; false when a request failed.
  bool Run() {
    const double rate = absl::GetFlag(FLAGS_rate);
    begin_ = absl::Now() + absl::GetFlag(FLAGS_warm_up);
    end_ = begin_ + absl::GetFlag(FLAGS_measure);
    if (rate > 0) {
      RunOpen(rate);
    } else {
      for (int i = 0; i < absl::GetFlag(FLAGS_in_flight); ++i) Send(absl::Now());
    }
    std::unique_lock<Mutex> lock(mutex_);
    const auto ended = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_flight_ == 0; };
    changed_.wait(lock, ended);
    Print();
    return failed_ == 0;
  }

 private:
  void RunOpen(double rate) {
    const absl::Time start = absl::Now();
    for (std::int64_t i = 0;; ++i) {
      const absl::Time due = start + absl::Seconds(static_cast<double>(i) / rate);
      if (due >= end_) return;
      absl::SleepFor(due - absl::Now());
      {
        std::unique_lock<Mutex> lock(mutex_);
        const auto room = [this]()
                              ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_flight_ < absl::GetFlag(FLAGS_in_flight); };
        changed_.wait(lock, room);
      }
      Send(due);
    }
  }

  void Send(absl::Time due) {
    const std::int64_t number = sent_++;
    auto* flight = new Flight;
    flight->due = due;
    flight->context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    {
      MutexLock lock(mutex_);
      ++in_flight_;
    }
    auto* stub = stubs_[static_cast<std::size_t>(number) % stubs_.size()]->async();
    const auto done = [this, flight](const grpc::Status& status) { Finish(flight, status); };
    if (absl::GetFlag(FLAGS_rpc) == "status") {
      static const auto& ids = *new std::vector<std::string>(absl::GetFlag(FLAGS_ids));
      flight->status.set_dispatch_id(ids[static_cast<std::size_t>(number) % ids.size()]);
      stub->Status(&flight->context, &flight->status, &flight->found, done);
      return;
    }
    if (absl::GetFlag(FLAGS_rpc) == "health") {
      healths_[static_cast<std::size_t>(number) % healths_.size()]->UnaryCall(
          &flight->context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &flight->check, &flight->healthy, done);
      return;
    }
    static const auto& called = *new std::vector<std::string>(absl::GetFlag(FLAGS_called));
    static const std::string& run = *new std::string(absl::GetFlag(FLAGS_run));
    v1::Call& call = *flight->dispatch.mutable_call();
    call.set_source(v1::CALL_SOURCE_RETELL);
    call.set_external_call_id(absl::StrCat(run, "-", number));
    // Nobody calls twice, in any run: a second call would join the first.
    const std::uint64_t caller = (std::hash<std::string>()(run) + static_cast<std::uint64_t>(number)) % 5'000'000'000;
    call.set_caller_number(absl::StrFormat("+44%010d", 2'000'000'000 + caller));
    call.set_called_number(called[static_cast<std::size_t>(number) % called.size()]);
    call.set_summary(kSummary);
    call.set_transcript(kTranscript);
    stub->Dispatch(&flight->context, &flight->dispatch, &flight->dispatched, done);
  }

  void Finish(Flight* flight, const grpc::Status& status) {
    const absl::Time now = absl::Now();
    {
      MutexLock lock(mutex_);
      if (!status.ok()) {
        if (failed_++ == 0) std::cerr << "rpc_load: " << status.error_message() << "\n";
      } else if (flight->due >= begin_ && now < end_) {
        latencies_.push_back(now - flight->due);
      }
    }
    delete flight;
    if (absl::GetFlag(FLAGS_rate) <= 0 && now < end_ && status.ok()) Send(absl::Now());
    MutexLock lock(mutex_);
    --in_flight_;
    changed_.notify_all();
  }

  void Print() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [this](double share) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (latencies_.empty()) return 0.0;
      return absl::ToDoubleMilliseconds(
          latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))]);
    };
    std::cout << absl::StrFormat(
                     R"({"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"count":%d,"failed":%d})",
                     static_cast<double>(latencies_.size()) / absl::ToDoubleSeconds(absl::GetFlag(FLAGS_measure)),
                     at(0.5), at(0.99), at(1), latencies_.size(), failed_)
              << "\n";
  }

  // gRPC serves health without a generated class.
  using HealthStub =
      grpc::TemplatedGenericStub<grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse>;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::vector<std::unique_ptr<v1::DispatchService::Stub>> stubs_;
  std::vector<std::unique_ptr<HealthStub>> healths_;
  absl::Time begin_;
  absl::Time end_;
  std::atomic<std::int64_t> sent_ = 0;
  Mutex mutex_;
  std::condition_variable_any changed_;
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int failed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<absl::Duration> latencies_ ABSL_GUARDED_BY(mutex_);  // all: exact, and sorted once
};

}  // namespace
}  // namespace afterhours

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return afterhours::Load().Run() ? 0 : 1;
}
