#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/http_client.h"
#include "adapters/twilio/account.h"
#include "base/http_server.h"
#include "base/mutex.h"

namespace afterhours::twilio {

// Twilio's side of a connection: answers requests, one after another, with what
// it was told, and keeps them. Listens on loopback.
class FakeTwilio {
 public:
  FakeTwilio()
      : server_({.handler_threads = 1, .body_bytes_max = 64 << 10},
                [this](const HttpRequest& request) { return Serve(request); }) {
    EXPECT_TRUE(server_.Start().ok());
  }

  Account account() const {
    Account account;
    account.base_url = absl::StrCat("http://127.0.0.1:", server_.port());
    account.account_sid = kAccountSid;
    account.username = "SKuser";
    account.password = "secret";
    account.default_from = "+19495550101";
    account.public_url = "https://pages.example.com";
    return account;
  }

  HttpClient& client() { return client_; }

  // Answers the next request that has no answer yet. One without is a 500.
  void Answer(int status, std::string body) {
    MutexLock lock(mutex_);
    answers_.push_back({status, "application/json", std::move(body), {}});
  }

  // The requests so far.
  std::vector<HttpRequest> requests() {
    MutexLock lock(mutex_);
    return requests_;
  }

  static constexpr char kAccountSid[] = "AC00000000000000000000000000000001";
  static constexpr char kMessagesPath[] = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json";
  static constexpr char kCallsPath[] = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls.json";

 private:
  HttpResponse Serve(const HttpRequest& request) {
    MutexLock lock(mutex_);
    requests_.push_back(request);
    if (answers_.empty()) return {500, "text/html", "<html>not told what to answer</html>", {}};
    HttpResponse answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  Mutex mutex_;
  std::deque<HttpResponse> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<HttpRequest> requests_ ABSL_GUARDED_BY(mutex_);
  HttpServer server_;
  HttpClient client_{{.https_only = false}};
};

// What `start` gives to the callback that it gets.
template <typename T>
T Await(const std::function<void(std::function<void(T)>)>& start) {
  std::promise<T> promise;
  start([&promise](T result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

// The fields of a request's query.
inline FormFields QueryOf(const HttpRequest& request) {
  const std::size_t begin = request.target.find('?');
  if (begin == std::string::npos) return {};
  return *ParseForm(absl::string_view(request.target).substr(begin + 1));
}

// `time` as Twilio writes it.
inline std::string TwilioDate(absl::Time time) {
  return absl::FormatTime(absl::RFC1123_full, time, absl::UTCTimeZone());
}

}  // namespace afterhours::twilio
