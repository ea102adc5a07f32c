#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/phone.h"
#include "base/status.h"
#include "base/text.h"
#include "server/core/names.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/rpc/violations.h"

namespace afterhours::rpc {
namespace {

constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kDigitsBytesMax = 32;
constexpr std::size_t kReasonBytesMax = 500;
constexpr std::size_t kSummaryBytesMax = 4000;
constexpr std::size_t kTranscriptBytesMax = 200000;
constexpr std::size_t kReplyBytesMax = 4000;
constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 500;

}  // namespace

absl::Status Read(const v1::DispatchRequest& request, store::NewDispatch* out) {
  Violations violations;
  const v1::Call& call = request.call();
  violations.Text("request_id", request.request_id(), kIdBytesMax, false);
  if (!request.has_call()) violations.Add("call", "is required");
  if (call.source() == v1::CALL_SOURCE_UNSPECIFIED || !v1::CallSource_IsValid(call.source())) {
    violations.Add("call.source", "must be one of the known sources");
  }
  violations.Text("call.external_call_id", call.external_call_id(), kIdBytesMax, false);
  if (request.request_id().empty() && call.external_call_id().empty()) {
    violations.Add("request_id", "is required when the call has no external_call_id");
  }
  violations.Phone("call.caller_number", call.caller_number(), &out->call.caller_number);
  violations.Phone("call.called_number", call.called_number(), &out->call.called_number);
  violations.Text("call.summary", call.summary(), kSummaryBytesMax, false);
  violations.Text("call.transcript", call.transcript(), kTranscriptBytesMax, false);
  violations.Text("call.twilio_call_sid", call.twilio_call_sid(), kIdBytesMax, false);
  violations.Text("call.retell_agent_id", call.retell_agent_id(), kIdBytesMax, false);
  if (!v1::Urgency_IsValid(call.urgency())) violations.Add("call.urgency", "must be one of the known levels");
  out->call.start_time = ReadTime(violations, "call.start_time", call.has_start_time(), call.start_time());
  out->call.end_time = ReadTime(violations, "call.end_time", call.has_end_time(), call.end_time());
  out->request_id = request.request_id();
  out->call.source = call.source();
  out->call.external_call_id = call.external_call_id();
  out->call.summary = call.summary();
  out->call.transcript = call.transcript();
  out->call.given_urgency = call.urgency();
  out->call.twilio_call_sid = call.twilio_call_sid();
  out->call.retell_agent_id = call.retell_agent_id();
  return violations.ToStatus();
}

absl::Status Check(const v1::AckRequest& request) {
  Violations violations;
  switch (request.answer_case()) {
    case v1::AckRequest::kTextReply: {
      const v1::TextReply& reply = request.text_reply();
      violations.Text("text_reply.provider", reply.provider(), kIdBytesMax, true);
      violations.Text("text_reply.provider_message_id", reply.provider_message_id(), kIdBytesMax, true);
      violations.Text("text_reply.from_number", reply.from_number(), kIdBytesMax, true);
      violations.Text("text_reply.to_number", reply.to_number(), kIdBytesMax, true);
      violations.Text("text_reply.body", reply.body(), kReplyBytesMax, false);
      ReadTime(violations, "text_reply.receive_time", reply.has_receive_time(), reply.receive_time());
      break;
    }
    case v1::AckRequest::kOperatorAck: {
      const v1::OperatorAck& ack = request.operator_ack();
      violations.Id("operator_ack.dispatch_id", ack.dispatch_id());
      violations.Text("operator_ack.acked_by", ack.acked_by(), kNameBytesMax, true);
      if (ack.act() != v1::ACK_ACT_ACCEPT && ack.act() != v1::ACK_ACT_DECLINE) {
        violations.Add("operator_ack.act", "must be ACK_ACT_ACCEPT or ACK_ACT_DECLINE");
      }
      break;
    }
    case v1::AckRequest::kKeyPress: {
      const v1::KeyPress& press = request.key_press();
      violations.Text("key_press.provider", press.provider(), kIdBytesMax, true);
      violations.Text("key_press.page_id", press.page_id(), kIdBytesMax, true);
      violations.Text("key_press.provider_call_id", press.provider_call_id(), kIdBytesMax, false);
      violations.Text("key_press.digits", press.digits(), kDigitsBytesMax, false);
      break;
    }
    case v1::AckRequest::ANSWER_NOT_SET:
      violations.Add("answer", "one of text_reply, operator_ack and key_press is required");
  }
  return violations.ToStatus();
}

absl::Status Check(const v1::StatusRequest& request) {
  Violations violations;
  switch (request.key_case()) {
    case v1::StatusRequest::kDispatchId:
      violations.Id("dispatch_id", request.dispatch_id());
      break;
    case v1::StatusRequest::kExternalCallId:
      violations.Text("external_call_id", request.external_call_id(), kIdBytesMax, true);
      break;
    case v1::StatusRequest::KEY_NOT_SET:
      violations.Add("key", "one of dispatch_id and external_call_id is required");
  }
  return violations.ToStatus();
}

absl::Status Read(const v1::ListDispatchesRequest& request, store::ListFilter* out) {
  Violations violations;
  if (request.page_size() < 0) violations.Add("page_size", "must not be negative");
  if (!request.business_id().empty()) violations.Id("business_id", request.business_id());
  for (const int status : request.statuses()) {
    const auto known = static_cast<v1::DispatchStatus>(status);
    if (!v1::DispatchStatus_IsValid(status)) violations.Add("statuses", "must be known statuses");
    if (known != v1::DISPATCH_STATUS_UNSPECIFIED) out->statuses.push_back(core::Name(known));
  }
  const int page_size = request.page_size() == 0 ? kPageSizeDefault : std::min(request.page_size(), kPageSizeMax);
  out->count_max = page_size + 1;
  out->business_id = request.business_id();
  if (absl::Status status = violations.ToStatus(); !status.ok()) return status;
  absl::StatusOr<std::string> last_id = ReadPageToken(request, &IsId);
  if (last_id.ok()) out->before_id = *std::move(last_id);
  return last_id.status();
}

absl::Status Check(const v1::WatchDispatchRequest& request) {
  Violations violations;
  violations.Id("dispatch_id", request.dispatch_id());
  if (request.after_sequence() < 0) violations.Add("after_sequence", "must not be negative");
  return violations.ToStatus();
}

absl::Status Check(const v1::CancelDispatchRequest& request) {
  Violations violations;
  violations.Id("dispatch_id", request.dispatch_id());
  violations.Text("reason", request.reason(), kReasonBytesMax, false);
  violations.Text("canceled_by", request.canceled_by(), kNameBytesMax, false);
  return violations.ToStatus();
}

absl::Status Read(const v1::ReportDeliveryRequest& request, core::Receipt* out) {
  Violations violations;
  violations.Text("provider", request.provider(), kIdBytesMax, true);
  violations.Text("page_id", request.page_id(), kIdBytesMax, false);
  violations.Text("provider_message_id", request.provider_message_id(), kIdBytesMax, false);
  violations.Text("provider_status", request.provider_status(), kIdBytesMax, true);
  violations.Text("error_code", request.error_code(), kIdBytesMax, false);
  if (request.page_id().empty() && request.provider_message_id().empty()) {
    violations.Add("page_id", "one of page_id and provider_message_id is required");
  }
  switch (request.state()) {
    case v1::PAGE_STATE_ACCEPTED:
    case v1::PAGE_STATE_SENT:
    case v1::PAGE_STATE_DELIVERED:
    case v1::PAGE_STATE_UNDELIVERED:
    case v1::PAGE_STATE_FAILED:
      break;
    default:
      violations.Add("state", "must be ACCEPTED, SENT, DELIVERED, UNDELIVERED or FAILED");
  }
  out->page_id = request.page_id();
  out->provider = request.provider();
  out->provider_message_id = request.provider_message_id();
  out->state = request.state();
  out->provider_status = request.provider_status();
  out->error_code = request.error_code();
  out->call_over = request.call_over();
  return violations.ToStatus();
}

absl::Status Check(const v1::AssignBusinessRequest& request) {
  Violations violations;
  violations.Id("dispatch_id", request.dispatch_id());
  violations.Text("business", request.business(), kIdBytesMax, true);
  violations.Text("assigned_by", request.assigned_by(), kNameBytesMax, false);
  return violations.ToStatus();
}

absl::Status Check(const v1::ReopenDispatchRequest& request) {
  Violations violations;
  violations.Id("dispatch_id", request.dispatch_id());
  violations.Text("reopened_by", request.reopened_by(), kNameBytesMax, false);
  return violations.ToStatus();
}

absl::Status Check(const v1::RecoverRequest& request) {
  Violations violations;
  if (!request.dispatch_id().empty()) violations.Id("dispatch_id", request.dispatch_id());
  return violations.ToStatus();
}

}  // namespace afterhours::rpc
