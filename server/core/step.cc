#include "server/core/step.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/stepper.h"
#include "server/core/urgency/urgency.h"

namespace afterhours::core {

bool IsFinal(v1::DispatchStatus status) {
  return status == v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED || status == v1::DISPATCH_STATUS_DISPATCHED_NO_ACK ||
         status == v1::DISPATCH_STATUS_CANCELED || status == v1::DISPATCH_STATUS_SCREENED_OUT;
}

bool IsSameCall(const Call& left, const Call& right) {
  const auto network_id = [](const Call& call) {
    return call.source == v1::CALL_SOURCE_TWILIO ? call.external_call_id : call.twilio_call_sid;
  };
  if (left.source == right.source && !left.external_call_id.empty()) {
    return left.external_call_id == right.external_call_id;
  }
  if (!network_id(left).empty()) return network_id(left) == network_id(right);
  const auto words = [](const Call& call) {
    return std::tie(call.source, call.external_call_id, call.caller_number, call.called_number, call.summary,
                    call.transcript, call.given_urgency);
  };
  return left.external_call_id.empty() && network_id(right).empty() && words(left) == words(right);
}

bool IsDueBy(const Snapshot& snapshot, absl::Time moment) {
  return std::any_of(snapshot.timers.begin(), snapshot.timers.end(),
                     [moment](const auto& timer) { return timer.second <= moment; }) ||
         std::any_of(snapshot.pages.begin(), snapshot.pages.end(),
                     [moment](const Page& page) { return page.due_time.has_value() && *page.due_time <= moment; });
}

void MarkStored(Snapshot& snapshot) {
  snapshot.changed_pages.clear();
  snapshot.new_events.clear();
  snapshot.new_suppressions.clear();
  snapshot.commands.clear();
  snapshot.call_changed = false;
  snapshot.changed_repeats.clear();
  snapshot.stored_timers = snapshot.timers;
  for (Page& page : snapshot.pages) {
    page.stored = true;
    page.queued = page.state == v1::PAGE_STATE_PLANNED;
  }
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
    case v1::DISPATCH_STATUS_SCREENED_OUT:
      return v1::ACK_OUTCOME_ENDED;
    default:
      return v1::ACK_OUTCOME_ACCEPTED;
  }
}

Snapshot Step(Snapshot snapshot, const Input& input, absl::Time now, NewPageId new_page_id) {
  Stepper stepper(snapshot, now, new_page_id);
  std::visit([&stepper](const auto& happened) { stepper.Take(happened); }, input);
  stepper.SeekOpinion();
  return snapshot;
}

void Stepper::Take(const Started& started) {
  const Call& call = s_.call;
  Record(v1::EVENT_KIND_CALL_RECEIVED, kSystem, "",
         absl::StrCat("Call received", call.caller_number.empty() ? "" : " from ", call.caller_number,
                      call.called_number.empty() ? "" : " to ", call.called_number),
         {{"source", Name(call.source)}, {"external_call_id", call.external_call_id}});
  if (s_.business.id != kNilId) {
    Record(v1::EVENT_KIND_BUSINESS_MATCHED, kSystem, "",
           absl::StrCat("Business is ", s_.business.name, " (", started.business_rule, ")"),
           {{"business_id", s_.business.id}, {"rule", started.business_rule}});
  } else {
    Record(v1::EVENT_KIND_BUSINESS_UNMATCHED, kSystem, "", absl::StrCat("No business matches: ", started.business_rule),
           {{"rule", started.business_rule}});
  }
  chain_.asks_model = started.asks_model;
  has_news_ = true;
  Begin();
}

void Stepper::Begin() {
  const UrgencyJudgement judged = Judge(s_.call);
  TakeUrgency(judged);
  if (judged.screening != v1::SCREENING_UNSPECIFIED) return ScreenOut(judged);
  if (s_.business.id == kNilId) {
    SetTimer(TimerKind::kCutoff, now_ + CurrentPolicy().cutoff);
    return SetStatus(v1::DISPATCH_STATUS_NEEDS_REVIEW);
  }
  if (s_.call.source == v1::CALL_SOURCE_TWILIO) return AwaitReport();
  BeginPaging();
}

UrgencyJudgement Stepper::Judge(const Call& call) const {
  return JudgeUrgency(call, s_.business.trade, s_.business.urgency_rules);
}

void Stepper::Take(const CallReportedAgain& again) {
  for (std::size_t i = 0; i < s_.repeat_calls.size(); ++i) {
    if (IsSameCall(s_.repeat_calls[i], again.call)) return TakeReportOfRepeat(i, again.call);
  }
  const std::vector<std::string> filled = Enrich(s_.call, again.call);
  const bool awaited = chain_.awaits_report && again.call.source != v1::CALL_SOURCE_TWILIO;
  if (!filled.empty() || awaited) {
    s_.call_changed = s_.call_changed || !filled.empty();
    Record(v1::EVENT_KIND_CALL_ENRICHED, kSystem, "",
           filled.empty() ? "The voice agent reported the call"
                          : absl::StrCat("A later report of the call added its ", absl::StrJoin(filled, ", ")),
           {{"fields", absl::StrJoin(filled, ",")}});
  }
  if (filled.empty() && !awaited) return;
  has_news_ = has_news_ || awaited;
  const UrgencyJudgement judged = Judge(s_.call);
  if (s_.dispatch.status == v1::DISPATCH_STATUS_SCREENED_OUT) {
    if (judged.screening == v1::SCREENING_UNSPECIFIED) Reopen(kSystem, "a later report of the call says more");
    return;
  }
  if (IsOver()) return;
  // What the agent heard is judged anew as long as nobody acted on the first
  // judgement. After that more words can make it more urgent, and never less.
  const bool raised = judged.urgency > s_.dispatch.urgency;
  if (raised || (awaited && judged.urgency != s_.dispatch.urgency)) TakeUrgency(judged);
  // Whoever called again may have said what the first call did not.
  if (awaited && judged.screening != v1::SCREENING_UNSPECIFIED && s_.repeat_calls.empty()) return ScreenOut(judged);
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
    case TimerKind::kOpinion:
      if (IsOpinionWanted()) s_.commands.push_back({Command::Kind::kAskModel, ""});
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
  ClearTimer(TimerKind::kOpinion);
  // What an uncertain page came to is still found out, for the history.
  for (const Page& page : s_.pages) {
    if (page.state != v1::PAGE_STATE_UNCERTAIN) ClearTimer(TimerKind::kCheck, page.id);
  }
}

void Stepper::SetTimer(TimerKind kind, absl::Time due, const std::string& page_id) { s_.timers[{kind, page_id}] = due; }

void Stepper::ClearTimer(TimerKind kind, const std::string& page_id) { s_.timers.erase({kind, page_id}); }

void Stepper::TakeUrgency(const UrgencyJudgement& judged, const std::string& actor) {
  s_.dispatch.urgency = judged.urgency;
  s_.dispatch.urgency_confidence = judged.confidence;
  s_.dispatch.urgency_reason = judged.reason;
  const std::string confidence = absl::StrFormat("%.2f", judged.confidence);
  Record(v1::EVENT_KIND_URGENCY_JUDGED, actor, "",
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
