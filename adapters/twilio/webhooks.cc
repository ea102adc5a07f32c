#include "adapters/twilio/webhooks.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/twilio/statuses.h"
#include "base/phone.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

constexpr char kProvider[] = "twilio";
constexpr std::size_t kDigitsBytesMax = 32;

// What Twilio gives as the number of a caller who withheld it: ANONYMOUS,
// RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on the keys of a phone.
constexpr absl::string_view kWithheldNumbers[] = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"};

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat("form field ", field, " is missing"));
}

// A number in E.164, or "" for what is none: without it a call is still a call.
std::string Number(absl::string_view text) {
  const std::string e164 = ToE164(CleanText(text)).value_or("");
  const bool withheld = std::count(std::begin(kWithheldNumbers), std::end(kWithheldNumbers), e164) > 0;
  return withheld ? "" : e164;
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  return timestamp;
}

// When a call began and ended, as far as the callback tells.
void ReadTimes(const FormFields& form, v1::Call* call) {
  absl::Time end;
  const std::string text(FormValue(form, "Timestamp"));
  if (!absl::ParseTime(absl::RFC1123_full, text, &end, nullptr) || end < absl::UnixEpoch()) return;
  *call->mutable_end_time() = ToTimestamp(end);
  std::int64_t seconds = 0;
  if (!absl::SimpleAtoi(FormValue(form, "CallDuration"), &seconds) || seconds < 0) return;
  const absl::Time start = end - absl::Seconds(seconds);
  if (start >= absl::UnixEpoch()) *call->mutable_start_time() = ToTimestamp(start);
}

}  // namespace

absl::StatusOr<v1::AckRequest> ReadInboundMessage(const FormFields& form) {
  v1::AckRequest request;
  v1::TextReply& reply = *request.mutable_text_reply();
  reply.set_provider(kProvider);
  reply.set_provider_message_id(CleanText(FormValue(form, "MessageSid")));
  reply.set_from_number(CleanText(FormValue(form, "From")));
  reply.set_to_number(CleanText(FormValue(form, "To")));
  reply.set_body(CleanText(FormValue(form, "Body")));
  if (reply.provider_message_id().empty()) return Missing("MessageSid");
  if (reply.from_number().empty()) return Missing("From");
  if (reply.to_number().empty()) return Missing("To");
  return request;
}

absl::StatusOr<v1::ReportDeliveryRequest> ReadMessageStatus(const FormFields& form, absl::string_view page_id) {
  const absl::string_view status = FormValue(form, "MessageStatus");
  if (FormValue(form, "MessageSid").empty()) return Missing("MessageSid");
  if (status.empty()) return Missing("MessageStatus");
  const v1::PageState state = MessageStateOf(status);
  if (state == v1::PAGE_STATE_UNSPECIFIED) {
    return absl::NotFoundError(absl::StrCat("message status \"", status, "\" is not known"));
  }
  v1::ReportDeliveryRequest request;
  request.set_provider(kProvider);
  request.set_page_id(CleanText(page_id));
  request.set_provider_message_id(CleanText(FormValue(form, "MessageSid")));
  request.set_provider_status(CleanText(status));
  request.set_state(state);
  request.set_error_code(CleanText(FormValue(form, "ErrorCode")));
  return request;
}

absl::StatusOr<v1::AckRequest> ReadKeyPress(const FormFields& form, absl::string_view page_id) {
  v1::AckRequest request;
  v1::KeyPress& press = *request.mutable_key_press();
  press.set_provider(kProvider);
  press.set_page_id(CleanText(page_id));
  press.set_provider_call_id(CleanText(FormValue(form, "CallSid")));
  press.set_digits(CutText(CleanText(FormValue(form, "Digits")), kDigitsBytesMax));
  if (press.provider_call_id().empty()) return Missing("CallSid");
  return request;
}

absl::StatusOr<v1::ReportDeliveryRequest> ReadCallStatus(const FormFields& form, absl::string_view page_id) {
  const absl::string_view status = FormValue(form, "CallStatus");
  if (FormValue(form, "CallSid").empty()) return Missing("CallSid");
  if (status.empty()) return Missing("CallStatus");
  const v1::PageState state = CallStateOf(status);
  if (state == v1::PAGE_STATE_UNSPECIFIED) {
    return absl::NotFoundError(absl::StrCat("call status \"", status, "\" is not known"));
  }
  v1::ReportDeliveryRequest request;
  request.set_provider(kProvider);
  request.set_page_id(CleanText(page_id));
  request.set_provider_message_id(CleanText(FormValue(form, "CallSid")));
  request.set_provider_status(CleanText(status));
  request.set_state(state);
  request.set_error_code(std::string(CallErrorOf(status)));
  request.set_call_over(IsCallOver(status));
  return request;
}

absl::StatusOr<v1::DispatchRequest> ReadEndedCall(const FormFields& form) {
  const absl::string_view status = FormValue(form, "CallStatus"), direction = FormValue(form, "Direction");
  if (FormValue(form, "CallSid").empty()) return Missing("CallSid");
  if (status.empty()) return Missing("CallStatus");
  if (!direction.empty() && direction != "inbound") {
    return absl::NotFoundError(absl::StrCat("the call is ", direction, ", not inbound"));
  }
  if (!IsCallOver(status)) return absl::NotFoundError(absl::StrCat("the call is not over: it is ", status));
  v1::DispatchRequest request;
  v1::Call& call = *request.mutable_call();
  call.set_source(v1::CALL_SOURCE_TWILIO);
  call.set_external_call_id(CleanText(FormValue(form, "CallSid")));
  call.set_twilio_call_sid(call.external_call_id());
  call.set_caller_number(Number(FormValue(form, "From")));
  call.set_called_number(Number(FormValue(form, "To")));
  ReadTimes(form, &call);
  return request;
}

}  // namespace afterhours::twilio
