#include "server/core/step.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/stepper.h"
#include "server/core/urgency.h"

namespace afterhours::core {

bool IsFinal(v1::DispatchStatus status) {
  return status == v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED || status == v1::DISPATCH_STATUS_DISPATCHED_NO_ACK ||
         status == v1::DISPATCH_STATUS_CANCELED;
}

Page* FindPage(Snapshot& snapshot, const std::string& page_id) {
  for (Page& page : snapshot.pages) {
    if (page.id == page_id) return &page;
  }
  return nullptr;
}

const Page* FindPage(const Snapshot& snapshot, const std::string& page_id) {
  return FindPage(const_cast<Snapshot&>(snapshot), page_id);
}

v1::AckOutcome JudgeAck(const Snapshot& snapshot, const Acked& acked) {
  const Dispatch& dispatch = snapshot.dispatch;
  const bool theirs = dispatch.acked_by == acked.acked_by && dispatch.acked_by_technician_id == acked.technician_id;
  switch (dispatch.status) {
    case v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED:
      return theirs ? v1::ACK_OUTCOME_ACCEPTED : v1::ACK_OUTCOME_ALREADY_TAKEN;
    case v1::DISPATCH_STATUS_DISPATCHED_NO_ACK:
    case v1::DISPATCH_STATUS_CANCELED:
      return v1::ACK_OUTCOME_ENDED;
    default:
      return v1::ACK_OUTCOME_ACCEPTED;
  }
}

Snapshot Step(Snapshot snapshot, const Input& input, absl::Time now, NewPageId new_page_id) {
  Stepper stepper(snapshot, now, new_page_id);
  std::visit([&stepper](const auto& happened) { stepper.Take(happened); }, input);
  return snapshot;
}

void Stepper::Take(const Started& started) {
  const Call& call = s_.call;
  Record(v1::EVENT_KIND_CALL_RECEIVED, kSystem, "",
         absl::StrCat("Call received", call.caller_number.empty() ? "" : " from ", call.caller_number,
                      call.called_number.empty() ? "" : " to ", call.called_number),
         {{"source", Name(call.source)}, {"external_call_id", call.external_call_id}});
  const bool matched = s_.business.id != kNilId;
  if (matched) {
    Record(v1::EVENT_KIND_BUSINESS_MATCHED, kSystem, "",
           absl::StrCat("Business is ", s_.business.name, " (", started.business_rule, ")"),
           {{"business_id", s_.business.id}, {"rule", started.business_rule}});
  } else {
    Record(v1::EVENT_KIND_BUSINESS_UNMATCHED, kSystem, "", absl::StrCat("No business matches: ", started.business_rule),
           {{"rule", started.business_rule}});
  }
  TakeUrgency(JudgeUrgency(call.given_urgency, call.summary, call.transcript));
  if (!matched) {
    SetTimer(TimerKind::kCutoff, now_ + CurrentPolicy().cutoff);
    return SetStatus(v1::DISPATCH_STATUS_NEEDS_REVIEW);
  }
  if (call.source == v1::CALL_SOURCE_TWILIO) return AwaitReport();
  BeginPaging();
}

void Stepper::Take(const CallReportedAgain& again) {
  std::vector<std::string> filled;
  const auto fill = [&filled](absl::string_view name, auto& mine, const auto& theirs, const auto& empty) {
    if (mine != empty || theirs == empty) return;
    mine = theirs;
    filled.emplace_back(name);
  };
  Call& call = s_.call;
  fill("caller_number", call.caller_number, again.call.caller_number, std::string());
  fill("called_number", call.called_number, again.call.called_number, std::string());
  fill("summary", call.summary, again.call.summary, std::string());
  fill("transcript", call.transcript, again.call.transcript, std::string());
  if (again.call.given_urgency > call.given_urgency) {
    call.given_urgency = again.call.given_urgency;
    filled.emplace_back("given_urgency");
  }
  fill("start_time", call.start_time, again.call.start_time, std::optional<absl::Time>());
  fill("end_time", call.end_time, again.call.end_time, std::optional<absl::Time>());
  fill("twilio_call_sid", call.twilio_call_sid, again.call.twilio_call_sid, std::string());
  const bool awaited = chain_.awaits_report && again.call.source != v1::CALL_SOURCE_TWILIO;
  if (!filled.empty() || awaited) {
    s_.call_changed = s_.call_changed || !filled.empty();
    Record(v1::EVENT_KIND_CALL_ENRICHED, kSystem, "",
           filled.empty() ? "The voice agent reported the call"
                          : absl::StrCat("A later report of the call added its ", absl::StrJoin(filled, ", ")),
           {{"fields", absl::StrJoin(filled, ",")}});
  }
  if (IsOver()) return;
  // What the agent heard is judged anew as long as nobody acted on the first
  // judgement. After that more words can make it more urgent, and never less.
  const UrgencyJudgement judged = JudgeUrgency(call.given_urgency, call.summary, call.transcript);
  const bool raised = judged.urgency > s_.dispatch.urgency;
  if (!filled.empty() && (raised || (awaited && judged.urgency != s_.dispatch.urgency))) TakeUrgency(judged);
  if (awaited) return BeginPaging();
  if (raised) HurryUp();
}

void Stepper::Take(const Acked& acked) {
  if (Page* page = FindPage(s_, acked.page_id)) EndCall(*page);
  if (JudgeAck(s_, acked) != v1::ACK_OUTCOME_ACCEPTED) {
    return Record(v1::EVENT_KIND_ACK_LATE, acked.actor, acked.page_id,
                  absl::StrCat(acked.acked_by, " wanted to take it, but it is ",
                               s_.dispatch.acked_by.empty() ? "over" : "taken by ", s_.dispatch.acked_by));
  }
  if (IsOver()) return;  // the same human said it twice
  s_.dispatch.acked_by = acked.acked_by;
  s_.dispatch.acked_by_technician_id = acked.technician_id;
  Record(v1::EVENT_KIND_ACKED, acked.actor, acked.page_id, absl::StrCat("Acknowledged by ", acked.acked_by),
         {{"acked_by", acked.acked_by}});
  End(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
}

void Stepper::Take(const Canceled& canceled) {
  if (IsOver()) return;
  Record(v1::EVENT_KIND_CANCELED, canceled.actor, "",
         absl::StrCat("Canceled", canceled.reason.empty() ? "" : ": ", canceled.reason), {{"reason", canceled.reason}});
  End(v1::DISPATCH_STATUS_CANCELED);
}

void Stepper::Take(const TimerFired& fired) {
  if (s_.timers.erase({fired.kind, fired.page_id}) == 0) return;
  switch (fired.kind) {
    case TimerKind::kStep:
      if (!IsOver()) StepDue();
      return;
    case TimerKind::kCutoff:
      if (IsOver()) return;
      Record(v1::EVENT_KIND_CUTOFF_REACHED, kSystem, "", "Nobody took it before its cutoff");
      return End(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK);
    case TimerKind::kCheck:
      if (Page* page = FindPage(s_, fired.page_id)) CheckDue(*page);
      return;
    case TimerKind::kReplies:
      if (!IsOver()) RepliesDue();
      return;
  }
}

void Stepper::End(v1::DispatchStatus status) {
  SetStatus(status);
  CancelPlannedPages("", "the dispatch has ended");
  chain_.awaits_report = false;
  ClearTimer(TimerKind::kStep);
  ClearTimer(TimerKind::kCutoff);
  ClearTimer(TimerKind::kReplies);
  // What an uncertain page came to is still found out, for the history.
  for (const Page& page : s_.pages) {
    if (page.state != v1::PAGE_STATE_UNCERTAIN) ClearTimer(TimerKind::kCheck, page.id);
  }
}

void Stepper::SetTimer(TimerKind kind, absl::Time due, const std::string& page_id) { s_.timers[{kind, page_id}] = due; }

void Stepper::ClearTimer(TimerKind kind, const std::string& page_id) { s_.timers.erase({kind, page_id}); }

void Stepper::TakeUrgency(const UrgencyJudgement& judged) {
  s_.dispatch.urgency = judged.urgency;
  s_.dispatch.urgency_confidence = judged.confidence;
  s_.dispatch.urgency_reason = judged.reason;
  const std::string confidence = absl::StrFormat("%.2f", judged.confidence);
  Record(v1::EVENT_KIND_URGENCY_JUDGED, kSystem, "",
         absl::StrCat("Urgency is ", Name(judged.urgency), " (confidence ", confidence, ": ", judged.reason, ")"),
         {{"urgency", Name(judged.urgency)}, {"confidence", confidence}, {"reason", judged.reason}});
}

void Stepper::SetStatus(v1::DispatchStatus status) {
  if (s_.dispatch.status == status) return;
  s_.dispatch.status = status;
  if (IsFinal(status)) s_.dispatch.end_time = now_;
  Record(v1::EVENT_KIND_STATUS_CHANGED, kSystem, "", absl::StrCat("Status is ", Name(status)),
         {{"status", Name(status)}});
}

void Stepper::Record(v1::EventKind kind, std::string actor, std::string page_id, std::string message,
                     std::map<std::string, std::string> attributes) {
  // The time is a transaction's begin: one that waited for another's lock is
  // behind it, and history must not run backwards.
  s_.dispatch.update_time = std::max(s_.dispatch.update_time, now_);
  s_.new_events.push_back(Event{++s_.dispatch.event_count, s_.dispatch.update_time, kind, std::move(actor),
                                std::move(page_id), std::move(message), std::move(attributes)});
}

}  // namespace afterhours::core
