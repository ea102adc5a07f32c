#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/http_client.h"
#include "adapters/provider.h"
#include "adapters/twilio/account.h"
#include "adapters/twilio/answers.h"

namespace afterhours::twilio {

// What an account has of a kind, as far as it was read.
struct Listing {
  std::vector<Resource> resources;  // in Twilio's order, as a rule newest first
  int page_count = 0;               // answers read
  // OK when it was read to its end; UNAVAILABLE or RESOURCE_EXHAUSTED (there are
  // more pages than may be read) when something may be missing.
  absl::Status status;
};

// Whether `sid` can be an SID, and stand in a path.
bool IsSid(absl::string_view sid);

// Results of a look-up. Without any page found: there is none.
LookUpResult FoundResult(std::vector<FoundPage> found, bool is_named);
LookUpResult UnknownResult(absl::string_view why);

// Asks for one message or call: GET {collection}/{sid}.json, `collection` being
// "Messages" or "Calls". `describe` says what it means when it is there. `done`
// is called as HttpClient::Start says. `client` must outlive the call, `account`
// need not.
void Fetch(HttpClient& client, const Account& account, absl::string_view collection, const std::string& sid,
           std::function<FoundPage(const Resource&)> describe, std::function<void(LookUpResult)> done);

// Lists messages or calls that match `filter`: GET {collection}.json, and up to
// `page_count_max` answers of up to 1000 entries, one after another. A next page
// is only asked for within our account. `done`, `client`, `account`: as Fetch.
void List(HttpClient& client, const Account& account, absl::string_view collection, FormFields filter,
          int page_count_max, std::function<void(Listing)> done);

}  // namespace afterhours::twilio
