// A large directory: dispatches go on while it is written, and reading one
// business does not cost what all of them cost.

#include <atomic>
#include <iostream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

// How many businesses; AFTERHOURS_DIRECTORY_BUSINESSES=10000 to measure.
int BusinessCount() {
  int count = 1000;
  const char* set = getenv("AFTERHOURS_DIRECTORY_BUSINESSES");
  EXPECT_TRUE(set == nullptr || absl::SimpleAtoi(set, &count)) << set;
  return count;
}

constexpr int kTechnicians = 5;

std::string Number(int area, int number) { return absl::StrCat("+1", 200 + area, 5550000 + number); }

std::string Businesses(int count, const std::string& name) {
  std::string yaml = "businesses:\n";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&yaml, "  - key: b", i, "\n    name: ", name, "\n    time_zone: America/New_York\n    numbers: ['",
                    Number(i / 10000, i % 10000), "']\n    owner: {name: Sam, phone: '+19495550199'}\n",
                    "    technicians:\n");
    for (int t = 0; t < kTechnicians; ++t) {
      absl::StrAppend(&yaml, "      - {key: t", t, ", name: ", name, " ", t, ", sms: '+1949555", 1000 + t, "'}\n");
    }
    absl::StrAppend(&yaml, "    roster:\n");
    for (int t = 0; t < kTechnicians; ++t) {
      absl::StrAppend(&yaml, "      - {technician: t", t, ", priority: ", t + 1,
                      ", windows: [{days: MON-FRI, from: '17:00', until: '08:00'}]}\n");
    }
  }
  return yaml;
}

absl::Duration Took(const std::string& what, const std::function<void()>& work) {
  const absl::Time begin = absl::Now();
  work();
  const absl::Duration took = absl::Now() - begin;
  std::cerr << "[ FIGURE   ] " << what << ": " << absl::FormatDuration(absl::Trunc(took, absl::Milliseconds(1)))
            << "\n";
  return took;
}

// Calls come in, one after the other in two threads, until this is stopped.
class Calls {
 public:
  explicit Calls(World& world) {
    for (int t = 0; t < 2; ++t) {
      threads_.emplace_back([this, &world, t] {
        for (int i = 0; !stopped_; ++i) {
          v1::DispatchRequest request;
          request.set_request_id(absl::StrCat("call-", t, "-", i));
          request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
          request.mutable_call()->set_called_number(Number(0, i % 100));
          request.mutable_call()->set_summary("Water leak");
          const absl::Time begin = absl::Now();
          const auto response = world.client().Dispatch(request);
          EXPECT_TRUE(response.ok()) << response.status();
          took_[static_cast<std::size_t>(t)].push_back(absl::Now() - begin);
          ++count_;
        }
      });
    }
  }

  void Await(int count) const {
    Eventually(absl::StrCat(count, " calls"), [&] { return count_ >= count; });
  }

  // How many there were.
  int StopAndTell(const std::string& when) {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
    std::vector<absl::Duration> all = took_[0];
    all.insert(all.end(), took_[1].begin(), took_[1].end());
    std::sort(all.begin(), all.end());
    EXPECT_FALSE(all.empty());
    const auto at = [&](double part) {
      return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
    };
    std::cerr << "[ FIGURE   ] Dispatch " << when << ": " << all.size() << " calls, median " << at(0.5) << ", p99 "
              << at(0.99) << ", longest " << all.back() << "\n";
    return count_;
  }

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<int> count_{0};
  std::vector<absl::Duration> took_[2];
  std::vector<std::thread> threads_;
};

TEST(DirectorySize, DispatchesGoOnWhileAFileIsApplied) {
  World world({.dispatchd_flags = {"--engine=false"}});
  Directory& directory = world.directory();
  const int count = BusinessCount();
  const std::string first = Businesses(count, "First"), second = Businesses(count, "Second");
  Took(absl::StrCat("apply ", count, " new businesses, ", first.size() >> 10, " KiB"),
       [&] { ASSERT_THAT(directory.Apply(first), Succeeds()); });
  Took("the same again", [&] { EXPECT_EQ(directory.Apply(first)->change_count(), 0); });
  Took("plan a change of all", [&] { EXPECT_EQ(directory.Plan(second)->change_count(), count * (1 + kTechnicians)); });
  {
    Calls calls(world);
    calls.Await(200);
    calls.StopAndTell("before");
  }
  Calls calls(world);
  Took("apply a change of all, under calls", [&] { EXPECT_THAT(directory.Apply(second), Succeeds()); });
  EXPECT_GT(calls.StopAndTell("meanwhile"), 0) << "no call waits for the file";
  std::string file;
  Took("export", [&] { file = directory.Export(); });
  Took("plan what was exported", [&] { EXPECT_EQ(directory.Plan(file)->change_count(), 0); });
  Took("check", [&] {
    v1::CheckDirectoryRequest request;
    int looked_at = 0;
    do {
      const auto page = directory.Call(&DirectoryStub::CheckDirectory, request);
      ASSERT_THAT(page, Succeeds());
      looked_at += page->business_count();
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(looked_at, count + 1);
  });
  Took("100 reads of one business", [&] {
    for (int i = 0; i < 100; ++i) EXPECT_THAT(directory.Get(absl::StrCat("b", i % count)), Succeeds());
  });
  Took("100 updates of one business", [&] {
    for (int i = 0; i < 100; ++i) {
      v1::Business change;
      change.set_key(absl::StrCat("b", i % count));
      change.set_name(absl::StrCat("Third ", i));
      EXPECT_THAT(directory.Update(change), Succeeds());
    }
  });
  Took("100 readings of one business's history", [&] {
    v1::ListDirectoryChangesRequest request;
    request.set_page_size(10);
    for (int i = 0; i < 100; ++i) {
      request.set_business(absl::StrCat("b", i % count));
      EXPECT_EQ(directory.Call(&DirectoryStub::ListDirectoryChanges, request)->changes_size(), 10);
    }
  });
}

// As many applies as dispatchd has threads for all of its requests.
TEST(DirectorySize, ManyFilesAtOnce_DoNotStopDispatches) {
  World world({.dispatchd_flags = {"--engine=false"}});
  const int count = BusinessCount();
  ASSERT_THAT(world.directory().Apply(Businesses(count, "First")), Succeeds());
  Calls calls(world);
  std::vector<std::thread> threads;
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto applied = world.directory().Apply(Businesses(count, absl::StrCat("By ", i)));
      EXPECT_THAT(applied, Succeeds());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const absl::Duration took = absl::Now() - begin;
  std::cerr << "[ FIGURE   ] six applies at once: " << took << "\n";
  EXPECT_GT(calls.StopAndTell("during six applies"), 0) << "no call waits for the files";
}

}  // namespace
}  // namespace afterhours::testing
