#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/http_message.h"

namespace afterhours::twilio {

// Whether `signature` (the header X-Twilio-Signature) is Twilio's for a request
// to `url` with `params`: base64(HMAC-SHA1(token, url + each name and value,
// sorted by name)). `url` is the one configured at Twilio, raw, without a
// fragment; never one built from a forwarded header. It is tried with and
// without its port, as Twilio's own libraries do. Any of `tokens` will do:
// two are valid while one is rotated. Compares in constant time.
// Source: Twilio, "Webhooks security"; twilio-python's request_validator.
bool IsSignedForm(const std::vector<std::string>& tokens, absl::string_view url, const FormFields& params,
                  absl::string_view signature);

// The same for a request with another body: `url` has the query parameter
// bodySHA256, the hash of `body`, and no parameters are signed.
bool IsSignedBody(const std::vector<std::string>& tokens, absl::string_view url, absl::string_view body,
                  absl::string_view signature);

}  // namespace afterhours::twilio
