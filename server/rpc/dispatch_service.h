#pragma once

#include <functional>
#include <string>

#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "server/db/worker_pool.h"
#include "server/rpc/acks.h"
#include "server/rpc/new_calls.h"
#include "server/rpc/receipts.h"
#include "server/rpc/rpc_runner.h"
#include "server/rpc/statuses.h"
#include "server/rpc/together.h"
#include "server/rpc/watch_hub.h"

namespace afterhours::rpc {

// afterhours.v1.DispatchService. Each RPC checks its request, does its work on
// a database thread in one transaction, and answers after the commit. Calls that come
// in at the same time are recorded in one, and so are acks, and receipts. What each RPC means is said in
// proto/afterhours/v1/dispatch_service.proto.
class DispatchServiceImpl final : public v1::DispatchService::CallbackService {
 public:
  struct Options {
    std::string database_url;
    std::size_t waiting_max = 2000;  // calls that may wait to be recorded
    bool asks_model = false;         // a model is asked about new dispatches
    DecisionFor decision_for;
    // Called after each commit, with whether it may have set something that is due soon.
    std::function<void(bool due_soon)> changed;
  };

  // All must outlive this.
  DispatchServiceImpl(Options options, db::WorkerPool& workers, WatchHub& watch_hub, const Clock& clock,
                      Metrics& metrics);

  // Answers what was asked, and refuses what is asked from now on.
  void Stop();

  grpc::ServerUnaryReactor* Dispatch(grpc::CallbackServerContext* context, const v1::DispatchRequest* request,
                                     v1::DispatchResponse* response) override;
  grpc::ServerUnaryReactor* Ack(grpc::CallbackServerContext* context, const v1::AckRequest* request,
                                v1::AckResponse* response) override;
  grpc::ServerUnaryReactor* Status(grpc::CallbackServerContext* context, const v1::StatusRequest* request,
                                   v1::StatusResponse* response) override;
  grpc::ServerUnaryReactor* ListDispatches(grpc::CallbackServerContext* context,
                                           const v1::ListDispatchesRequest* request,
                                           v1::ListDispatchesResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchDispatchResponse>* WatchDispatch(grpc::CallbackServerContext* context,
                                                                     const v1::WatchDispatchRequest* request) override;
  grpc::ServerUnaryReactor* CancelDispatch(grpc::CallbackServerContext* context,
                                           const v1::CancelDispatchRequest* request,
                                           v1::CancelDispatchResponse* response) override;
  grpc::ServerUnaryReactor* AssignBusiness(grpc::CallbackServerContext* context,
                                           const v1::AssignBusinessRequest* request,
                                           v1::AssignBusinessResponse* response) override;
  grpc::ServerUnaryReactor* ReopenDispatch(grpc::CallbackServerContext* context,
                                           const v1::ReopenDispatchRequest* request,
                                           v1::ReopenDispatchResponse* response) override;
  grpc::ServerUnaryReactor* ReportDelivery(grpc::CallbackServerContext* context,
                                           const v1::ReportDeliveryRequest* request,
                                           v1::ReportDeliveryResponse* response) override;
  grpc::ServerUnaryReactor* Recover(grpc::CallbackServerContext* context, const v1::RecoverRequest* request,
                                    v1::RecoverResponse* response) override;

 private:
  const Options options_;
  RpcRunner runner_;
  WatchHub& watch_hub_;
  const Clock& clock_;
  // Each kind waits for its own, and what a human or a provider says for no call.
  Together<NewCall> new_calls_;
  Together<AckCall> acks_;
  Together<Report> reports_;
  Together<StatusCall> statuses_;
};

}  // namespace afterhours::rpc
