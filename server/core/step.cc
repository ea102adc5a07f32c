#include "server/core/step.h"

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
  if (!matched) return SetStatus(v1::DISPATCH_STATUS_NEEDS_REVIEW);
  PageNext("");
}

void Stepper::Take(const CallReportedAgain& again) {
  std::vector<std::string> filled;
  const auto fill = [&filled](absl::string_view name, auto& mine, const auto& theirs, const auto& empty) {
    if (mine != empty || theirs == empty) return;
    mine = theirs;
    filled.emplace_back(name);
  };
  Call& call = s_.call;
  fill("summary", call.summary, again.call.summary, std::string());
  fill("transcript", call.transcript, again.call.transcript, std::string());
  fill("given_urgency", call.given_urgency, again.call.given_urgency, v1::URGENCY_UNSPECIFIED);
  fill("start_time", call.start_time, again.call.start_time, std::optional<absl::Time>());
  fill("end_time", call.end_time, again.call.end_time, std::optional<absl::Time>());
  fill("twilio_call_sid", call.twilio_call_sid, again.call.twilio_call_sid, std::string());
  if (filled.empty()) return;
  s_.call_changed = true;
  Record(v1::EVENT_KIND_CALL_ENRICHED, kSystem, "",
         absl::StrCat("A later report of the call added its ", absl::StrJoin(filled, ", ")),
         {{"fields", absl::StrJoin(filled, ",")}});
  // More words can make it more urgent, and never less.
  const UrgencyJudgement judged = JudgeUrgency(call.given_urgency, call.summary, call.transcript);
  if (!IsFinal(s_.dispatch.status) && judged.urgency > s_.dispatch.urgency) TakeUrgency(judged);
}

void Stepper::Take(const Acked& acked) {
  if (JudgeAck(s_, acked) != v1::ACK_OUTCOME_ACCEPTED) {
    return Record(v1::EVENT_KIND_ACK_LATE, acked.actor, acked.page_id,
                  absl::StrCat(acked.acked_by, " wanted to take it, but it is ",
                               s_.dispatch.acked_by.empty() ? "over" : "taken by ", s_.dispatch.acked_by));
  }
  if (IsFinal(s_.dispatch.status)) return;  // the same human said it twice
  s_.dispatch.acked_by = acked.acked_by;
  s_.dispatch.acked_by_technician_id = acked.technician_id;
  Record(v1::EVENT_KIND_ACKED, acked.actor, acked.page_id, absl::StrCat("Acknowledged by ", acked.acked_by),
         {{"acked_by", acked.acked_by}});
  SetStatus(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  CancelPlannedPages();
}

void Stepper::Take(const Declined& declined) {
  if (IsFinal(s_.dispatch.status)) return;
  Record(v1::EVENT_KIND_DECLINED, declined.actor, declined.page_id, absl::StrCat(declined.declined_by, " passed"),
         {{"declined_by", declined.declined_by}});
  if (s_.dispatch.status == v1::DISPATCH_STATUS_DISPATCHING) PageNext(declined.page_id);
}

void Stepper::Take(const Canceled& canceled) {
  if (IsFinal(s_.dispatch.status)) return;
  Record(v1::EVENT_KIND_CANCELED, canceled.actor, "",
         absl::StrCat("Canceled", canceled.reason.empty() ? "" : ": ", canceled.reason), {{"reason", canceled.reason}});
  SetStatus(v1::DISPATCH_STATUS_CANCELED);
  CancelPlannedPages();
}

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
  s_.dispatch.update_time = now_;
  s_.new_events.push_back(Event{++s_.dispatch.event_count, now_, kind, std::move(actor), std::move(page_id),
                                std::move(message), std::move(attributes)});
}

}  // namespace afterhours::core
