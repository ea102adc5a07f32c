#include "adapters/bridge/bridge.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "adapters/bridge/manual_dispatch.h"
#include "adapters/bridge/responses.h"
#include "adapters/retell/signature.h"
#include "adapters/retell/webhooks.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

namespace afterhours::bridge {
namespace {

constexpr char kVersion[] = AFTERHOURS_VERSION;
constexpr absl::string_view kRetellPath = "/webhooks/retell/call-ended";
constexpr absl::string_view kTwilioSmsPath = "/webhooks/twilio/sms";
constexpr absl::string_view kTwilioSmsStatusPath = "/webhooks/twilio/sms-status/";
constexpr absl::string_view kTwilioCallStatusPath = "/webhooks/twilio/call-status/";
constexpr absl::string_view kTwilioKeyPressPath = "/webhooks/twilio/ack-call/";
constexpr absl::string_view kTwilioEndedCallPath = "/webhooks/twilio/status-callback";
constexpr absl::string_view kManualPath = "/api/dispatch/manual";
constexpr absl::string_view kStatusPath = "/api/dispatch/status/";

HttpResponse Refuse(int status, const char* reason, absl::string_view message) {
  return ErrorResponse(status, reason, message);
}

std::string Plain(const char* text) { return std::string(text) + "\n"; }

}  // namespace

Bridge::Bridge(Config config, DispatchClient client, Forwarder& forwarder, const Clock& clock, Metrics& metrics)
    : config_(std::move(config)), client_(std::move(client)), forwarder_(forwarder), clock_(clock), metrics_(metrics) {}

HttpResponse Bridge::Handle(const HttpRequest& request) {
  const absl::Time begin = absl::Now();
  std::string route = "unknown";
  HttpResponse response = Route(request, &route);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  metrics_.Seconds("afterhours_http_seconds", "HTTP requests, from request to answer", {{"route", route}})
      .Observe(seconds);
  metrics_
      .Counter("afterhours_http_requests_total", "HTTP requests by route and status",
               {{"route", route}, {"status", absl::StrCat(response.status)}})
      .Increment();
  if (response.status >= 400) {
    LogWarning("request refused", {{"route", route},
                                   {"method", request.method},
                                   {"status", response.status},
                                   {"seconds", seconds},
                                   {"answer", response.body}});
  }
  return response;
}

HttpResponse Bridge::Route(const HttpRequest& request, std::string* route) {
  const absl::string_view path = request.Path();
  const bool get = request.method == "GET", post = request.method == "POST";
  const auto wrong_method = [](const char* allowed) {
    HttpResponse response = Refuse(405, "METHOD_NOT_ALLOWED", absl::StrCat("this route takes ", allowed));
    response.headers.emplace_back("Allow", allowed);
    return response;
  };
  const auto is = [&](absl::string_view known) {
    if (path != known) return false;
    *route = std::string(known);
    return true;
  };
  // The one segment after `known`, if the path has it.
  absl::string_view segment = path;
  const auto is_under = [&](absl::string_view known) {
    segment = path;
    if (!absl::ConsumePrefix(&segment, known) || segment.empty() || absl::StrContains(segment, '/')) return false;
    *route = std::string(known);
    return true;
  };
  if (is("/health")) return get ? Health() : wrong_method("GET");
  if (is("/healthz")) return get ? HttpResponse{200, "text/plain", Plain("ok"), {}} : wrong_method("GET");
  if (is("/readyz")) return get ? Ready() : wrong_method("GET");
  if (is("/metrics")) return get ? ReadMetrics() : wrong_method("GET");
  if (is(kRetellPath)) return post ? RetellEvent(request) : wrong_method("POST");
  if (is(kTwilioSmsPath)) return post ? TwilioSms(request) : wrong_method("POST");
  if (is_under(kTwilioSmsStatusPath)) return post ? TwilioSmsStatus(request, segment) : wrong_method("POST");
  if (is_under(kTwilioCallStatusPath)) return post ? TwilioCallStatus(request, segment) : wrong_method("POST");
  if (is_under(kTwilioKeyPressPath)) return post ? TwilioKeyPress(request, segment) : wrong_method("POST");
  if (is(kTwilioEndedCallPath)) return post ? TwilioEndedCall(request) : wrong_method("POST");
  if (is(kManualPath)) return post ? ManualDispatch(request) : wrong_method("POST");
  if (is_under(kStatusPath)) return get ? DispatchStatus(request, segment) : wrong_method("GET");
  return Refuse(404, "ROUTE_UNKNOWN", "there is nothing at this path");
}

HttpResponse Bridge::Health() const {
  const std::optional<std::int64_t> waiting = forwarder_.waiting();
  const nlohmann::json body = {
      {"status", "ok"},
      {"timestamp", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock_.Now(), absl::UTCTimeZone())},
      {"service", "Afterhours dispatch-bridge"},
      {"version", kVersion},
      {"metrics", "/metrics"},
      {"journal_entries", waiting.has_value() ? nlohmann::json(*waiting) : nlohmann::json()},
  };
  return {200, "application/json", body.dump() + "\n", {}};
}

