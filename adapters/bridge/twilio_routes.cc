// The bridge's routes for Twilio.

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "adapters/bridge/bridge.h"
#include "adapters/bridge/responses.h"
#include "adapters/twilio/signature.h"
#include "adapters/twilio/twiml.h"
#include "adapters/twilio/webhooks.h"

namespace afterhours::bridge {
namespace {

using google::protobuf::util::TimeUtil;

// Twilio's webhooks are a few KiB; more is not parsed before it is known to be signed.
constexpr std::size_t kTwilioBodyBytesMax = 64 << 10;

// What a human is told while dispatchd cannot be asked.
constexpr char kReplyKept[] =
    "Got your answer. It will be recorded as soon as possible; you will be paged again if it comes too late.";
constexpr char kKeyKept[] =
    "Your answer is noted. It will be recorded as soon as possible. You will be called again if it comes too late. "
    "Goodbye.";
constexpr char kKeyAsked[] = "Press 1 to take the job, or 2 to pass.";

HttpResponse Twiml(std::string body) { return {200, "text/xml", std::move(body), {}}; }

}  // namespace

HttpResponse Bridge::TwilioSms(const HttpRequest& request) {
  FormFields form;
  const std::string url = config_.twilio_sms_url.empty() ? PublicUrl(request) : config_.twilio_sms_url;
  if (auto refusal = ReadTwilioForm(url, request, &form)) return *std::move(refusal);
  absl::StatusOr<v1::AckRequest> ack = twilio::ReadInboundMessage(form);
  if (!ack.ok()) {
    CountWebhook("twilio", "sms", "malformed");
    return ErrorResponse(400, "MALFORMED", ack.status().message());
  }
  *ack->mutable_text_reply()->mutable_receive_time() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(clock_.Now()));
  const auto outcome = forwarder_.Ack(*ack);
  CountWebhook("twilio", "sms", outcome);
  if (!outcome.ok()) return ErrorResponse(outcome.status());
  // With OptOutType, Twilio has answered the sender already. A word that it takes
  // for START may have taken a job as well: that must be told.
  const bool took = outcome->has_value() && (*outcome)->outcome() == v1::ACK_OUTCOME_ACCEPTED;
  if (!FormValue(form, "OptOutType").empty() && !took) return Twiml(twilio::MessageTwiml(""));
  return Twiml(twilio::MessageTwiml(outcome->has_value() ? (*outcome)->reply_text() : kReplyKept));
}

HttpResponse Bridge::TwilioKeyPress(const HttpRequest& request, absl::string_view page_id) {
  FormFields form;
  if (auto refusal = ReadTwilioForm(PublicUrl(request), request, &form)) return *std::move(refusal);
  const absl::StatusOr<v1::AckRequest> ack = twilio::ReadKeyPress(form, page_id);
  if (!ack.ok()) {
    CountWebhook("twilio", "ack-call", "malformed");
    return ErrorResponse(400, "MALFORMED", ack.status().message());
  }
  const auto outcome = forwarder_.Ack(*ack);
  CountWebhook("twilio", "ack-call", outcome);
  if (!outcome.ok()) return ErrorResponse(outcome.status());
  const std::string again_url = absl::StrCat(config_.public_url, request.Path(), twilio::kCallbackRetries);
  if (outcome->has_value()) {
    const v1::AckResponse& response = **outcome;
    return Twiml(response.ask_again() ? twilio::GatherTwiml(response.reply_text(), again_url)
                                      : twilio::SayTwiml(response.reply_text()));
  }
  const std::string& digits = ack->key_press().digits();
  const bool is_answer = digits == "1" || digits == "2";
  return Twiml(is_answer ? twilio::SayTwiml(kKeyKept) : twilio::GatherTwiml(kKeyAsked, again_url));
}

