#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "afterhours/v1/directory_service.grpc.pb.h"
#include "base/grpc_status.h"
#include "grpcpp/grpcpp.h"

namespace afterhours::testing {

using DirectoryStub = v1::DirectoryService::Stub;

// DirectoryService, as a program asks it: gRPC, with gRPC's own limits. Errors
// come as absl's, with their details. For any number of threads.
class Directory {
 public:
  explicit Directory(const std::string& address);

  // Any call: Call(&DirectoryStub::GetBusiness, request).
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (DirectoryStub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    Response response;
    const absl::Status status = FromGrpcStatus((stub_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  // The usual ones. `paths` are an update mask; `by` is who changes it.
  using Paths = std::vector<std::string>;
  absl::StatusOr<v1::Business> Get(const std::string& business) const;
  absl::StatusOr<v1::Business> Create(const v1::Business& business, const std::string& by = "") const;
  absl::StatusOr<v1::Business> Update(const v1::Business& business, const Paths& paths = {},
                                      const std::string& by = "") const;
  absl::Status DeleteBusiness(const std::string& business, const std::string& etag = "",
                              const std::string& by = "") const;

  absl::StatusOr<v1::Technician> GetTechnician(const std::string& business, const std::string& name) const;
  absl::StatusOr<v1::Technician> Create(const std::string& business, const v1::Technician& technician) const;
  absl::StatusOr<v1::Technician> Update(const std::string& business, const v1::Technician& technician,
                                        const Paths& paths = {}) const;
  absl::Status DeleteTechnician(const std::string& business, const std::string& name,
                                const std::string& etag = "") const;

  absl::StatusOr<v1::RosterEntry> GetRosterEntry(const std::string& business, const std::string& key) const;
  absl::StatusOr<v1::RosterEntry> Create(const std::string& business, const v1::RosterEntry& entry) const;
  absl::StatusOr<v1::RosterEntry> Update(const std::string& business, const v1::RosterEntry& entry,
                                         const Paths& paths = {}) const;
  absl::Status DeleteRosterEntry(const std::string& business, const std::string& key,
                                 const std::string& etag = "") const;

  absl::StatusOr<v1::Override> GetOverride(const std::string& business, const std::string& key) const;
  absl::StatusOr<v1::Override> Create(const std::string& business, const v1::Override& change) const;
  absl::StatusOr<v1::Override> Update(const std::string& business, const v1::Override& change,
                                      const Paths& paths = {}) const;
  absl::Status DeleteOverride(const std::string& business, const std::string& key, const std::string& etag = "") const;

  absl::StatusOr<std::vector<v1::Policy>> Policies(const std::string& business) const;
  absl::StatusOr<v1::Policy> Update(const std::string& business, const v1::Policy& policy,
                                    const Paths& paths = {}) const;
  absl::StatusOr<v1::Policy> DeletePolicy(const std::string& business, v1::Urgency urgency,
                                          const std::string& etag = "") const;

  // The newest changes, newest first.
  std::vector<v1::DirectoryChange> Changes(const std::string& business = "") const;
  // All of it, put together from parts of that many businesses.
  std::string Export(const std::string& business = "", int page_size = 0) const;
  absl::StatusOr<v1::ApplyDirectoryResponse> Apply(const std::string& yaml, const std::string& plan = "") const;
  absl::StatusOr<v1::ApplyDirectoryResponse> Plan(const std::string& yaml) const;
  std::vector<v1::DirectoryFinding> Check(const std::string& business = "") const;

 private:
  std::unique_ptr<DirectoryStub> stub_;
};

}  // namespace afterhours::testing
