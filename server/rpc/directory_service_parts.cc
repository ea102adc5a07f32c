// What a business consists of: technicians, lines of the roster, overrides.

#include "server/rpc/directory_requests.h"
#include "server/rpc/directory_service.h"

namespace afterhours::rpc {
namespace {

absl::Status Anything(const v1::BusinessDirectory&, const std::string&) { return absl::OkStatus(); }

}  // namespace

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListTechnicians(grpc::CallbackServerContext* context,
                                                                const v1::ListTechniciansRequest* request,
                                                                v1::ListTechniciansResponse* response) {
  return runner_.Run("ListTechnicians", context,
                     Checks().Name("business", request->business()).PageSize(request->page_size()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       return ListOf(transaction, clock_.StatementTime(), *request, response->mutable_technicians(),
                                     response->mutable_next_page_token());
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::GetTechnician(grpc::CallbackServerContext* context,
                                                              const v1::GetTechnicianRequest* request,
                                                              v1::GetTechnicianResponse* response) {
  return runner_.Run("GetTechnician", context,
                     Checks().Name("business", request->business()).Name("technician", request->technician()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       return GetOf(transaction, clock_.StatementTime(), request->business(), request->technician(),
                                    response->mutable_technician());
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::CreateTechnician(grpc::CallbackServerContext* context,
                                                                 const v1::CreateTechnicianRequest* request,
                                                                 v1::CreateTechnicianResponse* response) {
  return runner_.Run(
      "CreateTechnician", context,
      Checks()
          .Name("business", request->business())
          .Given("technician", request->has_technician())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Create(transaction, clock_.StatementTime(), request->business(), request->technician(),
                              request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_technician() = Written<v1::Technician>(*written, request->technician().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::UpdateTechnician(grpc::CallbackServerContext* context,
                                                                 const v1::UpdateTechnicianRequest* request,
                                                                 v1::UpdateTechnicianResponse* response) {
  return runner_.Run(
      "UpdateTechnician", context,
      Checks()
          .Name("business", request->business())
          .Named("technician", request->has_technician(), request->technician().key())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Update(transaction, clock_.StatementTime(), request->business(), request->technician(),
                              request->update_mask(), request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_technician() = Written<v1::Technician>(*written, request->technician().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::DeleteTechnician(grpc::CallbackServerContext* context,
                                                                 const v1::DeleteTechnicianRequest* request,
                                                                 v1::DeleteTechnicianResponse* response) {
  return runner_.Run(
      "DeleteTechnician", context,
      Checks()
          .Name("business", request->business())
          .Name("technician", request->technician())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return Delete<v1::Technician>(transaction, clock_.StatementTime(), request->business(), request->technician(),
                                      request->etag(), request->changed_by(), &CheckUnused);
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListRosterEntries(grpc::CallbackServerContext* context,
                                                                  const v1::ListRosterEntriesRequest* request,
                                                                  v1::ListRosterEntriesResponse* response) {
  return runner_.Run("ListRosterEntries", context,
                     Checks().Name("business", request->business()).PageSize(request->page_size()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       return ListOf(transaction, clock_.StatementTime(), *request, response->mutable_roster_entries(),
                                     response->mutable_next_page_token());
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::GetRosterEntry(grpc::CallbackServerContext* context,
                                                               const v1::GetRosterEntryRequest* request,
                                                               v1::GetRosterEntryResponse* response) {
  return runner_.Run(
      "GetRosterEntry", context,
      Checks().Name("business", request->business()).Name("roster_entry", request->roster_entry()).Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return GetOf(transaction, clock_.StatementTime(), request->business(), request->roster_entry(),
                     response->mutable_roster_entry());
      });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::CreateRosterEntry(grpc::CallbackServerContext* context,
                                                                  const v1::CreateRosterEntryRequest* request,
                                                                  v1::CreateRosterEntryResponse* response) {
  return runner_.Run(
      "CreateRosterEntry", context,
      Checks()
          .Name("business", request->business())
          .Given("roster_entry", request->has_roster_entry())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Create(transaction, clock_.StatementTime(), request->business(), request->roster_entry(),
                              request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_roster_entry() = Written<v1::RosterEntry>(*written, request->roster_entry().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::UpdateRosterEntry(grpc::CallbackServerContext* context,
                                                                  const v1::UpdateRosterEntryRequest* request,
                                                                  v1::UpdateRosterEntryResponse* response) {
  return runner_.Run(
      "UpdateRosterEntry", context,
      Checks()
          .Name("business", request->business())
          .Named("roster_entry", request->has_roster_entry(), request->roster_entry().key())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Update(transaction, clock_.StatementTime(), request->business(), request->roster_entry(),
                              request->update_mask(), request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_roster_entry() = Written<v1::RosterEntry>(*written, request->roster_entry().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::DeleteRosterEntry(grpc::CallbackServerContext* context,
                                                                  const v1::DeleteRosterEntryRequest* request,
                                                                  v1::DeleteRosterEntryResponse* response) {
  return runner_.Run(
      "DeleteRosterEntry", context,
      Checks()
          .Name("business", request->business())
          .Name("roster_entry", request->roster_entry())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return Delete<v1::RosterEntry>(transaction, clock_.StatementTime(), request->business(),
                                       request->roster_entry(), request->etag(), request->changed_by(), &Anything);
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListOverrides(grpc::CallbackServerContext* context,
                                                              const v1::ListOverridesRequest* request,
                                                              v1::ListOverridesResponse* response) {
  return runner_.Run("ListOverrides", context,
                     Checks().Name("business", request->business()).PageSize(request->page_size()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       return ListOf(transaction, clock_.StatementTime(), *request, response->mutable_overrides(),
                                     response->mutable_next_page_token());
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::GetOverride(grpc::CallbackServerContext* context,
                                                            const v1::GetOverrideRequest* request,
                                                            v1::GetOverrideResponse* response) {
  return runner_.Run("GetOverride", context,
                     Checks().Name("business", request->business()).Name("override", request->override()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       return GetOf(transaction, clock_.StatementTime(), request->business(), request->override(),
                                    response->mutable_override());
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::CreateOverride(grpc::CallbackServerContext* context,
                                                               const v1::CreateOverrideRequest* request,
                                                               v1::CreateOverrideResponse* response) {
  return runner_.Run(
      "CreateOverride", context,
      Checks()
          .Name("business", request->business())
          .Given("override", request->has_override())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Create(transaction, clock_.StatementTime(), request->business(), request->override(),
                              request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_override() = Written<v1::Override>(*written, request->override().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::UpdateOverride(grpc::CallbackServerContext* context,
                                                               const v1::UpdateOverrideRequest* request,
                                                               v1::UpdateOverrideResponse* response) {
  return runner_.Run(
      "UpdateOverride", context,
      Checks()
          .Name("business", request->business())
          .Named("override", request->has_override(), request->override().key())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        auto written = Update(transaction, clock_.StatementTime(), request->business(), request->override(),
                              request->update_mask(), request->changed_by());
        if (!written.ok()) return written.status();
        *response->mutable_override() = Written<v1::Override>(*written, request->override().key());
        return absl::OkStatus();
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::DeleteOverride(grpc::CallbackServerContext* context,
                                                               const v1::DeleteOverrideRequest* request,
                                                               v1::DeleteOverrideResponse* response) {
  return runner_.Run(
      "DeleteOverride", context,
      Checks()
          .Name("business", request->business())
          .Name("override", request->override())
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return Delete<v1::Override>(transaction, clock_.StatementTime(), request->business(), request->override(),
                                    request->etag(), request->changed_by(), &Anything);
      },
      changed_);
}

}  // namespace afterhours::rpc
