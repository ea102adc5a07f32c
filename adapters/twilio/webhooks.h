#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/http_message.h"

namespace afterhours::twilio {

// Goes behind a URL that we give to Twilio: asks it to repeat a webhook after a
// timeout and a 5xx too, up to five times within 15 s. It is not signed.
// Source: Twilio, "Webhooks: connection overrides".
inline constexpr absl::string_view kCallbackRetries = "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000";

// Translates an inbound text message (form POST) to an ack.
// Errors: INVALID_ARGUMENT that names the missing field.
absl::StatusOr<v1::AckRequest> ReadInboundMessage(const FormFields& form);

// Translates a message status callback (form POST) to a receipt for `page_id`,
// which its URL carries. NOT_FOUND for a status that tells us nothing (one
// that Twilio has added since).
absl::StatusOr<v1::ReportDeliveryRequest> ReadMessageStatus(const FormFields& form, absl::string_view page_id);

// Translates a key pressed during the call that pages somebody (form POST of a
// <Gather>) to an ack for `page_id`, which its URL carries. Without Digits
// nothing was pressed. Errors: INVALID_ARGUMENT that names the missing field.
absl::StatusOr<v1::AckRequest> ReadKeyPress(const FormFields& form, absl::string_view page_id);

// Translates the status callback (form POST) of a call that pages somebody to a
// receipt for `page_id`. A call that was answered is DELIVERED, which is no ack:
// voicemail answers too. After one of the four ends without an answer the error
// code is Twilio's word for it. NOT_FOUND for a status that tells us nothing.
absl::StatusOr<v1::ReportDeliveryRequest> ReadCallStatus(const FormFields& form, absl::string_view page_id);

// Translates the status callback (form POST) of a call that a customer made to a
// dispatch, so that a call is not lost when the voice agent reports nothing.
// NOT_FOUND for a call that is not over, or that we made.
absl::StatusOr<v1::DispatchRequest> ReadEndedCall(const FormFields& form);

}  // namespace afterhours::twilio
