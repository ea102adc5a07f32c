#include "server/app/config.h"

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/openai/endpoint.h"
#include "base/phone.h"
#include "base/secret.h"

ABSL_FLAG(std::string, database_url, "host=/var/run/postgresql dbname=afterhours",
          "PostgreSQL, as a libpq string or URI; several hosts are allowed");
ABSL_FLAG(std::string, listen, "127.0.0.1:7443", "where gRPC is served");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9464", "where /metrics and /healthz are served, IP:port");
ABSL_FLAG(std::string, public_url, "", "where providers reach the bridge: https://pages.example.com");
ABSL_FLAG(std::string, twilio_base_url, "https://api.twilio.com", "Twilio's REST API, or a simulator of it");
ABSL_FLAG(std::string, twilio_account_sid, "", "the Twilio account: AC and 32 hex digits");
ABSL_FLAG(std::string, twilio_from, "", "default sender: a number in E.164, or a messaging service (MG...)");
ABSL_FLAG(std::string, twilio_voice_from, "",
          "the number that pages by phone come from, E.164, where the sender of texts is a messaging service; default: "
          "--twilio_from. If that is a messaging service, nobody is called");
ABSL_FLAG(std::string, twilio_api_key_sid, "",
          "an API key (SK...) to use in place of the auth token; its secret is in TWILIO_API_KEY_SECRET");
ABSL_FLAG(absl::Duration, twilio_timeout, absl::Seconds(10), "the longest that one request to Twilio may take");
ABSL_FLAG(absl::Duration, sms_validity_period, absl::Minutes(10),
          "a text still queued at Twilio after this is not sent; 5s to 10h");
ABSL_FLAG(std::string, urgency_model_url, "",
          "a language model that gives a second opinion on urgencies: the base URL of an API like OpenAI's, "
          "https://api.example.com/v1. Callers' words go there. Default: none");
ABSL_FLAG(std::string, urgency_model, "", "the model's name at --urgency_model_url");
ABSL_FLAG(absl::Duration, urgency_model_timeout, absl::Seconds(5), "how long its answer is waited for; at most 30s");
ABSL_FLAG(int, database_threads, 4, "threads that serve RPCs, a database connection each");
ABSL_FLAG(int, queue_length_max, 2000,
          "requests that may wait for a database thread; as many calls, and receipts, may wait to be recorded");
ABSL_FLAG(bool, engine, true, "false: serve RPCs and leave sending to other replicas");
ABSL_FLAG(absl::Duration, shutdown_grace, absl::Seconds(15), "how long a shutdown may wait for what is in hand");
ABSL_FLAG(std::string, test_clock_file, "", "for tests: a file with an offset by which time is moved");

