#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/loop.h"
#include "base/mutex.h"
#include "server/db/connection.h"
#include "server/store/history.h"

namespace afterhours::rpc {

// Serves all watchers of dispatches with one query a round: after a change in
// this process at once, after one in another replica at the next beat.
class WatchHub {
 public:
  explicit WatchHub(std::string database_url);
  ~WatchHub();

  void Start() { loop_.Start(); }

  // Ends all streams with UNAVAILABLE (SHUTTING_DOWN).
  void Stop();

  // Says that a dispatch may have changed. Thread safe.
  void Wake();

  // A stream of the events of a dispatch after a sequence. It ends with NOT_FOUND
  // when there is no such dispatch.
  grpc::ServerWriteReactor<v1::WatchDispatchResponse>* Watch(const std::string& dispatch_id, int after_sequence);

  // A stream that ends at once with `status`.
  static grpc::ServerWriteReactor<v1::WatchDispatchResponse>* Refuse(const absl::Status& status);

 private:
  class Watcher;

  absl::Duration RunOnce();
  void Remove(Watcher* watcher);

  db::Connection connection_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // A watcher is shared with gRPC until OnDone.
  std::map<Watcher*, std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  Loop loop_;
};

}  // namespace afterhours::rpc
