// dispatch-bridge: turns providers' webhooks into RPCs.

#include <cstdlib>
#include <iostream>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "adapters/bridge/bridge.h"
#include "adapters/bridge/config.h"
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

absl::Status Serve(const afterhours::bridge::Config& config) {
  using namespace afterhours;
  Clock clock;
  if (!config.test_clock_file.empty()) {
    absl::StatusOr<Clock> moved = Clock::FromOffsetFile(config.test_clock_file);
    if (!moved.ok()) return moved.status();
    clock = *moved;
  }
  Metrics metrics;
  DispatchClient client(MakeDispatchConnection({.address = config.dispatchd, .timeout = config.dispatchd_timeout}));
  bridge::Bridge bridge(config, client, clock, metrics);
  HttpServer server({.address = config.listen},
                    [&bridge](const HttpRequest& request) { return bridge.Handle(request); });
  if (absl::Status status = server.Start(); !status.ok()) return status;
  LogInfo("dispatch-bridge serves", {{"http_port", server.port()}, {"public_url", config.public_url}});

  const int signal = WaitForShutdownSignal();
  LogInfo("shutting down", {{"signal", signal}});
  server.Stop();
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
