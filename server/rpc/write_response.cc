#include "base/ids.h"
#include "server/rpc/convert.h"

namespace afterhours::rpc {
namespace {

void WriteTime(absl::Time time, google::protobuf::Timestamp* out) {
  const std::int64_t micros = absl::ToUnixMicros(time);
  out->set_seconds(micros / 1000000);
  out->set_nanos(static_cast<int>(micros % 1000000) * 1000);
}

}  // namespace

void Write(const core::Snapshot& snapshot, v1::Dispatch* out) {
  const core::Dispatch& dispatch = snapshot.dispatch;
  out->set_id(dispatch.id);
  if (snapshot.business.id != kNilId) {
    out->set_business_id(snapshot.business.id);
    out->set_business_name(snapshot.business.name);
  }
  out->set_status(dispatch.status);
  out->set_urgency(dispatch.urgency);
  out->set_urgency_confidence(dispatch.urgency_confidence);
  out->set_urgency_reason(dispatch.urgency_reason);
  out->set_acked_by(dispatch.acked_by);
  WriteTime(dispatch.create_time, out->mutable_create_time());
  WriteTime(dispatch.update_time, out->mutable_update_time());
  if (dispatch.end_time.has_value()) WriteTime(*dispatch.end_time, out->mutable_end_time());
  const auto cutoff = snapshot.timers.find({core::TimerKind::kCutoff, ""});
  if (cutoff != snapshot.timers.end()) WriteTime(cutoff->second, out->mutable_cutoff_time());
  const auto step = snapshot.timers.find({core::TimerKind::kStep, ""});
  if (step != snapshot.timers.end()) WriteTime(step->second, out->mutable_next_step_time());

  out->set_screening(dispatch.screening);
  Write(snapshot.call, out->mutable_call());
}

void Write(const core::Call& call, v1::Call* out) {
  out->set_source(call.source);
  out->set_external_call_id(call.external_call_id);
  out->set_caller_number(call.caller_number);
  out->set_called_number(call.called_number);
  out->set_summary(call.summary);
  out->set_transcript(call.transcript);
  out->set_urgency(call.given_urgency);
  if (call.start_time.has_value()) WriteTime(*call.start_time, out->mutable_start_time());
  if (call.end_time.has_value()) WriteTime(*call.end_time, out->mutable_end_time());
  out->set_twilio_call_sid(call.twilio_call_sid);
  out->set_retell_agent_id(call.retell_agent_id);
}

void Write(const core::Page& page, const std::string& dispatch_id, v1::Page* out) {
  out->set_id(page.id);
  out->set_dispatch_id(dispatch_id);
  out->set_technician_id(page.technician_id);
  out->set_technician_name(page.technician_name);
  out->set_channel(page.channel);
  out->set_to_address(page.to_address);
  out->set_state(page.state);
  out->set_attempt_count(page.attempt_count);
  out->set_provider_message_id(page.provider_message_id);
  out->set_error_code(page.error_code);
  out->set_reply_code(page.reply_code);
  WriteTime(page.create_time, out->mutable_create_time());
  WriteTime(page.update_time, out->mutable_update_time());
}

void Write(const core::Event& event, const std::string& dispatch_id, v1::Event* out) {
  out->set_dispatch_id(dispatch_id);
  out->set_sequence(event.sequence);
  WriteTime(event.event_time, out->mutable_event_time());
  out->set_kind(event.kind);
  out->set_actor(event.actor);
  out->set_page_id(event.page_id);
  out->set_message(event.message);
  for (const auto& [name, value] : event.attributes) (*out->mutable_attributes())[name] = value;
}

}  // namespace afterhours::rpc
