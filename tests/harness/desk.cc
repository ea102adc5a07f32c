#include "tests/harness/desk.h"

#include <grpcpp/grpcpp.h>

#include "afterhours/v1/directory_service.grpc.pb.h"
#include "afterhours/v1/dispatch_service.grpc.pb.h"
#include "base/grpc_status.h"

namespace afterhours::testing {
namespace {

constexpr char kOperator[] = "kim";

}  // namespace

struct Desk::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel) : dispatches(channel), directory(channel) {}
  v1::DispatchService::Stub dispatches;
  v1::DirectoryService::Stub directory;
};

Desk::Desk(const std::string& dispatchd_address)
    : stubs_(std::make_unique<Stubs>(grpc::CreateChannel(dispatchd_address, grpc::InsecureChannelCredentials()))) {}

Desk::~Desk() = default;

absl::StatusOr<v1::Dispatch> Desk::Assign(const std::string& dispatch_id, const std::string& business) {
  grpc::ClientContext context;
  v1::AssignBusinessRequest request;
  request.set_dispatch_id(dispatch_id);
  request.set_business(business);
  request.set_assigned_by(kOperator);
  v1::AssignBusinessResponse response;
  const absl::Status status = FromGrpcStatus(stubs_->dispatches.AssignBusiness(&context, request, &response));
  if (!status.ok()) return status;
  return response.dispatch();
}

absl::StatusOr<v1::Dispatch> Desk::Reopen(const std::string& dispatch_id) {
  grpc::ClientContext context;
  v1::ReopenDispatchRequest request;
  request.set_dispatch_id(dispatch_id);
  request.set_reopened_by(kOperator);
  v1::ReopenDispatchResponse response;
  const absl::Status status = FromGrpcStatus(stubs_->dispatches.ReopenDispatch(&context, request, &response));
  if (!status.ok()) return status;
  return response.dispatch();
}

absl::Status Desk::Apply(const std::string& yaml) {
  grpc::ClientContext context;
  v1::ApplyDirectoryRequest request;
  request.set_yaml(yaml);
  request.set_changed_by(kOperator);
  v1::ApplyDirectoryResponse response;
  return FromGrpcStatus(stubs_->directory.ApplyDirectory(&context, request, &response));
}

absl::Status Desk::DeleteBusiness(const std::string& key) {
  grpc::ClientContext context;
  v1::DeleteBusinessRequest request;
  request.set_business(key);
  request.set_changed_by(kOperator);
  v1::DeleteBusinessResponse response;
  return FromGrpcStatus(stubs_->directory.DeleteBusiness(&context, request, &response));
}

}  // namespace afterhours::testing
