#pragma once

#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/http_server.h"
#include "base/mutex.h"

namespace afterhours::testing {

// A language model behind OpenAI's API for chats, on loopback, that says what it
// is told to. Keeps what it was asked.
class FakeModel {
 public:
  FakeModel()
      : server_({.handler_threads = 8, .body_bytes_max = 64 << 10},
                [this](const HttpRequest& request) { return Serve(request); }) {
    EXPECT_TRUE(server_.Start().ok());
  }
  ~FakeModel() { Release(); }

  std::string base_url() const { return absl::StrCat("http://127.0.0.1:", server_.port(), "/v1"); }

  // What every question gets from now on: an opinion, the model's text, or an
  // answer of the server's.
  void Judges(const std::string& urgency, const std::string& reason) {
    Says(nlohmann::json{{"urgency", urgency}, {"reason", reason}}.dump());
  }
  void Says(const std::string& content) {
    const nlohmann::json message = {{"role", "assistant"}, {"content", content}};
    Answers(200, nlohmann::json{{"choices", {{{"index", 0}, {"message", message}}}}}.dump());
  }
  void Answers(int status, std::string body) {
    MutexLock lock(mutex_);
    answer_ = {status, "application/json", std::move(body), {}};
  }

  // Questions get their answer only when they are released.
  void Hold() {
    MutexLock lock(mutex_);
    release_ = {};
    held_ = release_.get_future();
  }
  void Release() {
    MutexLock lock(mutex_);
    if (held_.valid()) release_.set_value();
    held_ = {};
  }

  // The requests so far.
  std::vector<HttpRequest> requests() {
    MutexLock lock(mutex_);
    return requests_;
  }

 private:
  HttpResponse Serve(const HttpRequest& request) {
    std::shared_future<void> held;
    {
      MutexLock lock(mutex_);
      requests_.push_back(request);
      held = held_;
    }
    if (held.valid()) held.wait();
    MutexLock lock(mutex_);
    return answer_;
  }

  Mutex mutex_;
  HttpResponse answer_ ABSL_GUARDED_BY(mutex_) = {500, "text/html", "<html>not told what to answer</html>", {}};
  std::vector<HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::promise<void> release_ ABSL_GUARDED_BY(mutex_);
  std::shared_future<void> held_ ABSL_GUARDED_BY(mutex_);
  HttpServer server_;
};

}  // namespace afterhours::testing
