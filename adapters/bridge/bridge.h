#pragma once

#include "absl/strings/string_view.h"
#include "adapters/bridge/config.h"
#include "adapters/bridge/forwarder.h"
#include "base/clock.h"
#include "base/http_message.h"
#include "base/metrics.h"
#include "client/dispatch_client.h"

namespace afterhours::bridge {

// HTTP in, gRPC out: checks who calls, translates, answers. Knows no rules of
// the domain. What a webhook tells goes through the forwarder, and may end in
// the journal; /api/ waits for dispatchd. Thread safe.
//
//   GET  /health /healthz /readyz /metrics
//   POST /webhooks/retell/call-ended            all of Retell's events
//   POST /webhooks/twilio/sms                   inbound text messages
//   POST /webhooks/twilio/sms-status/{page}     status of a text that pages somebody
//   POST /webhooks/twilio/call-status/{page}    status of a call that pages somebody
//   POST /webhooks/twilio/ack-call/{page}       a key pressed in it
//   POST /webhooks/twilio/status-callback       status of a call that came in
//   POST /api/dispatch/manual                   with Authorization: Bearer
//   GET  /api/dispatch/status/{call}            the same; a dispatch's or call's id
class Bridge {
 public:
  // `forwarder`, `clock` and `metrics` must outlive this.
  Bridge(Config config, DispatchClient client, Forwarder& forwarder, const Clock& clock, Metrics& metrics);

  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse Route(const HttpRequest& request, std::string* route);

  HttpResponse Health() const;
  HttpResponse Ready();
  HttpResponse ReadMetrics();
  HttpResponse RetellEvent(const HttpRequest& request);
  HttpResponse TwilioSms(const HttpRequest& request);
  HttpResponse TwilioKeyPress(const HttpRequest& request, absl::string_view page_id);
  HttpResponse TwilioSmsStatus(const HttpRequest& request, absl::string_view page_id);
  HttpResponse TwilioCallStatus(const HttpRequest& request, absl::string_view page_id);
  HttpResponse TwilioEndedCall(const HttpRequest& request);
  HttpResponse ManualDispatch(const HttpRequest& request);
  HttpResponse DispatchStatus(const HttpRequest& request, absl::string_view call);

  // Takes a receipt, or passes over it when it tells us nothing.
  HttpResponse TakeReceipt(const char* kind, const absl::StatusOr<v1::ReportDeliveryRequest>& report);
  // The form of a request that Twilio signed, or the answer that refuses it.
  // `url` is the one that is configured at Twilio.
  std::optional<HttpResponse> ReadTwilioForm(const std::string& url, const HttpRequest& request, FormFields* form);
  std::string PublicUrl(const HttpRequest& request) const;
  bool IsAuthorized(const HttpRequest& request) const;
  void CountWebhook(const char* source, const std::string& kind, const char* outcome);
  template <typename Response>
  void CountWebhook(const char* source, const std::string& kind, const Forwarder::Outcome<Response>& outcome) {
    CountWebhook(source, kind, !outcome.ok() ? "failed" : outcome->has_value() ? "accepted" : "journaled");
  }

  const Config config_;
  DispatchClient client_;
  Forwarder& forwarder_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace afterhours::bridge
