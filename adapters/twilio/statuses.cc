#include "adapters/twilio/statuses.h"

namespace afterhours::twilio {

v1::PageState MessageStateOf(absl::string_view status) {
  if (status == "accepted" || status == "queued" || status == "sending") return v1::PAGE_STATE_ACCEPTED;
  if (status == "sent") return v1::PAGE_STATE_SENT;
  if (status == "delivered" || status == "read") return v1::PAGE_STATE_DELIVERED;
  if (status == "undelivered") return v1::PAGE_STATE_UNDELIVERED;
  if (status == "failed" || status == "canceled") return v1::PAGE_STATE_FAILED;
  return v1::PAGE_STATE_UNSPECIFIED;
}

v1::PageState CallStateOf(absl::string_view status) {
  if (status == "queued" || status == "initiated") return v1::PAGE_STATE_ACCEPTED;
  if (status == "ringing") return v1::PAGE_STATE_SENT;
  if (status == "in-progress" || status == "answered" || status == "completed") return v1::PAGE_STATE_DELIVERED;
  if (status == "busy" || status == "no-answer") return v1::PAGE_STATE_UNDELIVERED;
  if (status == "failed" || status == "canceled") return v1::PAGE_STATE_FAILED;
  return v1::PAGE_STATE_UNSPECIFIED;
}

bool IsCallOver(absl::string_view status) { return status == "completed" || !CallErrorOf(status).empty(); }

absl::string_view CallErrorOf(absl::string_view status) {
  const v1::PageState state = CallStateOf(status);
  return state == v1::PAGE_STATE_UNDELIVERED || state == v1::PAGE_STATE_FAILED ? status : "";
}

}  // namespace afterhours::twilio
