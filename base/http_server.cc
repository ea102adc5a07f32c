#include "base/http_server.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/mutex.h"

namespace afterhours {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kAcceptPause(100);
// How long a client may go on sending what nobody will read.
constexpr std::chrono::seconds kLinger(2);

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Options options, Handler handler) : options_(std::move(options)), handler_(std::move(handler)) {}

  absl::Status Start();
  void Stop();
  int port() const { return port_; }

 private:
  class Session;

  void Accept();

  const Options options_;
  const Handler handler_;
  asio::io_context io_{1};
  // While a request is with its handler, nothing else may hold the loop: it must
  // still be there to write the answer.
  asio::executor_work_guard<asio::io_context::executor_type> io_work_{io_.get_executor()};
  std::optional<tcp::acceptor> acceptor_;
  asio::steady_timer accept_pause_{io_};
  std::atomic<int> connections_{0};
  std::optional<asio::thread_pool> handlers_;
  std::jthread io_thread_;
  std::atomic<int> waiting_{0};
  std::atomic<bool> stopping_{false};
  int port_ = 0;

  // Requests between their last byte in and their answer's last byte out.
  Mutex mutex_;
  std::condition_variable_any idle_;
  int in_hand_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One connection: reads a request, has it handled, writes the answer, repeats.
class HttpServer::Impl::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Impl& server, tcp::socket socket) : server_(server), stream_(std::move(socket)) { ++server_.connections_; }
  ~Session() { --server_.connections_; }

  void Read() {
    parser_.emplace();
    parser_->body_limit(server_.options_.body_bytes_max);
    stream_.expires_after(std::chrono::milliseconds(absl::ToInt64Milliseconds(server_.options_.read_timeout)));
    http::async_read(stream_, buffer_, *parser_, beast::bind_front_handler(&Session::OnRead, shared_from_this()));
  }

 private:
  void OnRead(beast::error_code error, std::size_t) {
    if (error == http::error::body_limit) {
      return Refuse(413, absl::StrCat("body is larger than ", server_.options_.body_bytes_max, " bytes\n"));
    }
    if (error == http::error::end_of_stream || error == beast::error::timeout) return Close();
    if (error) {
      if (error.category() == http::make_error_code(http::error::bad_method).category()) {
        return Refuse(400, absl::StrCat("not HTTP: ", error.message(), "\n"));
      }
      return Close();
    }
    if (server_.waiting_ >= server_.options_.queue_length_max) {
      keep_alive_ = false;
      return Take(), Answer(Busy());
    }
    Take();
    ++server_.waiting_;
    asio::post(
        *server_.handlers_, [self = shared_from_this(), request = Convert(parser_->release()), came = absl::Now()] {
          --self->server_.waiting_;
          // Whoever waited that long has gone, and will ask again.
          const bool stale = absl::Now() - came > self->server_.options_.wait_max;
          HttpResponse response = stale ? Busy() : self->server_.handler_(request);
          asio::post(self->stream_.get_executor(), [self, response = std::move(response)] { self->Answer(response); });
        });
  }

  static HttpResponse Busy() { return {503, "text/plain", "busy, try again\n", {{"Retry-After", "1"}}}; }

  HttpRequest Convert(http::request<http::string_body> message) {
    keep_alive_ = message.keep_alive() && !server_.stopping_;
    version_ = message.version();
    head_ = message.method() == http::verb::head;
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    return request;
  }

  void Refuse(int status, std::string text) {
    keep_alive_ = false;
    Take();
    Answer(HttpResponse{status, "text/plain", std::move(text), {}});
  }

  void Answer(const HttpResponse& response) {
    auto message =
        std::make_shared<http::response<http::string_body>>(static_cast<http::status>(response.status), version_);
    if (!response.content_type.empty()) message->set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) {
      if (!absl::StrContains(value, '\r') && !absl::StrContains(value, '\n')) message->set(name, value);
    }
    if (!head_) message->body() = response.body;
    message->keep_alive(keep_alive_);
    message->prepare_payload();
    if (response.status == 204) message->erase(http::field::content_length);
    http::async_write(stream_, *message, [self = shared_from_this(), message](beast::error_code error, std::size_t) {
      self->Done();
      if (error || !self->keep_alive_) return self->Close();
      self->Read();
    });
  }

  void Take() {
    MutexLock lock(server_.mutex_);
    ++server_.in_hand_;
  }

  void Done() {
    MutexLock lock(server_.mutex_);
    if (--server_.in_hand_ == 0) server_.idle_.notify_all();
  }

  // Reads on until the client has closed too: to close before it has sent all
  // would reset the connection, and it would never see its answer.
  void Close() {
    beast::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    Discard();
  }

  void Discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kDiscardBytes),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->Discard();
                            });
  }

  static constexpr std::size_t kDiscardBytes = 64 << 10;

  Impl& server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool keep_alive_ = true;
  bool head_ = false;
  unsigned version_ = 11;
};

absl::Status HttpServer::Impl::Start() {
  const std::size_t colon = options_.address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(options_.address.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(absl::StrCat("listen address \"", options_.address, "\" is not host:port"));
  }
  beast::error_code error;
  const auto host = asio::ip::make_address(options_.address.substr(0, colon), error);
  if (error)
    return absl::InvalidArgumentError(
        absl::StrCat("listen address \"", options_.address, "\": host must be an IP address"));
  const tcp::endpoint endpoint(host, static_cast<unsigned short>(port));
  acceptor_.emplace(io_);
  acceptor_->open(endpoint.protocol(), error);
  if (!error) acceptor_->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_->bind(endpoint, error);
  if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
  if (error) return absl::UnavailableError(absl::StrCat("listen on ", options_.address, ": ", error.message()));
  port_ = acceptor_->local_endpoint().port();
  handlers_.emplace(options_.handler_threads);
  Accept();
  io_thread_ = std::jthread([this] { io_.run(); });
  return absl::OkStatus();
}

void HttpServer::Impl::Accept() {
  acceptor_->async_accept(io_, [this](beast::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      // Out of descriptors, most likely: trying at once would only spin.
      accept_pause_.expires_after(kAcceptPause);
      return accept_pause_.async_wait([this](beast::error_code stopped) {
        if (!stopped) Accept();
      });
    }
    if (connections_ < options_.connections_max) {
      socket.set_option(tcp::no_delay(true), error);
      std::make_shared<Session>(*this, std::move(socket))->Read();
    }
    Accept();
  });
}

void HttpServer::Impl::Stop() {
  if (!io_thread_.joinable()) return;
  stopping_ = true;
  asio::post(io_, [this] { acceptor_->close(); });
  {
    std::unique_lock<Mutex> lock(mutex_);
    idle_.wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_hand_ == 0; });
  }
  handlers_->join();
  io_.stop();
  io_thread_.join();
}

HttpServer::HttpServer(Options options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}
HttpServer::~HttpServer() { Stop(); }
absl::Status HttpServer::Start() { return impl_->Start(); }
int HttpServer::port() const { return impl_->port(); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace afterhours
