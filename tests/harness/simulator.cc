#include "tests/harness/simulator.h"

#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http.h"

namespace afterhours::testing {
namespace {

std::int64_t PatienceMs() { return absl::ToInt64Milliseconds(Patience()); }

}  // namespace

Simulator::Simulator(const std::string& public_url, const std::string& log_path) {
  const std::string port_file = log_path + ".port";
  process_ = Process({AFTERHOURS_PROVIDERSIM, "--listen", "127.0.0.1:0", "--public_url", public_url, "--account_sid",
                      kAccountSid, "--auth_token", kAuthToken, "--retell_api_key", kRetellApiKey, "--port_file",
                      port_file, "--callback_delay_ms", "1"},
                     {}, log_path);
  Eventually("the simulator's port", [&] {
    std::ifstream file(port_file);
    int port = 0;
    if (!(file >> port)) return false;
    url_ = absl::StrCat("http://127.0.0.1:", port);
    return true;
  });
}

void Simulator::SetBridge(const std::string& bridge_url) { Control("config", {{"bridge_url", bridge_url}}); }

void Simulator::SetClockOffsetMs(std::int64_t offset_ms) { Control("config", {{"clock_offset_ms", offset_ms}}); }

nlohmann::json Simulator::Control(const std::string& path, const nlohmann::json& body, const std::string& method) {
  const HttpAnswer answer =
      Http(method, absl::StrCat(url_, "/sim/", path), {{"Content-Type", "application/json"}}, body.dump());
  EXPECT_TRUE(answer.status >= 200 && answer.status < 300) << path << ": " << answer.status << " " << answer.body;
  return answer.Json();
}

nlohmann::json Simulator::Get(const std::string& path) {
  const HttpAnswer answer = Http("GET", absl::StrCat(url_, "/sim/", path));
  EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
  return answer.Json();
}

std::vector<nlohmann::json> Simulator::WaitForRequests(int count) {
  return Get(absl::StrCat("requests?kind=message&timeout_ms=", PatienceMs(), "&wait_count=", count))["requests"];
}

std::vector<nlohmann::json> Simulator::WaitForCalls(int count) {
  return Get(absl::StrCat("requests?kind=call&timeout_ms=", PatienceMs(), "&wait_count=", count))["requests"];
}

int Simulator::AcceptedCount(const std::string& kind) {
  int accepted = 0;
  const nlohmann::json answer = Get(absl::StrCat("requests?kind=", kind));
  for (const nlohmann::json& request : answer["requests"]) accepted += request["sid"].is_string() ? 1 : 0;
  return accepted;
}

}  // namespace afterhours::testing
