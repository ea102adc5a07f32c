// An engine of the product with a provider that accepts every page at once, and notes
// when it was handed which. Runs until SIGTERM.

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "server/engine/engine.h"

ABSL_FLAG(std::string, database_url, "", "the database");
ABSL_FLAG(int, in_flight_max, 500, "pages with the provider at once");
ABSL_FLAG(std::string, hand_overs, "", "file to which a line is added for each page: its id, and Unix microseconds");

namespace afterhours {
namespace {

// Takes the time of each hand-over and calls back from a thread of its own.
class NullProvider final : public Provider {
 public:
  explicit NullProvider(const std::string& path)
      : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)), thread_([this] { Run(); }) {
    if (file_ < 0) std::perror("engine_load: --hand_overs");
  }

  ~NullProvider() override {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    close(file_);
  }

  bool is_open() const { return file_ >= 0; }

  absl::string_view name() const override { return "null"; }
  bool Carries(v1::Channel channel) const override { return channel == v1::CHANNEL_SMS; }
  absl::Duration SendTimeout() const override { return absl::Seconds(1); }

  void Send(const OutgoingPage& page, std::function<void(SendResult)> done) override {
    // Written at once: what a killed process handed over must be known.
    const std::string line = absl::StrCat(page.page_id, " ", absl::GetCurrentTimeNanos() / 1000, "\n");
    if (write(file_, line.data(), line.size()) < 0) std::perror("engine_load: --hand_overs");
    SendResult result;
    result.outcome = SendResult::Outcome::kAccepted;
    result.provider_message_id = absl::StrCat("null-", page.page_id);
    {
      MutexLock lock(mutex_);
      accepted_.emplace_back(std::move(done), std::move(result));
    }
    changed_.notify_one();
  }

  // A page whose outcome is unknown was accepted: that is all this one does.
  void LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) override {
    LookUpResult result;
    result.outcome = LookUpResult::Outcome::kFound;
    result.is_named = true;
    result.found.push_back({absl::StrCat("null-", page.page_id), v1::PAGE_STATE_ACCEPTED, "accepted", "", false});
    done(std::move(result));
  }

  core::FailureDecision DecisionFor(absl::string_view /*error_code*/) const override {
    return core::FailureDecision::kNextTechnician;
  }

 private:
  void Run() {
    for (;;) {
      std::deque<std::pair<std::function<void(SendResult)>, SendResult>> accepted;
      {
        std::unique_lock<Mutex> lock(mutex_);
        const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopping_ || !accepted_.empty(); };
        changed_.wait(lock, ready);
        ([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { accepted.swap(accepted_); })();
      }
      if (accepted.empty()) return;
      for (auto& [done, result] : accepted) done(std::move(result));
    }
  }

  const int file_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<std::function<void(SendResult)>, SendResult>> accepted_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

int Run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const Clock clock;
  Metrics metrics;
  NullProvider provider(absl::GetFlag(FLAGS_hand_overs));
  if (!provider.is_open()) return 1;
  engine::Engine engine(
      absl::GetFlag(FLAGS_database_url), absl::StrCat(getpid(), "-", NewId()), {&provider}, nullptr, clock, metrics,
      [] {}, absl::GetFlag(FLAGS_in_flight_max));
  engine.StartNotices();
  engine.Start();
  int signal = 0;
  sigwait(&signals, &signal);
  engine.Stop(absl::Seconds(5));
  return 0;
}

}  // namespace
}  // namespace afterhours

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return afterhours::Run();
}