HttpResponse Bridge::Ready() {
  if (const std::int64_t waiting = forwarder_.waiting().value_or(0); waiting > 0) {
    if (!forwarder_.CanTake()) return ErrorResponse(503, "NOT_READY", "the journal takes no more; the log says why");
    const std::string text = absl::StrCat("ready, journaling: ", waiting, " requests wait for dispatchd\n");
    return {200, "text/plain", text, {}};
  }
  // Asks for what is never there: the answer comes from the database.
  v1::StatusRequest request;
  request.set_dispatch_id(std::string(kNilId));
  const absl::Status status = client_.Status(request).status();
  if (absl::IsNotFound(status)) return {200, "text/plain", Plain("ready"), {}};
  if (forwarder_.CanTake()) return {200, "text/plain", Plain("ready, journaling: dispatchd does not answer"), {}};
  return ErrorResponse(503, "NOT_READY", "dispatchd or its database does not answer; its log says why");
}

HttpResponse Bridge::ReadMetrics() {
  forwarder_.UpdateGauges();
  return {200, "text/plain; version=0.0.4", metrics_.Serialize(), {}};
}

HttpResponse Bridge::RetellEvent(const HttpRequest& request) {
  if (request.MediaType() != "application/json") {
    CountWebhook("retell", "", "wrong_type");
    return Refuse(415, "CONTENT_TYPE", "Content-Type must be application/json");
  }
  if (!retell::IsSigned(config_.retell_api_keys, request.body, request.Header("x-retell-signature"), clock_.Now())) {
    CountWebhook("retell", "", "unsigned");
    return Refuse(403, "SIGNATURE", "x-retell-signature is missing, wrong or too old");
  }
  absl::StatusOr<retell::Event> event = retell::ReadEvent(request.body);
  if (!event.ok()) {
    CountWebhook("retell", "", "malformed");
    return Refuse(400, "MALFORMED", event.status().message());
  }
  if (!event->dispatch.has_value()) {
    CountWebhook("retell", "other", "ignored");
    LogInfo("event needs nothing done", {{"source", "retell"}, {"event", event->kind}});
    return {204, "", "", {}};
  }
  const auto outcome = forwarder_.Dispatch(*event->dispatch);
  CountWebhook("retell", event->kind, outcome);
  return outcome.ok() ? HttpResponse{204, "", "", {}} : ErrorResponse(outcome.status());
}

HttpResponse Bridge::ManualDispatch(const HttpRequest& request) {
  if (!IsAuthorized(request)) return Refuse(401, "UNAUTHENTICATED", "send Authorization: Bearer with the API key");
  if (request.MediaType() != "application/json") {
    return Refuse(415, "CONTENT_TYPE", "Content-Type must be application/json");
  }
  absl::StatusOr<v1::DispatchRequest> dispatch = ReadManualDispatch(request.body);
  if (!dispatch.ok()) return ErrorResponse(dispatch.status());
  const absl::StatusOr<v1::DispatchResponse> response = client_.Dispatch(*std::move(dispatch));
  if (!response.ok()) return ErrorResponse(response.status());
  HttpResponse answer = JsonResponse(*response);
  if (response->created()) answer.status = 201;
  return answer;
}

HttpResponse Bridge::DispatchStatus(const HttpRequest& request, absl::string_view call) {
  if (!IsAuthorized(request)) return Refuse(401, "UNAUTHENTICATED", "send Authorization: Bearer with the API key");
  // The segment is a form's text but for "+", which stands for itself in a path.
  const absl::StatusOr<FormFields> decoded =
      ParseForm(absl::StrReplaceAll(call, {{"+", "%2B"}, {"&", "%26"}, {"=", "%3D"}}));
  if (!decoded.ok() || decoded->size() != 1 || !IsCleanText((*decoded)[0].first))
    return Refuse(400, "MALFORMED", "the path is not well encoded");
  const std::string& id = (*decoded)[0].first;
  v1::StatusRequest status_request;
  if (IsId(id)) {
    status_request.set_dispatch_id(id);
    const absl::StatusOr<v1::StatusResponse> by_id = client_.Status(status_request);
    if (by_id.ok()) return JsonResponse(*by_id);
    if (!absl::IsNotFound(by_id.status())) return ErrorResponse(by_id.status());
  }
  status_request.set_external_call_id(id);
  const absl::StatusOr<v1::StatusResponse> response = client_.Status(status_request);
  return response.ok() ? JsonResponse(*response) : ErrorResponse(response.status());
}

bool Bridge::IsAuthorized(const HttpRequest& request) const {
  absl::string_view header = request.Header("Authorization");
  return absl::ConsumePrefix(&header, "Bearer ") && !config_.api_key.empty() &&
         EqualInConstantTime(header, config_.api_key);
}

void Bridge::CountWebhook(const char* source, const std::string& kind, const char* outcome) {
  metrics_
      .Counter("afterhours_webhooks_total", "Webhooks by source, kind and outcome",
               {{"source", source}, {"kind", kind}, {"outcome", outcome}})
      .Increment();
}

}  // namespace afterhours::bridge
