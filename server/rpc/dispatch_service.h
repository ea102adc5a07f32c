#pragma once

#include <functional>
#include <string>

#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "server/core/decision.h"
#include "server/db/worker_pool.h"
#include "server/rpc/rpc_runner.h"
#include "server/rpc/watch_hub.h"

namespace afterhours::rpc {

// afterhours.v1.DispatchService. Each RPC checks its request, does its work on
// a database thread in one transaction, and answers after the commit. What each
// RPC means is said in proto/afterhours/v1/dispatch_service.proto.
class DispatchServiceImpl final : public v1::DispatchService::CallbackService {
 public:
  // What a provider's error code in a receipt asks for, by its page's channel.
  using DecisionFor = std::function<core::FailureDecision(v1::Channel, const std::string& error_code)>;

  // All must outlive this. `changed` is called after each commit that may have
  // made a page due. `asks_model`: a model is asked about new dispatches.
  DispatchServiceImpl(db::WorkerPool& workers, WatchHub& watch_hub, const Clock& clock, Metrics& metrics,
                      DecisionFor decision_for, bool asks_model, std::function<void()> changed);

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
  RpcRunner runner_;
  WatchHub& watch_hub_;
  const Clock& clock_;
  Metrics& metrics_;
  const DecisionFor decision_for_;
  const bool asks_model_;
  const std::function<void()> changed_;
};

}  // namespace afterhours::rpc
