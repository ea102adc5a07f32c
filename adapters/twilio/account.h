#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/http_client.h"
#include "base/http_message.h"

namespace afterhours::twilio {

// How to reach Twilio, and as whom.
struct Account {
  std::string base_url = "https://api.twilio.com";
  std::string account_sid;   // AC...
  std::string username;      // the account's SID, or an API key's (SK...)
  std::string password;      // the auth token, or the key's secret
  std::string default_from;  // E.164, or a messaging service (MG...)
  std::string public_url;    // where Twilio reaches the bridge, no slash at the end
};

// Whether `sender` is a messaging service (MG...) and not a number.
bool IsMessagingService(absl::string_view sender);

// The path of what the account has: "/2010-04-01/Accounts/AC.../" and `resource`
// ("Messages.json").
std::string ResourcePath(const Account& account, absl::string_view resource);

// A request, authenticated, that creates at `resource` what `form` says.
HttpCall CreateCall(const Account& account, absl::string_view resource, const FormFields& form);

// A request, authenticated, that reads `path_and_query` of Twilio's host.
HttpCall ReadCall(const Account& account, absl::string_view path_and_query);

// The URL of the bridge that Twilio shall post to about a page: `route`
// ("/webhooks/twilio/sms-status/"), the page's id, and how often to try.
std::string CallbackUrl(const Account& account, absl::string_view route, absl::string_view page_id);

}  // namespace afterhours::twilio
