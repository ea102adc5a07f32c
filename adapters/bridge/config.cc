#include "adapters/bridge/config.h"

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/secret.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:8080", "where HTTP is served, IP:port; TLS ends at a proxy before it");
ABSL_FLAG(std::string, public_url, "",
          "the URL at which providers reach this, as configured there: https://pages.example.com");
ABSL_FLAG(std::string, twilio_sms_url, "",
          "the inbound-message URL exactly as it is configured at Twilio, when a proxy rewrites it");
ABSL_FLAG(std::string, dispatchd, "127.0.0.1:7443", "dispatchd's gRPC address");
ABSL_FLAG(absl::Duration, dispatchd_timeout, absl::Milliseconds(2500),
          "how long a webhook may wait for dispatchd; below the providers' own limits");
ABSL_FLAG(std::string, journal, "",
          "the file that keeps webhooks while dispatchd is away, one for each bridge; empty: they are refused then");
ABSL_FLAG(std::int64_t, journal_bytes_max, std::int64_t{256} << 20,
          "how many bytes may wait in the journal; more webhooks are refused");
ABSL_FLAG(std::string, test_clock_file, "", "for tests: a file with an offset by which time is moved");

namespace afterhours::bridge {
namespace {

// The secrets that are set among `names`. The first one must be.
absl::StatusOr<std::vector<std::string>> ReadSecrets(const std::vector<std::string>& names) {
  std::vector<std::string> secrets;
  for (const std::string& name : names) {
    absl::StatusOr<std::string> secret = ReadSecret(name);
    if (!secret.ok()) return secret.status();
    if (!secret->empty()) secrets.push_back(*std::move(secret));
  }
  if (secrets.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("set ", names[0], ", or ", names[0], "_FILE to a file that holds it"));
  }
  return secrets;
}

}  // namespace

absl::StatusOr<Config> ReadConfig() {
  Config config;
  config.listen = absl::GetFlag(FLAGS_listen);
  config.public_url = absl::GetFlag(FLAGS_public_url);
  config.twilio_sms_url = absl::GetFlag(FLAGS_twilio_sms_url);
  config.dispatchd = absl::GetFlag(FLAGS_dispatchd);
  config.dispatchd_timeout = absl::GetFlag(FLAGS_dispatchd_timeout);
  config.journal = absl::GetFlag(FLAGS_journal);
  config.journal_bytes_max = absl::GetFlag(FLAGS_journal_bytes_max);
  config.test_clock_file = absl::GetFlag(FLAGS_test_clock_file);
  if (!absl::StartsWith(config.public_url, "https://") && !absl::StartsWith(config.public_url, "http://")) {
    return absl::InvalidArgumentError(
        "--public_url must be the URL that is configured at the providers: https://pages.example.com");
  }
  if (absl::EndsWith(config.public_url, "/")) {
    return absl::InvalidArgumentError("--public_url must not end with a slash");
  }
  if (config.journal_bytes_max <= 0) return absl::InvalidArgumentError("--journal_bytes_max must be above 0");
  absl::StatusOr<std::vector<std::string>> twilio = ReadSecrets({"TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"});
  if (!twilio.ok()) return twilio.status();
  absl::StatusOr<std::vector<std::string>> retell = ReadSecrets({"RETELL_API_KEY", "RETELL_API_KEY_SECONDARY"});
  if (!retell.ok()) return retell.status();
  absl::StatusOr<std::string> api_key = ReadSecret("AFTERHOURS_API_KEY");
  if (!api_key.ok()) return api_key.status();
  config.twilio_auth_tokens = *std::move(twilio);
  config.retell_api_keys = *std::move(retell);
  config.api_key = *std::move(api_key);
  return config;
}

}  // namespace afterhours::bridge
