// Questions about the directory, and the directory as files.

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "server/core/roster.h"
#include "server/files/directory_yaml.h"
#include "server/rpc/directory_files.h"
#include "server/rpc/directory_requests.h"
#include "server/rpc/directory_service.h"
#include "server/store/directory.h"

namespace afterhours::rpc {
namespace {

using google::protobuf::util::TimeUtil;

// The last moment that google.protobuf.Timestamp can say.
const absl::Time kTimeMax = absl::FromUnixSeconds(253402300799);
constexpr absl::Duration kNextChangeHorizon = absl::Hours(24 * 31);
// Many clients take answers of 4 MiB; one business has less than 2.
constexpr std::size_t kExportBytesMax = 2 << 20;
constexpr absl::Duration kPreviewDefault = absl::Hours(24 * 7);
constexpr absl::Duration kPreviewMax = absl::Hours(24 * 92);

void WriteTime(absl::Time time, google::protobuf::Timestamp* out) {
  *out = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

}  // namespace

grpc::ServerUnaryReactor* DirectoryServiceImpl::WhoIsOnCall(grpc::CallbackServerContext* context,
                                                            const v1::WhoIsOnCallRequest* request,
                                                            v1::WhoIsOnCallResponse* response) {
  Checks checks;
  checks.Name("business", request->business());
  const auto asked = ReadTime(checks.violations(), "time", request->has_time(), request->time());
  return runner_.Run("WhoIsOnCall", context, checks.Done(),
                     [this, request, response, asked](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       const auto directory = ReadBusiness(transaction, clock_.StatementTime(), request->business());
                       if (!directory.ok()) return directory.status();
                       const auto now = store::ReadNow(transaction, clock_.StatementTime());
                       if (!now.ok()) return now.status();
                       const absl::Time time = asked.value_or(*now);
                       for (v1::OnCall& line : core::WhoIsOnCall(*directory, time))
                         *response->add_on_call() = std::move(line);
                       WriteTime(time, response->mutable_time());
                       const auto change =
                           core::NextOnCallChange(*directory, time, std::min(time + kNextChangeHorizon, kTimeMax));
                       if (change.has_value()) WriteTime(*change, response->mutable_next_change_time());
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::PreviewOnCall(grpc::CallbackServerContext* context,
                                                              const v1::PreviewOnCallRequest* request,
                                                              v1::PreviewOnCallResponse* response) {
  Checks checks;
  checks.Name("business", request->business());
  const auto start = ReadTime(checks.violations(), "start_time", request->has_start_time(), request->start_time());
  const auto end = ReadTime(checks.violations(), "end_time", request->has_end_time(), request->end_time());
  return runner_.Run("PreviewOnCall", context, checks.Done(),
                     [this, request, response, start, end](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       const auto directory = ReadBusiness(transaction, clock_.StatementTime(), request->business());
                       if (!directory.ok()) return directory.status();
                       const auto now = store::ReadNow(transaction, clock_.StatementTime());
                       if (!now.ok()) return now.status();
                       const absl::Time from = start.value_or(*now), until = end.value_or(from + kPreviewDefault);
                       if (until <= from || until - from > kPreviewMax || until > kTimeMax) {
                         return InvalidFields(
                             {{"end_time", "must be after start_time, by at most 92 days, and before the year 10000"}});
                       }
                       for (v1::Shift& shift : core::PreviewOnCall(*directory, from, until))
                         *response->add_shifts() = std::move(shift);
                       response->set_time_zone(directory->business().time_zone());
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::CheckDirectory(grpc::CallbackServerContext* context,
                                                               const v1::CheckDirectoryRequest* request,
                                                               v1::CheckDirectoryResponse* response) {
  return file_runner_.Run("CheckDirectory", context,
                          Checks().Name("business", request->business(), false).PageSize(request->page_size()).Done(),
                          [this, request, response](db::Transaction& transaction) -> absl::Status {
                            response->Clear();
                            const auto found = ReadOneOrPage(transaction, clock_.StatementTime(), *request,
                                                             response->mutable_next_page_token());
                            if (!found.ok()) return found.status();
                            response->set_business_count(static_cast<int>(found->size()));
                            auto findings =
                                store::CheckDirectories(transaction, clock_.StatementTime(), *found, channels_);
                            if (!findings.ok()) return findings.status();
                            for (v1::DirectoryFinding& finding : *findings)
                              *response->add_findings() = std::move(finding);
                            return absl::OkStatus();
                          });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ListDirectoryChanges(grpc::CallbackServerContext* context,
                                                                     const v1::ListDirectoryChangesRequest* request,
                                                                     v1::ListDirectoryChangesResponse* response) {
  return runner_.Run("ListDirectoryChanges", context,
                     Checks().Name("business", request->business(), false).PageSize(request->page_size()).Done(),
                     [this, request, response](db::Transaction& transaction) -> absl::Status {
                       response->Clear();
                       store::ChangeFilter filter;
                       const auto before = ReadPageToken(*request, &IsId);
                       if (!before.ok()) return before.status();
                       filter.before_id = *before;
                       filter.count_max = PageSize(*request) + 1;
                       filter.business = request->business();
                       auto changes = store::ListDirectoryChanges(transaction, filter);
                       if (!changes.ok()) return changes.status();
                       // One that was deleted has a history all the same.
                       if (changes->empty() && !filter.business.empty()) {
                         return ReadBusiness(transaction, clock_.StatementTime(), filter.business).status();
                       }
                       if (static_cast<int>(changes->size()) == filter.count_max) {
                         changes->pop_back();
                         response->set_next_page_token(MakePageToken(*request, changes->back().id()));
                       }
                       for (v1::DirectoryChange& change : *changes) *response->add_changes() = std::move(change);
                       return absl::OkStatus();
                     });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ExportDirectory(grpc::CallbackServerContext* context,
                                                                const v1::ExportDirectoryRequest* request,
                                                                v1::ExportDirectoryResponse* response) {
  return file_runner_.Run(
      "ExportDirectory", context,
      Checks().Name("business", request->business(), false).PageSize(request->page_size()).Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        const auto found =
            ReadOneOrPage(transaction, clock_.StatementTime(), *request, response->mutable_next_page_token());
        if (!found.ok()) return found.status();
        std::string yaml, last;
        if (found->empty()) yaml = files::FormatDirectory({}, /*with_header=*/request->page_token().empty());
        for (std::size_t i = 0; i < found->size(); ++i) {
          if (yaml.size() > kExportBytesMax) {
            response->set_next_page_token(MakePageToken(*request, last));
            break;
          }
          last = (*found)[i].business().key();
          yaml += files::FormatDirectory({std::move((*found)[i])}, i == 0 && request->page_token().empty());
        }
        response->set_yaml(std::move(yaml));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ApplyDirectory(grpc::CallbackServerContext* context,
                                                               const v1::ApplyDirectoryRequest* request,
                                                               v1::ApplyDirectoryResponse* response) {
  return file_runner_.Run(
      "ApplyDirectory", context,
      Checks()
          .Given("yaml", !request->yaml().empty())
          .By(request->changed_by())
          .Name("plan", request->plan(), false)
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return Apply(transaction, clock_.StatementTime(), *request, response);
      },
      changed_);
}

grpc::ServerUnaryReactor* DirectoryServiceImpl::ImportAirtable(grpc::CallbackServerContext* context,
                                                               const v1::ImportAirtableRequest* request,
                                                               v1::ImportAirtableResponse* response) {
  return file_runner_.Run(
      "ImportAirtable", context,
      Checks()
          .Given("businesses_csv", !request->businesses_csv().empty())
          .Given("roster_csv", !request->roster_csv().empty())
          .Name("default_time_zone", request->default_time_zone(), false)
          .By(request->changed_by())
          .Done(),
      [this, request, response](db::Transaction& transaction) -> absl::Status {
        response->Clear();
        return Import(transaction, clock_.StatementTime(), *request, response);
      },
      changed_);
}

}  // namespace afterhours::rpc
