#pragma once

#include <functional>
#include <set>

#include "afterhours/v1/directory_service.grpc.pb.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "server/db/worker_pool.h"
#include "server/rpc/rpc_runner.h"

namespace afterhours::rpc {

// afterhours.v1.DirectoryService. What each RPC means is said in
// proto/afterhours/v1/directory_service.proto.
class DirectoryServiceImpl final : public v1::DirectoryService::CallbackService {
 public:
  // All must outlive this. `file_workers` take what is about all of a directory and
  // may last for seconds, so that nothing waits for it but its like. `channels` are
  // those that some provider carries.
  // `changed` is called after each commit that may have made a page due.
  DirectoryServiceImpl(db::WorkerPool& workers, db::WorkerPool& file_workers, const Clock& clock, Metrics& metrics,
                       std::set<v1::Channel> channels, std::function<void()> changed);

  grpc::ServerUnaryReactor* ListBusinesses(grpc::CallbackServerContext* context,
                                           const v1::ListBusinessesRequest* request,
                                           v1::ListBusinessesResponse* response) override;
  grpc::ServerUnaryReactor* GetBusiness(grpc::CallbackServerContext* context, const v1::GetBusinessRequest* request,
                                        v1::GetBusinessResponse* response) override;
  grpc::ServerUnaryReactor* CreateBusiness(grpc::CallbackServerContext* context,
                                           const v1::CreateBusinessRequest* request,
                                           v1::CreateBusinessResponse* response) override;
  grpc::ServerUnaryReactor* UpdateBusiness(grpc::CallbackServerContext* context,
                                           const v1::UpdateBusinessRequest* request,
                                           v1::UpdateBusinessResponse* response) override;
  grpc::ServerUnaryReactor* DeleteBusiness(grpc::CallbackServerContext* context,
                                           const v1::DeleteBusinessRequest* request,
                                           v1::DeleteBusinessResponse* response) override;
  grpc::ServerUnaryReactor* ListTechnicians(grpc::CallbackServerContext* context,
                                            const v1::ListTechniciansRequest* request,
                                            v1::ListTechniciansResponse* response) override;
  grpc::ServerUnaryReactor* GetTechnician(grpc::CallbackServerContext* context, const v1::GetTechnicianRequest* request,
                                          v1::GetTechnicianResponse* response) override;
  grpc::ServerUnaryReactor* CreateTechnician(grpc::CallbackServerContext* context,
                                             const v1::CreateTechnicianRequest* request,
                                             v1::CreateTechnicianResponse* response) override;
  grpc::ServerUnaryReactor* UpdateTechnician(grpc::CallbackServerContext* context,
                                             const v1::UpdateTechnicianRequest* request,
                                             v1::UpdateTechnicianResponse* response) override;
  grpc::ServerUnaryReactor* DeleteTechnician(grpc::CallbackServerContext* context,
                                             const v1::DeleteTechnicianRequest* request,
                                             v1::DeleteTechnicianResponse* response) override;
  grpc::ServerUnaryReactor* ListRosterEntries(grpc::CallbackServerContext* context,
                                              const v1::ListRosterEntriesRequest* request,
                                              v1::ListRosterEntriesResponse* response) override;
  grpc::ServerUnaryReactor* GetRosterEntry(grpc::CallbackServerContext* context,
                                           const v1::GetRosterEntryRequest* request,
                                           v1::GetRosterEntryResponse* response) override;
  grpc::ServerUnaryReactor* CreateRosterEntry(grpc::CallbackServerContext* context,
                                              const v1::CreateRosterEntryRequest* request,
                                              v1::CreateRosterEntryResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRosterEntry(grpc::CallbackServerContext* context,
                                              const v1::UpdateRosterEntryRequest* request,
                                              v1::UpdateRosterEntryResponse* response) override;
  grpc::ServerUnaryReactor* DeleteRosterEntry(grpc::CallbackServerContext* context,
                                              const v1::DeleteRosterEntryRequest* request,
                                              v1::DeleteRosterEntryResponse* response) override;
  grpc::ServerUnaryReactor* ListOverrides(grpc::CallbackServerContext* context, const v1::ListOverridesRequest* request,
                                          v1::ListOverridesResponse* response) override;
  grpc::ServerUnaryReactor* GetOverride(grpc::CallbackServerContext* context, const v1::GetOverrideRequest* request,
                                        v1::GetOverrideResponse* response) override;
  grpc::ServerUnaryReactor* CreateOverride(grpc::CallbackServerContext* context,
                                           const v1::CreateOverrideRequest* request,
                                           v1::CreateOverrideResponse* response) override;
  grpc::ServerUnaryReactor* UpdateOverride(grpc::CallbackServerContext* context,
                                           const v1::UpdateOverrideRequest* request,
                                           v1::UpdateOverrideResponse* response) override;
  grpc::ServerUnaryReactor* DeleteOverride(grpc::CallbackServerContext* context,
                                           const v1::DeleteOverrideRequest* request,
                                           v1::DeleteOverrideResponse* response) override;
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* context, const v1::ListPoliciesRequest* request,
                                         v1::ListPoliciesResponse* response) override;
  grpc::ServerUnaryReactor* UpdatePolicy(grpc::CallbackServerContext* context, const v1::UpdatePolicyRequest* request,
                                         v1::UpdatePolicyResponse* response) override;
  grpc::ServerUnaryReactor* DeletePolicy(grpc::CallbackServerContext* context, const v1::DeletePolicyRequest* request,
                                         v1::DeletePolicyResponse* response) override;
  grpc::ServerUnaryReactor* WhoIsOnCall(grpc::CallbackServerContext* context, const v1::WhoIsOnCallRequest* request,
                                        v1::WhoIsOnCallResponse* response) override;
  grpc::ServerUnaryReactor* PreviewOnCall(grpc::CallbackServerContext* context, const v1::PreviewOnCallRequest* request,
                                          v1::PreviewOnCallResponse* response) override;
  grpc::ServerUnaryReactor* CheckDirectory(grpc::CallbackServerContext* context,
                                           const v1::CheckDirectoryRequest* request,
                                           v1::CheckDirectoryResponse* response) override;
  grpc::ServerUnaryReactor* ListDirectoryChanges(grpc::CallbackServerContext* context,
                                                 const v1::ListDirectoryChangesRequest* request,
                                                 v1::ListDirectoryChangesResponse* response) override;
  grpc::ServerUnaryReactor* ExportDirectory(grpc::CallbackServerContext* context,
                                            const v1::ExportDirectoryRequest* request,
                                            v1::ExportDirectoryResponse* response) override;
  grpc::ServerUnaryReactor* ApplyDirectory(grpc::CallbackServerContext* context,
                                           const v1::ApplyDirectoryRequest* request,
                                           v1::ApplyDirectoryResponse* response) override;
  grpc::ServerUnaryReactor* ImportAirtable(grpc::CallbackServerContext* context,
                                           const v1::ImportAirtableRequest* request,
                                           v1::ImportAirtableResponse* response) override;

 private:
  RpcRunner runner_;
  RpcRunner file_runner_;
  const Clock& clock_;
  const std::set<v1::Channel> channels_;
  const std::function<void()> changed_;
};

}  // namespace afterhours::rpc
