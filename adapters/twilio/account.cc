#include "adapters/twilio/account.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace afterhours::twilio {
namespace {

// Twilio tries a callback once more by default, and only when it cannot
// connect. The fragment asks for five tries, also on timeouts and 5xx, within
// Twilio's total of 15 s. It is not part of what is signed.
// Source: Twilio, "Webhooks (HTTP callbacks): connection overrides".
constexpr char kRetryFragment[] = "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000";

HttpCall Call(const Account& account, const char* method, absl::string_view path_and_query) {
  HttpCall call;
  call.method = method;
  call.url = absl::StrCat(account.base_url, path_and_query);
  call.basic_auth = absl::StrCat(account.username, ":", account.password);
  call.headers = {{"Accept", "application/json"}};
  return call;
}

}  // namespace

bool IsMessagingService(absl::string_view sender) { return absl::StartsWith(sender, "MG"); }

std::string ResourcePath(const Account& account, absl::string_view resource) {
  return absl::StrCat("/2010-04-01/Accounts/", account.account_sid, "/", resource);
}

HttpCall CreateCall(const Account& account, absl::string_view resource, const FormFields& form) {
  HttpCall call = Call(account, "POST", ResourcePath(account, resource));
  call.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  call.body = EncodeForm(form);
  return call;
}

HttpCall ReadCall(const Account& account, absl::string_view path_and_query) {
  return Call(account, "GET", path_and_query);
}

std::string CallbackUrl(const Account& account, absl::string_view route, absl::string_view page_id) {
  return absl::StrCat(account.public_url, route, page_id, kRetryFragment);
}

}  // namespace afterhours::twilio
