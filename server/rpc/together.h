#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "server/db/batch_pool.h"
#include "server/rpc/rpc_runner.h"

namespace afterhours::rpc {

// What one RPC that is served in company stands for: its request, read and checked,
// and its response.
struct CallInCompany {
  RpcRunner::Pending rpc;
  // Whether its commit set something that engines must be told of; known after it.
  bool due_soon = true;
  // Of one that only reads: what is wrong with it alone; it is answered with that.
  absl::Status own = absl::OkStatus();
};

// Whether a transaction failed for what all of its requests share, so that serving
// them in smaller parts would not help: the database is away, or full.
inline bool IsShared(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

// Serves the RPCs of one kind: those that wait at the same time share a transaction,
// and nobody is answered before its commit. A bad request fails alone and leaves
// nothing behind: when a transaction fails, its halves are served by themselves, and
// so on. `Call` is a CallInCompany. Thread safe.
template <typename Call>
class Together {
 public:
  struct Options {
    std::string database_url;
    int threads = 1;              // each with a connection
    std::size_t waiting_max = 0;  // RPCs that may wait; more are refused
    bool only_reads = false;      // each statement is a transaction of its own
  };
  // Fills the calls' responses, from the start each time it runs.
  using Body = std::function<absl::Status(db::Transaction&, absl::Span<Call>)>;

  // After a commit, `committed` is told of each call, and `changed` whether any of them
  // set something that is due soon. `runner` must outlive this.
  Together(const Options& options, RpcRunner& runner, Body body, std::function<void(const Call&)> committed,
           std::function<void(bool due_soon)> changed)
      : only_reads_(options.only_reads),
        runner_(runner),
        body_(std::move(body)),
        committed_(std::move(committed)),
        changed_(std::move(changed)),
        pool_(options.database_url, {.threads = options.threads, .waiting_max = options.waiting_max},
              [this](db::Connection& connection, std::vector<Call> calls) {
                calls = StillWanted(std::move(calls));
                Serve(connection, absl::MakeSpan(calls));
              }) {}

  // Answers with `checked` if it is an error; else takes the call in, whose lane takes
  // turns with others (see db::BatchPool).
  grpc::ServerUnaryReactor* Take(const std::string& lane, Call call, absl::Status checked) {
    const RpcRunner::Pending rpc = call.rpc;
    if (checked.ok()) checked = pool_.Submit(lane, std::move(call));
    if (!checked.ok()) runner_.Finish(rpc, checked);
    return rpc.reactor;
  }

  // Answers all that waits, and refuses what comes later.
  void Stop() { pool_.Stop(); }

 private:
  static constexpr absl::Duration kPatience = absl::Seconds(4);  // with another transaction

  void Serve(db::Connection& connection, absl::Span<Call> calls) {
    if (calls.empty()) return;
    const bool alone = calls.size() == 1;
    const auto serve = [&](db::Transaction& transaction) {
      absl::Status served = body_(transaction, calls);
      // One of them waited in vain for a lock: that it is tried again is not for all.
      if (absl::IsAborted(served) && !alone) return Error(served.code(), "SERVED_TOGETHER", served.message());
      return served;
    };
    const absl::Status status = only_reads_ ? connection.Read(serve) : connection.Transact(serve);
    if (!status.ok() && !alone && !IsShared(status)) {
      const std::size_t half = calls.size() / 2;
      Serve(connection, calls.first(half));
      Serve(connection, calls.subspan(half));
      return;
    }
    // Somebody else holds what it needs: it stands in line again, for the others to pass.
    if (alone && absl::IsAborted(status) && absl::Now() < calls[0].rpc.begin + kPatience) {
      if (pool_.Submit("", calls[0]).ok()) return;
    }
    bool due_soon = false;
    for (Call& call : calls) {
      if (status.ok()) committed_(call);
      due_soon = due_soon || call.due_soon;
      runner_.Finish(call.rpc, status.ok() ? call.own : status);
    }
    if (status.ok()) changed_(due_soon);
  }

  // Answers those for whom nobody waits any more; the caller will ask again if it
  // matters. Returns the others.
  std::vector<Call> StillWanted(std::vector<Call> calls) {
    std::vector<Call> wanted;
    const absl::Time now = absl::Now();
    for (Call& call : calls) {
      if (now < call.rpc.deadline) {
        wanted.push_back(std::move(call));
      } else {
        runner_.Finish(call.rpc, PassedDeadline());
      }
    }
    return wanted;
  }

  const bool only_reads_;
  RpcRunner& runner_;
  const Body body_;
  const std::function<void(const Call&)> committed_;
  const std::function<void(bool due_soon)> changed_;
  db::BatchPool<Call> pool_;
};

}  // namespace afterhours::rpc
