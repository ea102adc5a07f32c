#include "adapters/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <thread>
#include <utility>

#include "base/mutex.h"

namespace afterhours {
namespace {

// More than pages and questions can be with one host at once: whatever waited for
// a connection would count that as part of its time.
constexpr long kConnectionsPerHostMax = 96;

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// A call under way.
struct Transfer {
  HttpCall call;
  std::function<void(HttpResult)> done;
  std::unique_ptr<CURL, CurlEasyDeleter> easy;
  std::unique_ptr<curl_slist, CurlListDeleter> headers;
  std::size_t body_bytes_read = 0;
  std::string answer;
  bool answer_cut = false;
};

std::size_t ReadBody(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = std::min(size * count, transfer.call.body.size() - transfer.body_bytes_read);
  std::memcpy(buffer, transfer.call.body.data() + transfer.body_bytes_read, bytes);
  transfer.body_bytes_read += bytes;
  return bytes;
}

// When a kept connection dies under a request, libcurl sends it once more on a
// fresh one, even a POST; the first may have been taken. To do so it must rewind
// the body, which is refused here once any of it was read.
int RefuseToRewind(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

std::size_t WriteAnswer(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t room = transfer.call.answer_bytes_max - transfer.answer.size();
  transfer.answer.append(data, std::min(size * count, room));
  transfer.answer_cut |= size * count > room;
  return size * count;
}

HttpResult::Outcome OutcomeOf(CURLcode code, const Transfer& transfer) {
  switch (code) {
    case CURLE_OK:
      return HttpResult::Outcome::kAnswered;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return HttpResult::Outcome::kNotSent;
    default:
      break;
  }
  // A timeout or an abort before the body began to leave is as if never sent.
  curl_off_t pretransfer_us = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
  const bool nothing_left = pretransfer_us == 0 && transfer.body_bytes_read == 0;
  return nothing_left ? HttpResult::Outcome::kNotSent : HttpResult::Outcome::kUnknown;
}

HttpResult ResultOf(CURLcode code, Transfer& transfer) {
  HttpResult result;
  result.outcome = OutcomeOf(code, transfer);
  if (code != CURLE_OK) {
    result.error = curl_easy_strerror(code);
    result.timed_out = code == CURLE_OPERATION_TIMEDOUT;
    return result;
  }
  long status = 0;
  curl_off_t retry_after_s = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
  result.status = static_cast<int>(status);
  result.retry_after = absl::Seconds(retry_after_s);
  result.body = std::move(transfer.answer);
  result.body_cut = transfer.answer_cut;
  return result;
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(Options options) : options_(options) {
    static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(initialized);
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHostMax);
    thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  }

  // Ends the thread and all calls. Apart from the destructor, for a callback may
  // start another call meanwhile.
  void Stop() {
    thread_.request_stop();
    curl_multi_wakeup(multi_);
    thread_.join();
    for (auto& [easy, transfer] : transfers_) {
      curl_multi_remove_handle(multi_, easy);
      transfer->done(ResultOf(CURLE_ABORTED_BY_CALLBACK, *transfer));
    }
    transfers_.clear();
    for (auto waiting = TakeWaiting(); !waiting.empty(); waiting = TakeWaiting()) {
      for (auto& transfer : waiting) {
        HttpResult result;
        result.outcome = HttpResult::Outcome::kNotSent;
        result.error = "shutting down";
        transfer->done(std::move(result));
      }
    }
  }

  ~Impl() { curl_multi_cleanup(multi_); }

  void Start(HttpCall call, std::function<void(HttpResult)> done) {
    auto transfer = std::make_unique<Transfer>();
    transfer->call = std::move(call);
    transfer->done = std::move(done);
    {
      MutexLock lock(mutex_);
      waiting_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
  }

  const Options& options() const { return options_; }

 private:
  std::deque<std::unique_ptr<Transfer>> TakeWaiting() {
    MutexLock lock(mutex_);
    return std::exchange(waiting_, {});
  }

  void Run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      for (auto& transfer : TakeWaiting()) Begin(std::move(transfer));
      int running = 0;
      curl_multi_perform(multi_, &running);
      FinishDone();
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
  }

  void Begin(std::unique_ptr<Transfer> transfer) {
    Transfer& t = *transfer;
    CURL* easy = curl_easy_init();
    t.easy.reset(easy);
    curl_slist* headers = curl_slist_append(nullptr, "Expect:");
    for (const auto& [name, value] : t.call.headers) {
      headers = curl_slist_append(headers, (name + ": " + value).c_str());
    }
    t.headers.reset(headers);
    curl_easy_setopt(easy, CURLOPT_URL, t.call.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, options_.https_only ? "https" : "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, absl::ToInt64Milliseconds(options_.connect_timeout));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, absl::ToInt64Milliseconds(options_.timeout));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &WriteAnswer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
    if (!t.call.basic_auth.empty()) curl_easy_setopt(easy, CURLOPT_USERPWD, t.call.basic_auth.c_str());
    if (t.call.method == "POST") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.call.body.size()));
      curl_easy_setopt(easy, CURLOPT_READFUNCTION, &ReadBody);
      curl_easy_setopt(easy, CURLOPT_READDATA, &t);
      curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &RefuseToRewind);
    }
    curl_multi_add_handle(multi_, easy);
    transfers_.emplace(easy, std::move(transfer));
  }

  void FinishDone() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      auto node = transfers_.extract(message->easy_handle);
      Transfer& transfer = *node.mapped();
      curl_multi_remove_handle(multi_, transfer.easy.get());
      transfer.done(ResultOf(code, transfer));
    }
  }

  const Options options_;
  CURLM* multi_ = nullptr;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;  // the client's thread only
  Mutex mutex_;
  std::deque<std::unique_ptr<Transfer>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

HttpClient::HttpClient(Options options) : impl_(std::make_unique<Impl>(options)) {}
HttpClient::~HttpClient() { impl_->Stop(); }
void HttpClient::Start(HttpCall call, std::function<void(HttpResult)> done) {
  impl_->Start(std::move(call), std::move(done));
}
const HttpClient::Options& HttpClient::options() const { return impl_->options(); }

}  // namespace afterhours
