#pragma once

#include <string>

#include "adapters/http_client.h"
#include "adapters/provider.h"

namespace afterhours::twilio {

// How to reach Twilio, and as whom.
struct SmsSenderOptions {
  std::string base_url = "https://api.twilio.com";
  std::string account_sid;   // AC...
  std::string username;      // the account's SID, or an API key's (SK...)
  std::string password;      // the auth token, or the key's secret
  std::string default_from;  // E.164, or a messaging service (MG...)
  std::string public_url;    // where Twilio reaches the bridge, no slash at the end
  // A page still queued at Twilio after this is not sent (30036): an old page
  // must not arrive late.
  absl::Duration validity_period = absl::Minutes(10);
};

// Sends pages as text messages: POST /2010-04-01/Accounts/{sid}/Messages.json
// of Twilio's REST API. Thread safe.
class SmsSender : public Provider {
 public:
  // `client` must outlive this.
  SmsSender(SmsSenderOptions options, HttpClient& client);

  absl::string_view name() const override { return "twilio"; }
  bool Carries(v1::Channel channel) const override { return channel == v1::CHANNEL_SMS; }
  void Send(const OutgoingPage& page, std::function<void(SendResult)> done) override;
  absl::Duration SendTimeout() const override { return client_.options().timeout; }

 private:
  const SmsSenderOptions options_;
  HttpClient& client_;
};

// What an answer to a create request means. A 2xx without an SID, any 5xx and
// no answer leave the outcome unknown; a 4xx is a refusal, by its error code.
// Bodies that are not Twilio's JSON are survived.
SendResult ReadSendAnswer(const HttpResult& answer);

}  // namespace afterhours::twilio
