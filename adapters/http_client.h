#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/http_message.h"

namespace afterhours {

// A call to a provider.
struct HttpCall {
  std::string method = "POST";
  std::string url;
  HttpHeaders headers;
  std::string basic_auth;  // "user:password"; empty: none
  std::string body;
  std::size_t answer_bytes_max = 64 << 10;  // more of the answer's body is cut off
};

// What became of it. The difference between the last two decides whether it
// may be done again.
struct HttpResult {
  enum class Outcome {
    kAnswered,  // `status` and `body` hold the answer
    kNotSent,   // no request left: connection or TLS failed
    kUnknown,   // the request, or a part of it, left; no whole answer came
  };
  Outcome outcome = Outcome::kUnknown;
  int status = 0;
  std::string body;
  bool body_cut = false;       // it was longer than the call's `answer_bytes_max`
  bool timed_out = false;      // no whole answer came within the timeout
  absl::Duration retry_after;  // from the header, when it gives seconds; else zero
  std::string error;
};

// An HTTP client on libcurl: many calls at once on one thread, connections kept
// open. Never sends a POST twice, not even on a connection that turns out to be
// dead; follows no redirects. Thread safe.
class HttpClient {
 public:
  struct Options {
    absl::Duration connect_timeout = absl::Seconds(3);
    absl::Duration timeout = absl::Seconds(10);  // for all of a call
    bool https_only = true;                      // plain HTTP is for simulators on this machine
  };

  explicit HttpClient(Options options);
  // Ends the calls under way with kUnknown, or kNotSent for those not begun.
  ~HttpClient();

  // Starts a call. `done` is called exactly once, on the client's thread or the
  // destructor's, must not block, and may start another call.
  void Start(HttpCall call, std::function<void(HttpResult)> done);

  const Options& options() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace afterhours
