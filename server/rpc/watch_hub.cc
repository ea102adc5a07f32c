#include "server/rpc/watch_hub.h"

#include <deque>
#include <utility>

#include "base/grpc_status.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/snapshot.h"
#include "server/rpc/convert.h"
#include "server/store/review.h"

namespace afterhours::rpc {
namespace {

constexpr std::size_t kWatchersMax = 1000;
constexpr absl::Duration kPollInterval = absl::Milliseconds(200);

class RefusedWatch : public grpc::ServerWriteReactor<v1::WatchDispatchResponse> {
 public:
  explicit RefusedWatch(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

// One stream. Responses queue here while gRPC writes; the queue is bounded by
// the length of one dispatch's history.
class WatchHub::Watcher : public grpc::ServerWriteReactor<v1::WatchDispatchResponse> {
 public:
  Watcher(WatchHub& hub, std::string dispatch_id, int after_sequence)
      : dispatch_id_(std::move(dispatch_id)), hub_(hub), sequence_(after_sequence) {}

  const std::string& dispatch_id() const { return dispatch_id_; }

  int sequence() {
    MutexLock lock(mutex_);
    return sequence_;
  }

  void Push(const store::DispatchNews& news) {
    MutexLock lock(mutex_);
    if (ending_) return;
    for (const core::Event& event : news.events) {
      if (event.sequence <= sequence_) continue;
      sequence_ = event.sequence;
      v1::WatchDispatchResponse response;
      Write(event, dispatch_id_, response.mutable_event());
      response.set_status(news.status);
      queue_.push_back(std::move(response));
    }
    if (core::IsFinal(news.status)) ending_ = true;
    Continue();
  }

  void End(const absl::Status& status) {
    MutexLock lock(mutex_);
    if (ending_) return;
    ending_ = true;
    end_status_ = status;
    Continue();
  }

  void OnWriteDone(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) {
      queue_.clear();
      ending_ = true;
    } else {
      queue_.pop_front();
    }
    Continue();
  }

  void OnCancel() override { End(absl::CancelledError("the watcher went away")); }
  void OnDone() override { hub_.Remove(this); }

 private:
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      writing_ = true;
      StartWrite(&queue_.front());
    } else if (ending_) {
      finished_ = true;
      Finish(ToGrpcStatus(end_status_));
    }
  }

  const std::string dispatch_id_;
  WatchHub& hub_;
  Mutex mutex_;
  int sequence_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::WatchDispatchResponse> queue_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);
};

WatchHub::WatchHub(std::string database_url)
    : connection_(std::move(database_url)), loop_("watch", kPollInterval, [this] { return RunOnce(); }) {}

WatchHub::~WatchHub() { Stop(); }

void WatchHub::Stop() {
  loop_.Stop();
  std::map<Watcher*, std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    watchers = watchers_;
  }
  for (auto& [raw, watcher] : watchers) {
    watcher->End(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down; watch again"));
  }
}

void WatchHub::Wake() {
  {
    MutexLock lock(mutex_);
    if (watchers_.empty()) return;
  }
  loop_.Wake();
}

grpc::ServerWriteReactor<v1::WatchDispatchResponse>* WatchHub::Watch(const std::string& dispatch_id,
                                                                     int after_sequence) {
  auto watcher = std::make_shared<Watcher>(*this, dispatch_id, after_sequence);
  Watcher* raw = watcher.get();
  {
    MutexLock lock(mutex_);
    if (stopping_) return Refuse(Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "the server is shutting down"));
    if (watchers_.size() >= kWatchersMax) {
      return Refuse(Error(absl::StatusCode::kResourceExhausted, "WATCHERS_FULL",
                          "too many watchers; ask for the status instead"));
    }
    watchers_.emplace(raw, std::move(watcher));
  }
  Wake();
  return raw;
}

grpc::ServerWriteReactor<v1::WatchDispatchResponse>* WatchHub::Refuse(const absl::Status& status) {
  return new RefusedWatch(status);
}

absl::Duration WatchHub::RunOnce() {
  std::map<Watcher*, std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(mutex_);
    watchers = watchers_;
  }
  if (watchers.empty()) return kPollInterval;
  std::map<std::string, int> after;  // the least that any watcher has seen
  for (auto& [raw, watcher] : watchers) {
    const auto [it, first] = after.emplace(watcher->dispatch_id(), watcher->sequence());
    if (!first) it->second = std::min(it->second, watcher->sequence());
  }
  std::map<std::string, store::DispatchNews> news;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    auto read = store::ReadNews(transaction, after);
    if (read.ok()) news = *std::move(read);
    return read.status();
  });
  if (!status.ok()) {
    // Streams wait for the database like everyone else; they end with it back.
    LogWarning("watched dispatches could not be read", {{"error", status}});
    return kPollInterval;
  }
  for (auto& [raw, watcher] : watchers) {
    const auto found = news.find(watcher->dispatch_id());
    if (found == news.end()) {
      watcher->End(store::DispatchNotFound(watcher->dispatch_id()));
    } else {
      watcher->Push(found->second);
    }
  }
  return kPollInterval;
}

void WatchHub::Remove(Watcher* watcher) {
  MutexLock lock(mutex_);
  watchers_.erase(watcher);
}

}  // namespace afterhours::rpc
