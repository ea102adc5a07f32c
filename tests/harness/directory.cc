#include "tests/harness/directory.h"

#include <gtest/gtest.h>

namespace afterhours::testing {
namespace {

constexpr int kPageSizeMax = 500;

void SetMask(const Directory::Paths& paths, google::protobuf::FieldMask* mask) {
  for (const std::string& path : paths) mask->add_paths(path);
}

// One field of a response, or the error.
template <typename Response, typename Value>
absl::StatusOr<Value> Take(const absl::StatusOr<Response>& response, const Value& (Response::*field)() const) {
  if (!response.ok()) return response.status();
  return ((*response).*field)();
}

}  // namespace

Directory::Directory(const std::string& address)
    : stub_(v1::DirectoryService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

absl::StatusOr<v1::Business> Directory::Get(const std::string& business) const {
  v1::GetBusinessRequest request;
  request.set_business(business);
  return Take(Call(&DirectoryStub::GetBusiness, request), &v1::GetBusinessResponse::business);
}

absl::StatusOr<v1::Business> Directory::Create(const v1::Business& business, const std::string& by) const {
  v1::CreateBusinessRequest request;
  *request.mutable_business() = business;
  request.set_changed_by(by);
  return Take(Call(&DirectoryStub::CreateBusiness, request), &v1::CreateBusinessResponse::business);
}

absl::StatusOr<v1::Business> Directory::Update(const v1::Business& business, const Paths& paths,
                                               const std::string& by) const {
  v1::UpdateBusinessRequest request;
  *request.mutable_business() = business;
  SetMask(paths, request.mutable_update_mask());
  request.set_changed_by(by);
  return Take(Call(&DirectoryStub::UpdateBusiness, request), &v1::UpdateBusinessResponse::business);
}

absl::Status Directory::DeleteBusiness(const std::string& business, const std::string& etag,
                                       const std::string& by) const {
  v1::DeleteBusinessRequest request;
  request.set_business(business);
  request.set_etag(etag);
  request.set_changed_by(by);
  return Call(&DirectoryStub::DeleteBusiness, request).status();
}

absl::StatusOr<v1::Technician> Directory::GetTechnician(const std::string& business, const std::string& name) const {
  v1::GetTechnicianRequest request;
  request.set_business(business);
  request.set_technician(name);
  return Take(Call(&DirectoryStub::GetTechnician, request), &v1::GetTechnicianResponse::technician);
}

absl::StatusOr<v1::Technician> Directory::Create(const std::string& business, const v1::Technician& technician) const {
  v1::CreateTechnicianRequest request;
  request.set_business(business);
  *request.mutable_technician() = technician;
  return Take(Call(&DirectoryStub::CreateTechnician, request), &v1::CreateTechnicianResponse::technician);
}

absl::StatusOr<v1::Technician> Directory::Update(const std::string& business, const v1::Technician& technician,
                                                 const Paths& paths) const {
  v1::UpdateTechnicianRequest request;
  request.set_business(business);
  *request.mutable_technician() = technician;
  SetMask(paths, request.mutable_update_mask());
  return Take(Call(&DirectoryStub::UpdateTechnician, request), &v1::UpdateTechnicianResponse::technician);
}

absl::Status Directory::DeleteTechnician(const std::string& business, const std::string& name,
                                         const std::string& etag) const {
  v1::DeleteTechnicianRequest request;
  request.set_business(business);
  request.set_technician(name);
  request.set_etag(etag);
  return Call(&DirectoryStub::DeleteTechnician, request).status();
}

absl::StatusOr<v1::RosterEntry> Directory::GetRosterEntry(const std::string& business, const std::string& key) const {
  v1::GetRosterEntryRequest request;
  request.set_business(business);
  request.set_roster_entry(key);
  return Take(Call(&DirectoryStub::GetRosterEntry, request), &v1::GetRosterEntryResponse::roster_entry);
}

absl::StatusOr<v1::RosterEntry> Directory::Create(const std::string& business, const v1::RosterEntry& entry) const {
  v1::CreateRosterEntryRequest request;
  request.set_business(business);
  *request.mutable_roster_entry() = entry;
  return Take(Call(&DirectoryStub::CreateRosterEntry, request), &v1::CreateRosterEntryResponse::roster_entry);
}

absl::StatusOr<v1::RosterEntry> Directory::Update(const std::string& business, const v1::RosterEntry& entry,
                                                  const Paths& paths) const {
  v1::UpdateRosterEntryRequest request;
  request.set_business(business);
  *request.mutable_roster_entry() = entry;
  SetMask(paths, request.mutable_update_mask());
  return Take(Call(&DirectoryStub::UpdateRosterEntry, request), &v1::UpdateRosterEntryResponse::roster_entry);
}

absl::Status Directory::DeleteRosterEntry(const std::string& business, const std::string& key,
                                          const std::string& etag) const {
  v1::DeleteRosterEntryRequest request;
  request.set_business(business);
  request.set_roster_entry(key);
  request.set_etag(etag);
  return Call(&DirectoryStub::DeleteRosterEntry, request).status();
}

absl::StatusOr<v1::Override> Directory::GetOverride(const std::string& business, const std::string& key) const {
  v1::GetOverrideRequest request;
  request.set_business(business);
  request.set_override(key);
  return Take(Call(&DirectoryStub::GetOverride, request), &v1::GetOverrideResponse::override);
}

absl::StatusOr<v1::Override> Directory::Create(const std::string& business, const v1::Override& change) const {
  v1::CreateOverrideRequest request;
  request.set_business(business);
  *request.mutable_override() = change;
  return Take(Call(&DirectoryStub::CreateOverride, request), &v1::CreateOverrideResponse::override);
}

absl::StatusOr<v1::Override> Directory::Update(const std::string& business, const v1::Override& change,
                                               const Paths& paths) const {
  v1::UpdateOverrideRequest request;
  request.set_business(business);
  *request.mutable_override() = change;
  SetMask(paths, request.mutable_update_mask());
  return Take(Call(&DirectoryStub::UpdateOverride, request), &v1::UpdateOverrideResponse::override);
}

absl::Status Directory::DeleteOverride(const std::string& business, const std::string& key,
                                       const std::string& etag) const {
  v1::DeleteOverrideRequest request;
  request.set_business(business);
  request.set_override(key);
  request.set_etag(etag);
  return Call(&DirectoryStub::DeleteOverride, request).status();
}

absl::StatusOr<std::vector<v1::Policy>> Directory::Policies(const std::string& business) const {
  v1::ListPoliciesRequest request;
  request.set_business(business);
  const auto response = Call(&DirectoryStub::ListPolicies, request);
  if (!response.ok()) return response.status();
  return std::vector<v1::Policy>(response->policies().begin(), response->policies().end());
}

absl::StatusOr<v1::Policy> Directory::Update(const std::string& business, const v1::Policy& policy,
                                             const Paths& paths) const {
  v1::UpdatePolicyRequest request;
  request.set_business(business);
  *request.mutable_policy() = policy;
  SetMask(paths, request.mutable_update_mask());
  return Take(Call(&DirectoryStub::UpdatePolicy, request), &v1::UpdatePolicyResponse::policy);
}

absl::StatusOr<v1::Policy> Directory::DeletePolicy(const std::string& business, v1::Urgency urgency,
                                                   const std::string& etag) const {
  v1::DeletePolicyRequest request;
  request.set_business(business);
  request.set_urgency(urgency);
  request.set_etag(etag);
  return Take(Call(&DirectoryStub::DeletePolicy, request), &v1::DeletePolicyResponse::policy);
}

std::vector<v1::DirectoryChange> Directory::Changes(const std::string& business) const {
  v1::ListDirectoryChangesRequest request;
  request.set_business(business);
  request.set_page_size(kPageSizeMax);
  const auto response = Call(&DirectoryStub::ListDirectoryChanges, request);
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return {};
  return {response->changes().begin(), response->changes().end()};
}

std::string Directory::Export(const std::string& business, int page_size) const {
  v1::ExportDirectoryRequest request;
  request.set_business(business);
  request.set_page_size(page_size);
  std::string yaml;
  do {
    const auto response = Call(&DirectoryStub::ExportDirectory, request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return yaml;
    yaml += response->yaml();
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return yaml;
}

absl::StatusOr<v1::ApplyDirectoryResponse> Directory::Apply(const std::string& yaml, const std::string& plan) const {
  v1::ApplyDirectoryRequest request;
  request.set_yaml(yaml);
  request.set_plan(plan);
  return Call(&DirectoryStub::ApplyDirectory, request);
}

absl::StatusOr<v1::ApplyDirectoryResponse> Directory::Plan(const std::string& yaml) const {
  v1::ApplyDirectoryRequest request;
  request.set_yaml(yaml);
  request.set_dry_run(true);
  return Call(&DirectoryStub::ApplyDirectory, request);
}

std::vector<v1::DirectoryFinding> Directory::Check(const std::string& business) const {
  v1::CheckDirectoryRequest request;
  request.set_business(business);
  const auto response = Call(&DirectoryStub::CheckDirectory, request);
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return {};
  return {response->findings().begin(), response->findings().end()};
}

}  // namespace afterhours::testing
