#include "server/rpc/dispatch_service.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/core/step.h"
#include "server/rpc/acks.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/store/directory.h"
#include "server/store/history.h"
#include "server/store/recover.h"
#include "server/store/review.h"
#include "server/store/snapshots.h"
#include "server/store/timers.h"

namespace afterhours::rpc {
namespace {

constexpr int kRecoverStretchMax = 2000;
constexpr std::size_t kRecoverMax = 500;
constexpr int kReaders = 2;
constexpr int kRecorders = 2;  // while one waits for the disk, the other works

absl::Status DispatchEnded(v1::DispatchStatus ended, absl::string_view wanted) {
  const std::string status = core::Name(ended);
  return Error(absl::StatusCode::kFailedPrecondition, "DISPATCH_ENDED",
               absl::StrCat("the dispatch is ", status, " and cannot be ", wanted, " any more"), {{"status", status}});
}

absl::Status Cancel(db::Transaction& transaction, std::optional<absl::Time> now,
                    const v1::CancelDispatchRequest& request, v1::CancelDispatchResponse* response) {
  auto snapshots = store::LockSnapshots(transaction, now, {request.dispatch_id()});
  if (!snapshots.ok()) return snapshots.status();
  if (snapshots->by_id.empty()) return store::DispatchNotFound(request.dispatch_id());
  core::Snapshot& snapshot = snapshots->by_id.begin()->second;
  const v1::DispatchStatus before = snapshot.dispatch.status;
  if (core::IsFinal(before) && before != v1::DISPATCH_STATUS_CANCELED) return DispatchEnded(before, "canceled");
  const std::string by = request.canceled_by().empty() ? "operator" : request.canceled_by();
  snapshot = core::Step(std::move(snapshot), core::Canceled{absl::StrCat("operator:", by), request.reason()},
                        snapshots->now, &NewId);
  response->Clear();
  Write(snapshot, response->mutable_dispatch());
  return store::WriteSnapshots(transaction, {snapshot});
}

absl::Status Assign(db::Transaction& transaction, std::optional<absl::Time> now,
                    const v1::AssignBusinessRequest& request, v1::AssignBusinessResponse* response) {
  store::DirectorySelection selection;
  selection.names = {request.business()};
  const auto found = store::ReadDirectories(transaction, selection);
  if (!found.ok()) return found.status();
  if (found->empty()) return store::BusinessNotFound(request.business());
  const std::string by = request.assigned_by().empty() ? "operator" : request.assigned_by();
  const auto snapshot = store::AssignBusiness(transaction, now, request.dispatch_id(), found->front().business().id(),
                                              absl::StrCat("operator:", by), absl::StrCat(by, " said so"));
  if (!snapshot.ok()) return snapshot.status();
  response->Clear();
  Write(*snapshot, response->mutable_dispatch());
  return absl::OkStatus();
}

absl::Status Reopen(db::Transaction& transaction, std::optional<absl::Time> now,
                    const v1::ReopenDispatchRequest& request, v1::ReopenDispatchResponse* response) {
  auto snapshots = store::LockSnapshots(transaction, now, {request.dispatch_id()});
  if (!snapshots.ok()) return snapshots.status();
  if (snapshots->by_id.empty()) return store::DispatchNotFound(request.dispatch_id());
  core::Snapshot& snapshot = snapshots->by_id.begin()->second;
  const v1::DispatchStatus before = snapshot.dispatch.status;
  if (core::IsFinal(before) && before != v1::DISPATCH_STATUS_SCREENED_OUT) return DispatchEnded(before, "reopened");
  const std::string by = request.reopened_by().empty() ? "operator" : request.reopened_by();
  snapshot =
      core::Step(std::move(snapshot), core::Reopened{absl::StrCat("operator:", by), absl::StrCat(by, " said so")},
                 snapshots->now, &NewId);
  if (absl::Status status = store::WriteSnapshots(transaction, {snapshot}); !status.ok()) return status;
  if (snapshot.dispatch.status == v1::DISPATCH_STATUS_NEEDS_REVIEW) {
    // Its business may have become known since.
    absl::Status status = store::MoveOn(transaction, now, {}, absl::StrCat("operator:", by));
    if (!status.ok()) return status;
    auto moved = store::ReadSnapshots(transaction, now, {request.dispatch_id()});
    if (!moved.ok()) return moved.status();
    snapshot = std::move(moved->by_id.begin()->second);
  }
  response->Clear();
  Write(snapshot, response->mutable_dispatch());
  return absl::OkStatus();
}

absl::Status RecoverAll(db::Transaction& transaction, std::optional<absl::Time> now, const v1::RecoverRequest& request,
                        v1::RecoverResponse* response) {
  response->Clear();
  std::set<std::string> ids;
  if (!request.dispatch_id().empty()) {
    ids.insert(request.dispatch_id());
    const auto snapshots = store::ReadSnapshots(transaction, now, ids);
    if (!snapshots.ok()) return snapshots.status();
    if (snapshots->by_id.empty()) return store::DispatchNotFound(request.dispatch_id());
    response->set_dispatch_count(1);
  }
  for (std::string after; request.dispatch_id().empty();) {
    const auto stretch = store::FindTroubled(transaction, now, after, kRecoverStretchMax);
    if (!stretch.ok()) return stretch.status();
    ids.insert(stretch->troubled.begin(), stretch->troubled.end());
    response->set_dispatch_count(response->dispatch_count() + stretch->dispatch_count);
    after = stretch->last_id;
    response->set_more(ids.size() >= kRecoverMax && !after.empty());
    if (after.empty() || response->more()) break;
  }
  const auto findings = store::RecoverDispatches(transaction, now, ids, "operator", request.dry_run());
  if (!findings.ok()) return findings.status();
  for (const store::Finding& finding : *findings) {
    v1::RecoverFinding& out = *response->add_findings();
    out.set_dispatch_id(finding.dispatch_id);
    out.set_page_id(finding.trouble.page_id);
    out.set_problem(finding.trouble.problem);
    out.set_action(finding.trouble.action);
  }
  return absl::OkStatus();
}

}  // namespace

DispatchServiceImpl::DispatchServiceImpl(Options options, db::WorkerPool& workers, WatchHub& watch_hub,
                                         const Clock& clock, Metrics& metrics)
    : options_(std::move(options)),
      runner_(workers, metrics),
      watch_hub_(watch_hub),
      clock_(clock),
      new_calls_(
          {options_.database_url, kRecorders, options_.waiting_max}, runner_,
          [this](db::Transaction& transaction, absl::Span<NewCall> calls) {
            return RecordCalls(transaction, clock_.StatementTime(), calls);
          },
          [&metrics](const NewCall& call) { TellOf(call, metrics); }, options_.changed),
      acks_(
          {options_.database_url, 1, options_.waiting_max}, runner_,
          [this](db::Transaction& transaction, absl::Span<AckCall> acks) {
            return RecordAcks(transaction, clock_.StatementTime(), acks);
          },
          [&metrics](const AckCall& ack) { TellOf(ack, metrics); }, options_.changed),
      reports_(
          {options_.database_url, 1, options_.waiting_max}, runner_,
          [this](db::Transaction& transaction, absl::Span<Report> reports) {
            return RecordReceipts(transaction, clock_.StatementTime(), options_.decision_for, reports);
          },
          [this, &metrics](const Report& report) { TellOf(report, options_.decision_for, metrics); }, options_.changed),
      statuses_(
          {.database_url = options_.database_url,
           .threads = kReaders,
           .waiting_max = options_.waiting_max,
           .only_reads = true},
          runner_,
          [this](db::Transaction& transaction, absl::Span<StatusCall> calls) {
            return ReadStatuses(transaction, clock_.StatementTime(), calls);
          },
          [](const StatusCall&) {}, [](bool) {}) {}

void DispatchServiceImpl::Stop() {
  new_calls_.Stop();
  acks_.Stop();
  reports_.Stop();
  statuses_.Stop();
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Dispatch(grpc::CallbackServerContext* context,
                                                        const v1::DispatchRequest* request,
                                                        v1::DispatchResponse* response) {
  NewCall call;
  call.rpc = RpcRunner::Begin("Dispatch", context);
  call.response = response;
  absl::Status checked = Read(*request, &call.wanted);
  call.wanted.asks_model = options_.asks_model;
  const std::string lane = LaneOf(call);
  return new_calls_.Take(lane, std::move(call), std::move(checked));
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Ack(grpc::CallbackServerContext* context, const v1::AckRequest* request,
                                                   v1::AckResponse* response) {
  AckCall ack;
  ack.rpc = RpcRunner::Begin("Ack", context);
  ack.request = request;
  ack.response = response;
  return acks_.Take("", std::move(ack), Check(*request));
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Status(grpc::CallbackServerContext* context,
                                                      const v1::StatusRequest* request, v1::StatusResponse* response) {
  StatusCall call;
  call.rpc = RpcRunner::Begin("Status", context);
  call.request = request;
  call.response = response;
  return statuses_.Take("", std::move(call), Check(*request));
}

grpc::ServerUnaryReactor* DispatchServiceImpl::ListDispatches(grpc::CallbackServerContext* context,
                                                              const v1::ListDispatchesRequest* request,
                                                              v1::ListDispatchesResponse* response) {
  auto filter = std::make_shared<store::ListFilter>();
  const absl::Status checked = Read(*request, filter.get());
  return runner_.Run("ListDispatches", context, checked, [request, response, filter](db::Transaction& transaction) {
    const auto dispatches = store::ListDispatches(transaction, *filter);
    if (!dispatches.ok()) return dispatches.status();
    response->Clear();
    for (const core::Snapshot& snapshot : *dispatches) Write(snapshot, response->add_dispatches());
    // One more than asked for tells whether there is a next page.
    if (response->dispatches_size() == filter->count_max) {
      response->mutable_dispatches()->RemoveLast();
      response->set_next_page_token(MakePageToken(*request, response->dispatches().rbegin()->id()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::WatchDispatchResponse>* DispatchServiceImpl::WatchDispatch(
    grpc::CallbackServerContext*, const v1::WatchDispatchRequest* request) {
  if (absl::Status checked = Check(*request); !checked.ok()) return WatchHub::Refuse(checked);
  return watch_hub_.Watch(request->dispatch_id(), request->after_sequence());
}

grpc::ServerUnaryReactor* DispatchServiceImpl::CancelDispatch(grpc::CallbackServerContext* context,
                                                              const v1::CancelDispatchRequest* request,
                                                              v1::CancelDispatchResponse* response) {
  const RpcRunner::Body body = [this, request, response](db::Transaction& transaction) {
    return Cancel(transaction, clock_.StatementTime(), *request, response);
  };
  return runner_.Run("CancelDispatch", context, Check(*request), body, [this, response] {
    LogInfo("dispatch canceled", {{"dispatch_id", response->dispatch().id()}});
    options_.changed(/*due_soon=*/true);
  });
}

grpc::ServerUnaryReactor* DispatchServiceImpl::AssignBusiness(grpc::CallbackServerContext* context,
                                                              const v1::AssignBusinessRequest* request,
                                                              v1::AssignBusinessResponse* response) {
  const RpcRunner::Body body = [this, request, response](db::Transaction& transaction) {
    return Assign(transaction, clock_.StatementTime(), *request, response);
  };
  return runner_.Run("AssignBusiness", context, Check(*request), body, [this, response] {
    LogInfo("dispatch assigned",
            {{"dispatch_id", response->dispatch().id()}, {"business_id", response->dispatch().business_id()}});
    options_.changed(/*due_soon=*/true);
  });
}

grpc::ServerUnaryReactor* DispatchServiceImpl::ReopenDispatch(grpc::CallbackServerContext* context,
                                                              const v1::ReopenDispatchRequest* request,
                                                              v1::ReopenDispatchResponse* response) {
  const RpcRunner::Body body = [this, request, response](db::Transaction& transaction) {
    return Reopen(transaction, clock_.StatementTime(), *request, response);
  };
  return runner_.Run("ReopenDispatch", context, Check(*request), body, [this, response] {
    LogInfo("dispatch reopened", {{"dispatch_id", response->dispatch().id()}});
    options_.changed(/*due_soon=*/true);
  });
}

grpc::ServerUnaryReactor* DispatchServiceImpl::ReportDelivery(grpc::CallbackServerContext* context,
                                                              const v1::ReportDeliveryRequest* request,
                                                              v1::ReportDeliveryResponse* response) {
  Report report;
  report.rpc = RpcRunner::Begin("ReportDelivery", context);
  report.request = request;
  report.response = response;
  absl::Status checked = Read(*request, &report.receipt);
  return reports_.Take("", std::move(report), std::move(checked));
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Recover(grpc::CallbackServerContext* context,
                                                       const v1::RecoverRequest* request,
                                                       v1::RecoverResponse* response) {
  const RpcRunner::Body body = [this, request, response](db::Transaction& transaction) {
    return RecoverAll(transaction, clock_.StatementTime(), *request, response);
  };
  return runner_.Run("Recover", context, Check(*request), body, [this, request, response] {
    LogInfo("recovered", {{"dispatch_id", request->dispatch_id()},
                          {"dry_run", request->dry_run()},
                          {"findings", response->findings_size()}});
    if (!request->dry_run() && response->findings_size() > 0) options_.changed(/*due_soon=*/true);
  });
}

}  // namespace afterhours::rpc
