// dispatchd: the gRPC server and the engine.

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "base/process.h"
#include "server/app/commands.h"
#include "server/app/config.h"
#include "server/app/server.h"

namespace {

constexpr char kUsage[] =
    "the dispatch server of Afterhours\n\n"
    "  dispatchd                         serves until SIGTERM\n"
    "  dispatchd migrate up|down|status  changes the database's schema, or tells where it is\n"
    "  dispatchd directory load FILE     loads businesses and technicians\n\n"
    "Secrets: TWILIO_AUTH_TOKEN, or TWILIO_AUTH_TOKEN_FILE (a file that holds it); with\n"
    "--twilio_api_key_sid, TWILIO_API_KEY_SECRET or TWILIO_API_KEY_SECRET_FILE;\n"
    "with --urgency_model_url, if that needs one, URGENCY_MODEL_API_KEY or URGENCY_MODEL_API_KEY_FILE.";

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

absl::Status Run(const std::vector<std::string>& arguments) {
  using namespace afterhours::app;
  if (arguments.empty()) {
    afterhours::PrepareProcess("dispatchd");
    const absl::StatusOr<Config> config = ReadConfig();
    return config.ok() ? Serve(*config) : config.status();
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "migrate") return RunMigrate(rest);
  if (arguments[0] == "directory") return RunDirectory(rest);
  return absl::InvalidArgumentError("unknown command \"" + arguments[0] + "\"; see dispatchd --help");
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(kUsage);
  absl::FlagsUsageConfig usage;
  usage.contains_help_flags = [](absl::string_view file) { return absl::EndsWith(file, "server/app/config.cc"); };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> positional = absl::ParseCommandLine(argc, argv);
  const absl::Status status = Run({positional.begin() + 1, positional.end()});
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << "dispatchd: " << status.message() << "\n";
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailure;
}
