#include "adapters/twilio/sms_sender.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/twilio/error_codes.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

// Twilio tries a callback once more by default, and only when it cannot
// connect. The fragment asks for five tries, also on timeouts and 5xx, within
// Twilio's total of 15 s. It is not part of what is signed.
// Source: Twilio, "Webhooks (HTTP callbacks): connection overrides".
constexpr char kRetryFragment[] = "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000";

constexpr std::size_t kTextBytesMax = 500;

// A member of a JSON object as clean text, or "".
std::string TextMember(const nlohmann::json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end()) return "";
  return found->is_string() ? CutText(CleanText(found->get_ref<const std::string&>()), kTextBytesMax) : "";
}

int CodeOf(const nlohmann::json& error) {
  const auto found = error.is_object() ? error.find("code") : error.end();
  return error.is_object() && found != error.end() && found->is_number_integer() ? found->get<int>() : 0;
}

}  // namespace

SmsSender::SmsSender(SmsSenderOptions options, HttpClient& client) : options_(std::move(options)), client_(client) {}

void SmsSender::Send(const OutgoingPage& page, std::function<void(SendResult)> done) {
  const std::string& from = page.from_address.empty() ? options_.default_from : page.from_address;
  FormFields form = {
      {"To", page.to_address},
      {absl::StartsWith(from, "MG") ? "MessagingServiceSid" : "From", from},
      {"Body", page.body},
      {"StatusCallback",
       absl::StrCat(options_.public_url, "/webhooks/twilio/sms-status/", page.page_id, kRetryFragment)},
      {"ValidityPeriod", absl::StrCat(absl::ToInt64Seconds(options_.validity_period))},
  };
  HttpCall call;
  call.url = absl::StrCat(options_.base_url, "/2010-04-01/Accounts/", options_.account_sid, "/Messages.json");
  call.basic_auth = absl::StrCat(options_.username, ":", options_.password);
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  call.body = EncodeForm(form);
  client_.Start(std::move(call), [done = std::move(done)](const HttpResult& answer) { done(ReadSendAnswer(answer)); });
}

SendResult ReadSendAnswer(const HttpResult& answer) {
  SendResult result;
  if (answer.outcome == HttpResult::Outcome::kNotSent) {
    result.outcome = SendResult::Outcome::kRefused;
    result.decision = core::FailureDecision::kRetry;
    result.error_message = absl::StrCat("Twilio cannot be reached: ", answer.error);
    return result;
  }
  if (answer.outcome == HttpResult::Outcome::kUnknown) {
    result.outcome = SendResult::Outcome::kUnknown;
    result.error_message = absl::StrCat("no answer from Twilio: ", answer.error);
    return result;
  }
  const nlohmann::json body = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (answer.status >= 200 && answer.status < 300) {
    result.provider_message_id = TextMember(body, "sid");
    result.outcome =
        result.provider_message_id.empty() ? SendResult::Outcome::kUnknown : SendResult::Outcome::kAccepted;
    if (result.provider_message_id.empty()) result.error_message = "Twilio's answer has no SID";
    return result;
  }
  const int code = CodeOf(body);
  result.error_code = code == 0 ? "" : absl::StrCat(code);
  const std::string message = TextMember(body, "message");
  result.error_message = absl::StrCat("HTTP ", answer.status, message.empty() ? "" : ": ", message);
  if (answer.status >= 400 && answer.status < 500) {
    result.outcome = SendResult::Outcome::kRefused;
    result.decision = DecisionFor(code, answer.status);
    result.retry_delay = answer.retry_after;
  } else {
    result.outcome = SendResult::Outcome::kUnknown;
  }
  return result;
}

}  // namespace afterhours::twilio
