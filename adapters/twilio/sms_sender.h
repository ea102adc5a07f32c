#pragma once

#include <string>
#include <vector>

#include "adapters/http_client.h"
#include "adapters/provider.h"
#include "adapters/twilio/account.h"

namespace afterhours::twilio {

struct SmsSenderOptions {
  Account account;
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

  // Without an id, goes through all messages to that address, of which ours has
  // the reply code in its text. When there are too many messages to see them all,
  // "none" is not certain.
  void LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) override;
  core::FailureDecision DecisionFor(absl::string_view error_code) const override;

  // The newest 2,000 messages of that sender at most; oldest first.
  void ListReplies(const std::string& from_address, const std::string& sender, absl::Time since,
                   std::function<void(absl::StatusOr<std::vector<v1::TextReply>>)> done) override;

 private:
  const SmsSenderOptions options_;
  HttpClient& client_;
};

}  // namespace afterhours::twilio
