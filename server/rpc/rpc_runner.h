#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/metrics.h"
#include "server/db/worker_pool.h"

namespace afterhours::rpc {

// What is answered when the deadline passed before the work was begun.
absl::Status PassedDeadline();

// Serves unary RPCs of all services: on a database thread, in one transaction,
// answered after the commit. Thread safe.
class RpcRunner {
 public:
  using Body = std::function<absl::Status(db::Transaction&)>;

  // An RPC on its way, to be answered with Finish.
  struct Pending {
    const char* name = nullptr;
    absl::Time begin;
    absl::Time deadline;
    grpc::ServerUnaryReactor* reactor = nullptr;
  };

  // Both must outlive this.
  RpcRunner(db::WorkerPool& workers, Metrics& metrics) : workers_(workers), metrics_(metrics) {}

  // Answers with `checked` if it is an error; else runs `body` in a transaction
  // on a database thread and answers with what it returned. `body` fills the
  // response, from the start each time it runs; `committed` runs after it.
  grpc::ServerUnaryReactor* Run(
      const char* rpc, grpc::CallbackServerContext* context, const absl::Status& checked, Body body,
      std::function<void()> committed = [] {});

  static Pending Begin(const char* rpc, grpc::CallbackServerContext* context);
  void Finish(const Pending& rpc, const absl::Status& status);

 private:
  // Logs one a second and counts the others: many may be refused at once.
  void Warn(const Pending& rpc, const absl::Status& status);

  db::WorkerPool& workers_;
  Metrics& metrics_;
  std::atomic<std::int64_t> warned_ = 0;  // in this second of Unix time, last
  std::atomic<std::int64_t> unsaid_ = 0;  // since then
};

}  // namespace afterhours::rpc
