#pragma once

#include <string>

#include "adapters/http_client.h"
#include "adapters/provider.h"
#include "adapters/twilio/account.h"

namespace afterhours::twilio {

struct VoiceSenderOptions {
  Account account;
  // The number to call from where a page would go out through a messaging
  // service, which cannot call; empty: the account's default.
  std::string voice_from;
  absl::Duration ring_timeout = absl::Seconds(25);  // shorter than most voicemails wait
};

// Sends pages as phone calls that say the text and wait for a key: POST
// /2010-04-01/Accounts/{sid}/Calls.json of Twilio's REST API, with inline TwiML.
// Thread safe.
class VoiceSender : public Provider {
 public:
  // `client` must outlive this.
  VoiceSender(VoiceSenderOptions options, HttpClient& client);

  absl::string_view name() const override { return "twilio"; }
  bool Carries(v1::Channel channel) const override { return channel == v1::CHANNEL_VOICE; }
  void Send(const OutgoingPage& page, std::function<void(SendResult)> done) override;
  absl::Duration SendTimeout() const override { return client_.options().timeout; }

  // Without an id, goes through all calls to that address since then, and takes
  // the only one that is not another page's. When there are several, or too many
  // calls to see them all, nothing is certain.
  void LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) override;
  core::FailureDecision DecisionFor(absl::string_view error_code) const override;

 private:
  // The number to call from for a page that would come from `from_address`.
  const std::string& CallerFor(const std::string& from_address) const;

  const VoiceSenderOptions options_;
  HttpClient& client_;
};

// The TwiML of a page: says `text` and waits for a key, twice if that fits into
// the 4000 characters that Twilio takes. Of a text that does not even fit once,
// the middle is left out: its end says which keys there are.
std::string PageTwiml(absl::string_view text, absl::string_view action_url);

}  // namespace afterhours::twilio
