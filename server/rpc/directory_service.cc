#include "server/rpc/directory_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/directory_requests.h"

namespace afterhours::rpc {
namespace {

// The policy that holds, whosever it is.
v1::Policy PolicyFor(const v1::BusinessDirectory& directory, v1::Urgency urgency) {
  v1::Policy policy = core::PolicyMessage(urgency, core::PoliciesOf(directory).at(urgency));
  policy.set_is_default(std::none_of(directory.policies().begin(), directory.policies().end(),
                                     [urgency](const v1::Policy& own) { return own.urgency() == urgency; }));
  policy.set_etag(store::EtagOf(policy));
  return policy;
}

// The place among its own of the policy for `urgency`, put there if it is a default.
int OwnPolicy(v1::BusinessDirectory& directory, v1::Urgency urgency) {
  for (int i = 0; i < directory.policies_size(); ++i) {
    if (directory.policies(i).urgency() == urgency) return i;
  }
  *directory.add_policies() = PolicyFor(directory, urgency);
  return directory.policies_size() - 1;
}

const std::string& NameOf(const v1::Business& business) {
  return business.key().empty() ? business.id() : business.key();
}

bool IsUrgency(v1::Urgency urgency) { return urgency != v1::URGENCY_UNSPECIFIED && v1::Urgency_IsValid(urgency); }

}  // namespace

DirectoryServiceImpl::DirectoryServiceImpl(db::WorkerPool& workers, db::WorkerPool& file_workers, const Clock& clock,
                                           Metrics& metrics, std::set<v1::Channel> channels,
                                           std::function<void()> changed)
    : runner_(workers, metrics),
      file_runner_(file_workers, metrics),
      clock_(clock),
      channels_(std::move(channels)),
      changed_(std::move(changed)) {}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListBusinesses(grpc::CallbackServerContext* context,
                                                               const v1::ListBusinessesRequest* request,
                                                               v1::ListBusinessesResponse* response) {
  return runner_.Run("ListBusinesses", context, Checks().PageSize(request->page_size()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       auto found = ReadPage(transaction, clock_.StatementTime(), *request, PageSize(*request),
                                             response->mutable_next_page_token());
                       if (!found.ok()) return found.status();
                       for (v1::BusinessDirectory& directory : *found)
                         *response->add_businesses() = std::move(*directory.mutable_business());
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::GetBusiness(grpc::CallbackServerContext* context,
                                                            const v1::GetBusinessRequest* request,
                                                            v1::GetBusinessResponse* response) {
  return runner_.Run("GetBusiness", context, Checks().Name("business", request->business()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       auto found = ReadBusiness(transaction, clock_.StatementTime(), request->business());
                       if (!found.ok()) return found.status();
                       SetEtags(*found);
                       *response->mutable_business() = std::move(*found->mutable_business());
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::CreateBusiness(grpc::CallbackServerContext* context,
                                                               const v1::CreateBusinessRequest* request,
                                                               v1::CreateBusinessResponse* response) {
  return runner_.Run(
      "CreateBusiness", context, Checks().Given("business", request->has_business()).By(request->changed_by()).Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        // What is there already, word for word, is OK.
        absl::StatusOr<v1::BusinessDirectory> known = absl::NotFoundError("that can be no key");
        if (core::IsKey(request->business().key())) {
          known = ReadBusiness(transaction, clock_.StatementTime(), request->business().key(), /*lock=*/true);
        }
        if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
        auto written =
            EditBusiness(transaction, clock_.StatementTime(), known.ok() ? known->business().id() : "",
                         request->changed_by(), [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                           *directory.mutable_business() = request->business();
                           return Place();
                         });
        if (!written.ok()) return written.status();
        if (known.ok() && !core::SaysTheSame(known->business(), written->business())) {
          return Error(absl::StatusCode::kAlreadyExists, "KEY_TAKEN",
                       absl::StrCat("business \"", request->business().key(),
                                    "\" is there already; update it, or choose another key"),
                       {{"key", request->business().key()}});
        }
        *response->mutable_business() = std::move(*written->mutable_business());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::UpdateBusiness(grpc::CallbackServerContext* context,
                                                               const v1::UpdateBusinessRequest* request,
                                                               v1::UpdateBusinessResponse* response) {
  return runner_.Run(
      "UpdateBusiness", context,
      Checks().Named("business", request->has_business(), NameOf(request->business())).By(request->changed_by()).Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        const v1::Business& wanted = request->business();
        auto written = EditBusiness(transaction, clock_.StatementTime(), NameOf(wanted), request->changed_by(),
                                    [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                                      absl::Status status = CheckEtag(wanted.etag(), directory.business());
                                      if (status.ok()) {
                                        status = Merge(wanted, request->update_mask(), *directory.mutable_business());
                                      }
                                      if (!status.ok()) return status;
                                      return Place();
                                    });
        if (!written.ok()) return written.status();
        *response->mutable_business() = std::move(*written->mutable_business());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::DeleteBusiness(grpc::CallbackServerContext* context,
                                                               const v1::DeleteBusinessRequest* request,
                                                               v1::DeleteBusinessResponse* response) {
  return runner_.Run(
      "DeleteBusiness", context, Checks().Name("business", request->business()).By(request->changed_by()).Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return EditBusiness(transaction, clock_.StatementTime(), request->business(), request->changed_by(),
                            [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                              absl::Status status = CheckEtag(request->etag(), directory.business());
                              if (!status.ok()) return status;
                              directory.Clear();
                              return Place();
                            })
            .status();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListPolicies(grpc::CallbackServerContext* context,
                                                             const v1::ListPoliciesRequest* request,
                                                             v1::ListPoliciesResponse* response) {
  return runner_.Run("ListPolicies", context, Checks().Name("business", request->business()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       const auto directory = ReadBusiness(transaction, clock_.StatementTime(), request->business());
                       if (!directory.ok()) return directory.status();
                       for (const v1::Urgency urgency : {v1::URGENCY_HIGH, v1::URGENCY_MEDIUM, v1::URGENCY_LOW}) {
                         *response->add_policies() = PolicyFor(*directory, urgency);
                       }
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::UpdatePolicy(grpc::CallbackServerContext* context,
                                                             const v1::UpdatePolicyRequest* request,
                                                             v1::UpdatePolicyResponse* response) {
  return runner_.Run(
      "UpdatePolicy", context,
      Checks()
          .Name("business", request->business())
          .Given("policy", request->has_policy())
          .Given("policy.urgency", IsUrgency(request->policy().urgency()))
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        const v1::Urgency urgency = request->policy().urgency();
        const auto written = EditBusiness(
            transaction, clock_.StatementTime(), request->business(), request->changed_by(),
            [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
              absl::Status status = CheckEtag(request->policy().etag(), PolicyFor(directory, urgency));
              const int index = OwnPolicy(directory, urgency);
              if (status.ok())
                status = Merge(request->policy(), request->update_mask(), *directory.mutable_policies(index));
              if (!status.ok()) return status;
              return Place{absl::StrCat("policies[", index, "]"), "policy"};
            });
        if (!written.ok()) return written.status();
        *response->mutable_policy() = PolicyFor(*written, urgency);
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::DeletePolicy(grpc::CallbackServerContext* context,
                                                             const v1::DeletePolicyRequest* request,
                                                             v1::DeletePolicyResponse* response) {
  return runner_.Run(
      "DeletePolicy", context,
      Checks()
          .Name("business", request->business())
          .Given("urgency", IsUrgency(request->urgency()))
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        const auto written =
            EditBusiness(transaction, clock_.StatementTime(), request->business(), request->changed_by(),
                         [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                           absl::Status status = CheckEtag(request->etag(), PolicyFor(directory, request->urgency()));
                           if (!status.ok()) return status;
                           directory.mutable_policies()->DeleteSubrange(OwnPolicy(directory, request->urgency()), 1);
                           return Place();
                         });
        if (!written.ok()) return written.status();
        *response->mutable_policy() = PolicyFor(*written, request->urgency());
        return absl::OkStatus();
      },
      changed_);
}

}  // namespace afterhours::rpc
