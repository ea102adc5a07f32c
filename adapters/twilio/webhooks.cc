#include "adapters/twilio/webhooks.h"

#include "absl/strings/str_cat.h"
#include "adapters/twilio/statuses.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

constexpr char kProvider[] = "twilio";

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat("form field ", field, " is missing"));
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

}  // namespace afterhours::twilio
