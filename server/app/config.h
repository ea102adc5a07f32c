#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace afterhours::app {

// All that dispatchd can be told. Flags fill it; secrets come from the
// environment or from files that it names.
struct Config {
  std::string database_url;
  std::string listen;
  std::string metrics_listen;
  std::string public_url;
  std::string twilio_base_url;
  std::string twilio_account_sid;
  std::string twilio_from;
  std::string twilio_voice_from;  // empty: twilio_from
  std::string twilio_username;
  std::string twilio_password;
  absl::Duration twilio_timeout;
  absl::Duration sms_validity_period;
  std::string urgency_model_url;      // empty: no model is asked
  std::string urgency_model;          // its name
  std::string urgency_model_api_key;  // empty: none is needed
  absl::Duration urgency_model_timeout;
  int database_threads = 0;
  int queue_length_max = 0;
  absl::Duration shutdown_grace;
  bool engine = true;
  std::string test_clock_file;
};

// The configuration from flags and environment, checked.
// Errors: INVALID_ARGUMENT that names the flag or variable and what to do.
absl::StatusOr<Config> ReadConfig();

// The database of --database_url, for the subcommands.
std::string DatabaseUrl();

}  // namespace afterhours::app
