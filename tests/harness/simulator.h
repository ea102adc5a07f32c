#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/harness/process.h"

namespace afterhours::testing {

// The simulator of Twilio and Retell, through its control door.
class Simulator {
 public:
  static constexpr char kAccountSid[] = "AC00000000000000000000000000000001";
  static constexpr char kAuthToken[] = "test-auth-token";
  static constexpr char kRetellApiKey[] = "test-retell-key";

  // `public_url` is what webhooks are signed for. Output goes to `log_path`.
  Simulator(const std::string& public_url, const std::string& log_path);

  const std::string& url() const { return url_; }
  void SetBridge(const std::string& bridge_url);
  void SetClockOffsetMs(std::int64_t offset_ms);

  // One call of the control door: POST (or `method`) /sim/<path>. Fails the
  // test on an answer that is not 2xx.
  nlohmann::json Control(const std::string& path, const nlohmann::json& body, const std::string& method = "POST");
  nlohmann::json Get(const std::string& path);

  // The next requests meet this fault; see tools/providersim/README.md.
  void AddFault(const nlohmann::json& fault) { Control("faults", fault); }
  // While held, requests to send a message are neither taken nor answered.
  void Hold(bool messages) { Control("hold", {{"messages", messages}}); }

  // Waits until Twilio was asked that often to send a message: the requests.
  std::vector<nlohmann::json> WaitForRequests(int count);
  // The same for phone calls.
  std::vector<nlohmann::json> WaitForCalls(int count);
  // How many messages or calls ("call") Twilio has taken.
  int AcceptedCount(const std::string& kind = "message");

  int Terminate() { return process_.Terminate(); }

 private:
  Process process_;
  std::string url_;
};

}  // namespace afterhours::testing
