#include "server/rpc/dispatch_service.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/grpc_status.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/core/step.h"
#include "server/rpc/acks.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/rpc/serve_together.h"
#include "server/store/create.h"
#include "server/store/directory.h"
#include "server/store/history.h"
#include "server/store/pages.h"
#include "server/store/recover.h"
#include "server/store/review.h"
#include "server/store/snapshots.h"
#include "server/store/timers.h"

namespace afterhours::rpc {
namespace {

constexpr int kRecoverStretchMax = 2000;
constexpr std::size_t kRecoverMax = 500;
constexpr int kRecorders = 2;  // while one waits for the disk, the other works

// Providers' codes are short numbers; a label must not take whatever comes.
std::string CodeLabel(const std::string& code) {
  int number = 0;
  return code.size() <= 6 && absl::SimpleAtoi(code, &number) ? code : "other";
}

absl::Status ReadStatus(db::Transaction& transaction, std::optional<absl::Time> now, const v1::StatusRequest& request,
                        v1::StatusResponse* response) {
  std::string id = request.dispatch_id();
  if (id.empty()) {
    const auto found = store::FindDispatchByCall(transaction, request.external_call_id());
    if (!found.ok()) return found.status();
    if (found->empty()) return store::DispatchNotFound(request.external_call_id());
    id = *found;
  }
  const auto snapshots = store::ReadSnapshots(transaction, now, {id});
  if (!snapshots.ok()) return snapshots.status();
  if (snapshots->by_id.empty()) return store::DispatchNotFound(id);
  const auto events = store::ReadEvents(transaction, id);
  if (!events.ok()) return events.status();
  const core::Snapshot& snapshot = snapshots->by_id.begin()->second;
  response->Clear();
  Write(snapshot, response->mutable_dispatch());
  for (const core::Page& page : snapshot.pages) Write(page, id, response->add_pages());
  for (const core::Event& event : *events) Write(event, id, response->add_events());
  for (const core::Call& call : snapshot.repeat_calls) Write(call, response->add_repeat_calls());
  return absl::OkStatus();
}

// Records calls. Calls is a range of DispatchServiceImpl::NewCall.
template <typename Calls>
absl::Status RecordTogether(db::Transaction& transaction, std::optional<absl::Time> now, Calls calls) {
  std::vector<store::NewDispatch> batch;
  for (const auto& call : calls) batch.push_back(call.wanted);
  std::vector<store::CreateOutcome> outcomes;
  if (absl::Status status = store::CreateDispatches(transaction, now, batch, outcomes); !status.ok()) return status;
  std::set<std::string> known_ids;
  for (const store::CreateOutcome& outcome : outcomes) {
    // What a refused one wrote on the way must not stay.
    if (!outcome.status.ok()) return outcome.status;
    if (!outcome.created) known_ids.insert(outcome.dispatch_id);
  }
  absl::StatusOr<store::Snapshots> known = store::Snapshots();
  if (!known_ids.empty()) known = store::ReadSnapshots(transaction, now, known_ids);
  if (!known.ok()) return known.status();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const store::CreateOutcome& outcome = outcomes[i];
    v1::DispatchResponse& response = *calls[i].response;
    response.Clear();
    Write(outcome.created ? *outcome.snapshot : known->by_id.at(outcome.dispatch_id), response.mutable_dispatch());
    response.set_created(outcome.created);
  }
  return absl::OkStatus();
}

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

// Records receipts. Reports is a range of DispatchServiceImpl::Report.
template <typename Reports>
absl::Status RecordReceipts(db::Transaction& transaction, std::optional<absl::Time> now,
                            const DispatchServiceImpl::DecisionFor& decision_for, Reports reports) {
  std::vector<core::Receipt> receipts;
  for (const auto& report : reports) receipts.push_back(report.receipt);
  const auto keys = store::FindPages(transaction, receipts);
  if (!keys.ok()) return keys.status();
  std::set<std::string> dispatch_ids;
  for (const store::PageKey& key : *keys) {
    if (!key.dispatch_id.empty()) dispatch_ids.insert(key.dispatch_id);
  }
  auto locked = store::LockSnapshots(transaction, now, dispatch_ids);
  if (!locked.ok()) return locked.status();
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    core::Receipt& receipt = receipts[i];
    v1::ReportDeliveryResponse& response = *reports[i].response;
    response.Clear();
    const store::PageKey& key = (*keys)[i];
    if (key.page_id.empty()) {
      response.set_outcome(v1::RECEIPT_OUTCOME_UNKNOWN_PAGE);
      if (absl::Status kept = store::KeepUnmatchedReceipt(transaction, now, receipt); !kept.ok()) return kept;
      continue;
    }
    core::Snapshot& snapshot = locked->by_id.at(key.dispatch_id);
    const std::size_t events = snapshot.new_events.size();
    receipt.page_id = key.page_id;
    receipt.decision = decision_for(core::FindPage(snapshot, key.page_id)->channel, receipt.error_code);
    snapshot = core::Step(std::move(snapshot), receipt, locked->now, &NewId);
    const bool applied = snapshot.new_events.size() > events;
    response.set_outcome(applied ? v1::RECEIPT_OUTCOME_APPLIED : v1::RECEIPT_OUTCOME_UNCHANGED);
    response.set_state(core::FindPage(snapshot, key.page_id)->state);
  }
  std::vector<core::Snapshot> snapshots;
  for (auto& [id, snapshot] : locked->by_id) snapshots.push_back(std::move(snapshot));
  return store::WriteSnapshots(transaction, snapshots);
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
      metrics_(metrics),
      new_calls_(options_.database_url, {.threads = kRecorders, .waiting_max = options_.waiting_max},
                 [this](db::Connection& connection, std::vector<NewCall> calls) {
                   RecordCalls(connection, std::move(calls));
                 }),
      reports_(options_.database_url, {.threads = 1, .waiting_max = options_.waiting_max},
               [this](db::Connection& connection, std::vector<Report> reports) {
                 RecordReports(connection, std::move(reports));
               }) {}

void DispatchServiceImpl::Stop() {
  new_calls_.Stop();
  reports_.Stop();
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Dispatch(grpc::CallbackServerContext* context,
                                                        const v1::DispatchRequest* request,
                                                        v1::DispatchResponse* response) {
  NewCall call{RpcRunner::Begin("Dispatch", context), {}, response};
  const RpcRunner::Pending rpc = call.rpc;
  absl::Status status = Read(*request, &call.wanted);
  call.wanted.asks_model = options_.asks_model;
  // A business's calls arrive at its number, or at its voice agent.
  const core::Call& wanted = call.wanted.call;
  const std::string lane = wanted.called_number.empty() ? wanted.retell_agent_id : wanted.called_number;
  if (status.ok()) status = new_calls_.Submit(lane, std::move(call));
  if (!status.ok()) runner_.Finish(rpc, status);
  return rpc.reactor;
}

void DispatchServiceImpl::RecordCalls(db::Connection& connection, std::vector<NewCall> calls) {
  calls = StillWanted(runner_, std::move(calls));
  bool any = false;
  const auto record = [this](db::Transaction& transaction, absl::Span<NewCall> together) {
    return RecordTogether(transaction, clock_.StatementTime(), together);
  };
  const auto committed = [this, &any](NewCall& call) {
    any = true;
    const v1::Dispatch& dispatch = call.response->dispatch();
    metrics_
        .Counter("afterhours_dispatches_total", "Dispatches by how they began",
                 {{"status", core::Name(dispatch.status())}, {"created", call.response->created() ? "true" : "false"}})
        .Increment();
    LogInfo("dispatch recorded", {{"dispatch_id", dispatch.id()},
                                  {"status", core::Name(dispatch.status())},
                                  {"urgency", core::Name(dispatch.urgency())},
                                  {"created", call.response->created()},
                                  {"external_call_id", dispatch.call().external_call_id()}});
  };
  ServeTogether<NewCall>(connection, runner_, absl::MakeSpan(calls), record, committed);
  if (any) options_.changed();
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Ack(grpc::CallbackServerContext* context, const v1::AckRequest* request,
                                                   v1::AckResponse* response) {
  const RpcRunner::Body body = [this, request, response](db::Transaction& transaction) {
    return RecordAck(transaction, clock_.StatementTime(), *request, response);
  };
  return runner_.Run("Ack", context, Check(*request), body, [this, response] {
    const std::string outcome = v1::AckOutcome_Name(response->outcome());
    metrics_.Counter("afterhours_acks_total", "Answers of humans by outcome", {{"outcome", outcome}}).Increment();
    LogInfo("ack recorded", {{"dispatch_id", response->dispatch().id()},
                             {"outcome", outcome},
                             {"acked_by", response->dispatch().acked_by()}});
    options_.changed();
  });
}

grpc::ServerUnaryReactor* DispatchServiceImpl::Status(grpc::CallbackServerContext* context,
                                                      const v1::StatusRequest* request, v1::StatusResponse* response) {
  return runner_.Run("Status", context, Check(*request), [this, request, response](db::Transaction& transaction) {
    return ReadStatus(transaction, clock_.StatementTime(), *request, response);
  });
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
    options_.changed();
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
    options_.changed();
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
    options_.changed();
  });
}

grpc::ServerUnaryReactor* DispatchServiceImpl::ReportDelivery(grpc::CallbackServerContext* context,
                                                              const v1::ReportDeliveryRequest* request,
                                                              v1::ReportDeliveryResponse* response) {
  Report report{RpcRunner::Begin("ReportDelivery", context), {}, request, response};
  const RpcRunner::Pending rpc = report.rpc;
  absl::Status status = Read(*request, &report.receipt);
  if (status.ok()) status = reports_.Submit("", std::move(report));
  if (!status.ok()) runner_.Finish(rpc, status);
  return rpc.reactor;
}

void DispatchServiceImpl::RecordReports(db::Connection& connection, std::vector<Report> reports) {
  reports = StillWanted(runner_, std::move(reports));
  bool any = false;
  const auto record = [this](db::Transaction& transaction, absl::Span<Report> together) {
    return RecordReceipts(transaction, clock_.StatementTime(), options_.decision_for, together);
  };
  const auto committed = [this, &any](Report& report) {
    any = true;
    Tell(*report.request, *report.response);
  };
  ServeTogether<Report>(connection, runner_, absl::MakeSpan(reports), record, committed);
  if (any) options_.changed();
}

void DispatchServiceImpl::Tell(const v1::ReportDeliveryRequest& request, const v1::ReportDeliveryResponse& response) {
  const std::string outcome = v1::ReceiptOutcome_Name(response.outcome());
  metrics_
      .Counter("afterhours_receipts_total", "Receipts by state and outcome",
               {{"state", core::Name(request.state())}, {"outcome", outcome}})
      .Increment();
  const bool failed = !request.error_code().empty();
  const core::FailureDecision decision = options_.decision_for(v1::CHANNEL_SMS, request.error_code());
  if (failed &&
      (decision == core::FailureDecision::kSenderBlocked || decision == core::FailureDecision::kConfigurationAlarm)) {
    LogError("page failed: the provider's account or our sender needs attention",
             {{"page_id", request.page_id()}, {"error_code", request.error_code()}});
  }
  if (failed) {
    metrics_
        .Counter("afterhours_receipt_errors_total", "Receipts of failure by the provider's code",
                 {{"error_code", CodeLabel(request.error_code())}})
        .Increment();
  }
  (failed ? LogWarning : LogInfo)("receipt recorded", {{"page_id", request.page_id()},
                                                       {"status", request.provider_status()},
                                                       {"error_code", request.error_code()},
                                                       {"outcome", outcome}});
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
    if (!request->dry_run() && response->findings_size() > 0) options_.changed();
  });
}

}  // namespace afterhours::rpc
