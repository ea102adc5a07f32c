// dispatch-bridge: turns providers' webhooks into RPCs.

#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "adapters/bridge/bridge.h"
#include "adapters/bridge/config.h"
#include "adapters/bridge/forwarder.h"
#include "adapters/bridge/journal.h"
#include "base/http_server.h"
#include "base/log.h"
#include "base/process.h"

namespace {

constexpr char kUsage[] =
    "turns providers' webhooks into RPCs to dispatchd\n\n"
    "Secrets, each in a variable or in the file that the variable with _FILE names:\n"
    "TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_SECONDARY (while the token is rotated), RETELL_API_KEY,\n"
    "RETELL_API_KEY_SECONDARY, AFTERHOURS_API_KEY (for /api/; without it /api/ is closed).";

constexpr int kExitUsage = 2;
constexpr absl::Duration kReplayTimeout = absl::Seconds(5), kReplayPauseMax = absl::Milliseconds(250);

absl::Status Serve(const afterhours::bridge::Config& config) {
  using namespace afterhours;
  Clock clock;
  if (!config.test_clock_file.empty()) {
    absl::StatusOr<Clock> moved = Clock::FromOffsetFile(config.test_clock_file);
    if (!moved.ok()) return moved.status();
    clock = *moved;
  }
  Metrics metrics;
  std::unique_ptr<bridge::Journal> journal;
  if (!config.journal.empty()) {
    auto opened = bridge::Journal::Open({.path = config.journal, .payload_bytes_max = config.journal_bytes_max});
    if (!opened.ok()) return opened.status();
    journal = *std::move(opened);
    LogInfo("journal opened", {{"path", config.journal}, {"entries", journal->stats().entries()}});
  } else {
    LogWarning("there is no journal: webhooks are refused while dispatchd is away; see --journal");
  }
  DispatchClient client(MakeDispatchConnection({.address = config.dispatchd, .timeout = config.dispatchd_timeout}));
  // Nobody waits for a replay, but it must notice soon when dispatchd is back.
  DispatchClient replay_client(MakeDispatchConnection(
      {.address = config.dispatchd, .timeout = kReplayTimeout, .retry_pause_max = kReplayPauseMax}));
  bridge::Forwarder forwarder(client, replay_client, journal.get(), clock, metrics);
  bridge::Bridge bridge(config, client, forwarder, clock, metrics);
  HttpServer server({.address = config.listen},
                    [&bridge](const HttpRequest& request) { return bridge.Handle(request); });
  if (absl::Status status = server.Start(); !status.ok()) return status;
  forwarder.Start();
  LogInfo("dispatch-bridge serves", {{"http_port", server.port()}, {"public_url", config.public_url}});

  const int signal = WaitForShutdownSignal();
  LogInfo("shutting down", {{"signal", signal}});
  server.Stop();
  forwarder.Stop();
  LogInfo("shut down");
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  afterhours::PrepareProcess("dispatch-bridge");
  absl::SetProgramUsageMessage(kUsage);
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) { return absl::EndsWith(file, "adapters/bridge/config.cc"); };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> positional = absl::ParseCommandLine(argc, argv);
  if (positional.size() > 1) {
    std::cerr << "dispatch-bridge: unknown argument \"" << positional[1] << "\"; see --help\n";
    return kExitUsage;
  }
  const absl::StatusOr<afterhours::bridge::Config> config = afterhours::bridge::ReadConfig();
  const absl::Status status = config.ok() ? Serve(*config) : config.status();
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << "dispatch-bridge: " << status.message() << "\n";
  return absl::IsInvalidArgument(status) ? kExitUsage : EXIT_FAILURE;
}
