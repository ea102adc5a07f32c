#pragma once

#include "absl/strings/string_view.h"
#include "adapters/bridge/config.h"
#include "base/clock.h"
#include "base/http_message.h"
#include "base/metrics.h"
#include "client/dispatch_client.h"

namespace afterhours::bridge {

// HTTP in, gRPC out: checks who calls, translates, answers. Knows no rules of
// the domain and keeps nothing. Thread safe.
//
//   GET  /health /healthz /readyz /metrics
//   POST /webhooks/retell/call-ended            all of Retell's events
//   POST /webhooks/twilio/sms                   inbound text messages
//   POST /webhooks/twilio/sms-status/{page}     message status callbacks
//   POST /api/dispatch/manual                   with Authorization: Bearer
//   GET  /api/dispatch/status/{call}            the same; a dispatch's or call's id
class Bridge {
 public:
  // `clock` and `metrics` must outlive this.
  Bridge(Config config, DispatchClient client, const Clock& clock, Metrics& metrics);

  HttpResponse Handle(const HttpRequest& request);

 private:
  HttpResponse Route(const HttpRequest& request, std::string* route);

  HttpResponse Health() const;
  HttpResponse Ready();
  HttpResponse RetellEvent(const HttpRequest& request);
  HttpResponse TwilioSms(const HttpRequest& request);
  HttpResponse TwilioSmsStatus(const HttpRequest& request, absl::string_view page_id);
  HttpResponse ManualDispatch(const HttpRequest& request);
  HttpResponse DispatchStatus(const HttpRequest& request, absl::string_view call);

  // The form of a request that Twilio signed, or the answer that refuses it.
  // `url` is the one that is configured at Twilio.
  std::optional<HttpResponse> ReadTwilioForm(const std::string& url, const HttpRequest& request, FormFields* form);
  std::string PublicUrl(const HttpRequest& request) const;
  bool IsAuthorized(const HttpRequest& request) const;
  void CountWebhook(const char* source, const std::string& kind, const char* outcome);

  const Config config_;
  DispatchClient client_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace afterhours::bridge
