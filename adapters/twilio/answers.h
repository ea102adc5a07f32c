#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/http_client.h"
#include "adapters/provider.h"

namespace afterhours::twilio {

// A message or a call as Twilio tells of it. Texts are clean.
struct Resource {
  std::string sid;
  std::string status;
  std::string direction;  // "inbound", "outbound-api", ...
  std::string from;
  std::string to;
  std::string body;        // of a message
  std::string error_code;  // of a message that failed
  // When Twilio made it, in whole seconds, rounded down. InfiniteFuture when it
  // does not say: a call that was just taken may have no time yet.
  absl::Time create_time = absl::InfiniteFuture();
};

// One answer of a listing.
struct ResourcePage {
  std::vector<Resource> resources;
  std::string next_page_uri;  // relative to the host; empty: this was the last
};

// What an answer to a create request means. A 2xx without an SID, any 5xx and
// no answer leave the outcome unknown; a 4xx is a refusal, by its error code.
// Bodies that are not Twilio's JSON are survived.
SendResult ReadSendAnswer(const HttpResult& answer);

// The message or call of an answer that was asked for `sid`. Errors: NOT_FOUND
// when Twilio itself (404 and its code 20404) says that there is none;
// UNAVAILABLE for all else, also for an answer that was cut.
absl::StatusOr<Resource> ReadResource(const HttpResult& answer, absl::string_view sid);

// An answer of a listing, whose array is called `name` ("messages"). Errors:
// UNAVAILABLE, also when it was cut, or one entry cannot be read: what is missing
// in a listing must not be taken for not sent.
absl::StatusOr<ResourcePage> ReadResourcePage(const HttpResult& answer, absl::string_view name);

}  // namespace afterhours::twilio
