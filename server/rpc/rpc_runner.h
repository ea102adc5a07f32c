#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "server/db/worker_pool.h"

namespace afterhours::rpc {

// Serves unary RPCs of all services: on a database thread, in one transaction,
// answered after the commit. Thread safe.
class RpcRunner {
 public:
  using Body = std::function<absl::Status(db::Transaction&)>;

  // Both must outlive this.
  RpcRunner(db::WorkerPool& workers, Metrics& metrics) : workers_(workers), metrics_(metrics) {}

  // Answers with `checked` if it is an error; else runs `body` in a transaction
  // on a database thread and answers with what it returned. `body` fills the
  // response, from the start each time it runs; `committed` runs after it.
  grpc::ServerUnaryReactor* Run(
      const char* rpc, grpc::CallbackServerContext* context, const absl::Status& checked, Body body,
      std::function<void()> committed = [] {});

 private:
  void Finish(const char* rpc, absl::Time begin, grpc::ServerUnaryReactor* reactor, const absl::Status& status);

  db::WorkerPool& workers_;
  Metrics& metrics_;
};

}  // namespace afterhours::rpc
