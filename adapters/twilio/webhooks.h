#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/http_message.h"

namespace afterhours::twilio {

// Translates an inbound text message (form POST) to an ack.
// Errors: INVALID_ARGUMENT that names the missing field.
absl::StatusOr<v1::AckRequest> ReadInboundMessage(const FormFields& form);

// Translates a message status callback (form POST) to a receipt for `page_id`,
// which its URL carries. NOT_FOUND for a status that tells us nothing (one
// that Twilio has added since).
absl::StatusOr<v1::ReportDeliveryRequest> ReadMessageStatus(const FormFields& form, absl::string_view page_id);

}  // namespace afterhours::twilio
