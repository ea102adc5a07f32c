#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace afterhours::retell {

// Whether `header` (x-retell-signature: "v=<unix ms>,d=<64 lower-case hex>") is Retell's
// for `body`: d = hex(HMAC-SHA256(key, body + v)), and v is at most five
// minutes from `now`, either way. Any of `keys` will do. Compares in constant
// time. Source: retell-python-sdk, lib/webhook_auth.py.
bool IsSigned(const std::vector<std::string>& keys, absl::string_view body, absl::string_view header, absl::Time now);

}  // namespace afterhours::retell