HttpResponse Bridge::TwilioSmsStatus(const HttpRequest& request, absl::string_view page_id) {
  FormFields form;
  if (auto refusal = ReadTwilioForm(PublicUrl(request), request, &form)) return *std::move(refusal);
  return TakeReceipt("sms-status", twilio::ReadMessageStatus(form, page_id));
}

HttpResponse Bridge::TwilioCallStatus(const HttpRequest& request, absl::string_view page_id) {
  FormFields form;
  if (auto refusal = ReadTwilioForm(PublicUrl(request), request, &form)) return *std::move(refusal);
  return TakeReceipt("call-status", twilio::ReadCallStatus(form, page_id));
}

HttpResponse Bridge::TwilioEndedCall(const HttpRequest& request) {
  FormFields form;
  if (auto refusal = ReadTwilioForm(PublicUrl(request), request, &form)) return *std::move(refusal);
  const absl::StatusOr<v1::DispatchRequest> dispatch = twilio::ReadEndedCall(form);
  if (absl::IsNotFound(dispatch.status())) {
    CountWebhook("twilio", "status-callback", "ignored");
    return {204, "", "", {}};
  }
  if (!dispatch.ok()) {
    CountWebhook("twilio", "status-callback", "malformed");
    return ErrorResponse(400, "MALFORMED", dispatch.status().message());
  }
  const auto outcome = forwarder_.Dispatch(*dispatch);
  CountWebhook("twilio", "status-callback", outcome);
  return outcome.ok() ? HttpResponse{204, "", "", {}} : ErrorResponse(outcome.status());
}

HttpResponse Bridge::TakeReceipt(const char* kind, const absl::StatusOr<v1::ReportDeliveryRequest>& report) {
  if (absl::IsNotFound(report.status())) {
    CountWebhook("twilio", kind, "ignored");
    return {204, "", "", {}};
  }
  if (!report.ok()) {
    CountWebhook("twilio", kind, "malformed");
    return ErrorResponse(400, "MALFORMED", report.status().message());
  }
  const auto outcome = forwarder_.ReportDelivery(*report);
  CountWebhook("twilio", kind, outcome);
  return outcome.ok() ? HttpResponse{204, "", "", {}} : ErrorResponse(outcome.status());
}

// The URL that was configured, never one that a header claims.
std::string Bridge::PublicUrl(const HttpRequest& request) const {
  return absl::StrCat(config_.public_url, request.target);
}

std::optional<HttpResponse> Bridge::ReadTwilioForm(const std::string& url, const HttpRequest& request,
                                                   FormFields* form) {
  if (request.body.size() > kTwilioBodyBytesMax) {
    CountWebhook("twilio", "", "too_large");
    return ErrorResponse(413, "TOO_LARGE", "Twilio sends no such body");
  }
  const absl::string_view signature = request.Header("X-Twilio-Signature");
  const std::vector<std::string>& tokens = config_.twilio_auth_tokens;
  absl::StatusOr<FormFields> fields = absl::InvalidArgumentError("the body is not a form");
  bool is_signed = false;
  if (request.MediaType() == "application/x-www-form-urlencoded") {
    fields = ParseForm(request.body);
    is_signed = fields.ok() && twilio::IsSignedForm(tokens, url, *fields, signature);
  } else {
    is_signed = twilio::IsSignedBody(tokens, url, request.body, signature);
    if (is_signed) {
      CountWebhook("twilio", "", "wrong_type");
      return ErrorResponse(415, "CONTENT_TYPE", "Content-Type must be application/x-www-form-urlencoded");
    }
  }
  if (is_signed) {
    *form = *std::move(fields);
    return std::nullopt;
  }
  const bool malformed = request.MediaType() == "application/x-www-form-urlencoded" && !fields.ok();
  CountWebhook("twilio", "", malformed ? "malformed" : "unsigned");
  if (malformed) return ErrorResponse(400, "MALFORMED", fields.status().message());
  return ErrorResponse(403, "SIGNATURE", "X-Twilio-Signature is missing or wrong for the configured public URL");
}

}  // namespace afterhours::bridge