namespace afterhours::app {
namespace {

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

bool IsAccountSid(absl::string_view sid) {
  return sid.size() == 34 && absl::StartsWith(sid, "AC") &&
         sid.find_first_not_of("0123456789abcdef", 2) == absl::string_view::npos;
}

absl::Status ReadTwilioCredentials(Config* config) {
  const std::string api_key_sid = absl::GetFlag(FLAGS_twilio_api_key_sid);
  const bool by_key = !api_key_sid.empty();
  const char* variable = by_key ? "TWILIO_API_KEY_SECRET" : "TWILIO_AUTH_TOKEN";
  absl::StatusOr<std::string> secret = ReadSecret(variable);
  if (!secret.ok()) return secret.status();
  if (secret->empty()) return Bad(absl::StrCat("set ", variable, ", or ", variable, "_FILE to a file that holds it"));
  config->twilio_username = by_key ? api_key_sid : config->twilio_account_sid;
  config->twilio_password = *std::move(secret);
  return absl::OkStatus();
}

absl::Status ReadUrgencyModelKey(Config* config) {
  if (config->urgency_model_url.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> key = ReadSecret("URGENCY_MODEL_API_KEY");
  if (!key.ok()) return Bad(key.status().message());
  if (const auto fault = openai::ApiKeyFault(*key)) return Bad(absl::StrCat("URGENCY_MODEL_API_KEY ", *fault));
  config->urgency_model_api_key = *std::move(key);
  return absl::OkStatus();
}

absl::Status CheckUrgencyModel(const Config& config) {
  if (config.urgency_model_timeout < absl::Milliseconds(100) || config.urgency_model_timeout > absl::Seconds(30)) {
    return Bad("--urgency_model_timeout must be from 100ms to 30s");
  }
  if (config.urgency_model_url.empty()) {
    return config.urgency_model.empty() ? absl::OkStatus() : Bad("--urgency_model needs --urgency_model_url");
  }
  if (const auto fault = openai::BaseUrlFault(config.urgency_model_url)) {
    return Bad(absl::StrCat("--urgency_model_url ", *fault));
  }
  if (const auto fault = openai::ModelFault(config.urgency_model)) return Bad(absl::StrCat("--urgency_model ", *fault));
  return absl::OkStatus();
}

absl::Status Check(const Config& config) {
  if (!IsAccountSid(config.twilio_account_sid)) {
    return Bad("--twilio_account_sid must be AC and 32 hex digits; it is on the Twilio console's first page");
  }
  if (!absl::StartsWith(config.twilio_from, "MG") && ToE164(config.twilio_from) != config.twilio_from) {
    return Bad("--twilio_from must be a number in E.164 (+19495550100) or a messaging service (MG...)");
  }
  if (!config.twilio_voice_from.empty() && ToE164(config.twilio_voice_from) != config.twilio_voice_from) {
    return Bad("--twilio_voice_from must be a number in E.164 (+19495550100); a messaging service cannot call");
  }
  if (!absl::StartsWith(config.public_url, "https://") && !absl::StartsWith(config.public_url, "http://")) {
    return Bad("--public_url must be the URL at which providers reach the bridge: https://pages.example.com");
  }
  if (absl::EndsWith(config.public_url, "/")) return Bad("--public_url must not end with a slash");
  if (config.sms_validity_period < absl::Seconds(5) || config.sms_validity_period > absl::Hours(10)) {
    return Bad("--sms_validity_period must be from 5s to 10h");
  }
  if (config.twilio_timeout < absl::Seconds(1) || config.twilio_timeout > absl::Minutes(1)) {
    return Bad("--twilio_timeout must be from 1s to 1m");
  }
  if (config.database_threads < 1 || config.database_threads > 64) return Bad("--database_threads must be 1 to 64");
  if (config.queue_length_max < 1) return Bad("--queue_length_max must be at least 1");
  return CheckUrgencyModel(config);
}

}  // namespace

std::string DatabaseUrl() {
  const std::string url = absl::GetFlag(FLAGS_database_url);
  // A host that vanishes without a word must be noticed in seconds, not when TCP
  // gives up after a quarter of an hour. Of several hosts it is the one that takes
  // writes. What the URL says itself wins.
  std::string with_defaults = url;
  const bool is_uri = absl::StartsWith(url, "postgres://") || absl::StartsWith(url, "postgresql://");
  for (const absl::string_view setting :
       {"connect_timeout=3", "keepalives_idle=5", "keepalives_interval=2", "keepalives_count=3",
        "tcp_user_timeout=10000", "target_session_attrs=read-write"}) {
    if (absl::StrContains(url, setting.substr(0, setting.find('=')))) continue;
    const absl::string_view separator = !is_uri ? " " : absl::StrContains(with_defaults, '?') ? "&" : "?";
    absl::StrAppend(&with_defaults, separator, setting);
  }
  return with_defaults;
}

absl::StatusOr<Config> ReadConfig() {
  Config config;
  config.database_url = DatabaseUrl();
  config.listen = absl::GetFlag(FLAGS_listen);
  config.metrics_listen = absl::GetFlag(FLAGS_metrics_listen);
  config.public_url = absl::GetFlag(FLAGS_public_url);
  config.twilio_base_url = absl::GetFlag(FLAGS_twilio_base_url);
  config.twilio_account_sid = absl::GetFlag(FLAGS_twilio_account_sid);
  config.twilio_from = absl::GetFlag(FLAGS_twilio_from);
  config.twilio_voice_from = absl::GetFlag(FLAGS_twilio_voice_from);
  config.twilio_timeout = absl::GetFlag(FLAGS_twilio_timeout);
  config.sms_validity_period = absl::GetFlag(FLAGS_sms_validity_period);
  config.urgency_model_url = absl::GetFlag(FLAGS_urgency_model_url);
  config.urgency_model = absl::GetFlag(FLAGS_urgency_model);
  config.urgency_model_timeout = absl::GetFlag(FLAGS_urgency_model_timeout);
  config.database_threads = absl::GetFlag(FLAGS_database_threads);
  config.queue_length_max = absl::GetFlag(FLAGS_queue_length_max);
  config.shutdown_grace = absl::GetFlag(FLAGS_shutdown_grace);
  config.engine = absl::GetFlag(FLAGS_engine);
  config.test_clock_file = absl::GetFlag(FLAGS_test_clock_file);
  absl::Status status = Check(config);
  if (status.ok()) status = ReadTwilioCredentials(&config);
  if (status.ok()) status = ReadUrgencyModelKey(&config);
  if (!status.ok()) return status;
  return config;
}

}  // namespace afterhours::app
