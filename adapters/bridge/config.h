#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace afterhours::bridge {

// All that the bridge can be told. Secrets come from the environment.
struct Config {
  std::string listen;
  std::string public_url;  // as configured at the providers, no slash at the end
  // The inbound-message URL as configured at Twilio, when a proxy rewrites it;
  // empty: public_url and the route's path.
  std::string twilio_sms_url;
  std::string dispatchd;
  absl::Duration dispatchd_timeout;
  std::vector<std::string> twilio_auth_tokens;  // two while one is rotated
  std::vector<std::string> retell_api_keys;
  std::string api_key;  // for /api/; empty: /api/ is closed
  std::string journal;  // the journal's file; empty: no journal
  std::int64_t journal_bytes_max;
  std::string test_clock_file;
};

// The configuration from flags and environment, checked.
// Errors: INVALID_ARGUMENT that names the flag or variable and what to do.
absl::StatusOr<Config> ReadConfig();

}  // namespace afterhours::bridge
