#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/http_message.h"

namespace afterhours {

// An HTTP/1.1 server for webhooks and metrics. TLS ends at a proxy before it.
// Bodies over the limit are answered 413, what is not HTTP 400, and 503 with
// Retry-After when more requests wait than the queue may hold.
class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1:0";         // host:port; port 0 takes a free one
    int handler_threads = 16;                    // requests handled at once
    int queue_length_max = 256;                  // requests waiting for a handler
    absl::Duration wait_max = absl::Seconds(5);  // one that waited longer is answered 503
    int connections_max = 1000;                  // more are closed at once
    std::size_t body_bytes_max = 2 << 20;
    absl::Duration read_timeout = absl::Seconds(15);  // to receive one request, or wait for the next
  };

  // Runs on a handler thread, and may block. Must be thread safe.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  HttpServer(Options options, Handler handler);
  ~HttpServer();

  // Binds, and serves on threads of its own. Errors: a bad or taken address.
  absl::Status Start();

  // The bound port; 0 before Start.
  int port() const;

  // Stops accepting, finishes the requests in hand and answers them, then
  // closes. Does nothing when not started.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace afterhours
