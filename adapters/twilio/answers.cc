#include "adapters/twilio/answers.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/twilio/error_codes.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

constexpr std::size_t kMessageBytesMax = 500;
constexpr int kResourceNotFound = 20404;

// A member of a JSON object, or null.
const nlohmann::json& Member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

// A member of a JSON object as clean text, or "".
std::string TextMember(const nlohmann::json& object, const char* name) {
  const nlohmann::json& member = Member(object, name);
  return member.is_string() ? CleanText(member.get_ref<const std::string&>()) : "";
}

// A code, which is a number, or null; as text, or "".
std::string CodeMember(const nlohmann::json& object, const char* name) {
  const nlohmann::json& member = Member(object, name);
  return member.is_number_integer() ? absl::StrCat(member.get<int>()) : TextMember(object, name);
}

int CodeOf(const nlohmann::json& error) {
  const nlohmann::json& code = Member(error, "code");
  return code.is_number_integer() ? code.get<int>() : 0;
}

nlohmann::json Parse(const HttpResult& answer) {
  return nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
}

// "HTTP 400: what Twilio says".
std::string ErrorMessage(const HttpResult& answer, const nlohmann::json& body) {
  const std::string message = CutText(TextMember(body, "message"), kMessageBytesMax);
  return absl::StrCat("HTTP ", answer.status, message.empty() ? "" : ": ", message);
}

Resource ToResource(const nlohmann::json& object) {
  Resource resource;
  resource.sid = TextMember(object, "sid");
  resource.status = TextMember(object, "status");
  resource.direction = TextMember(object, "direction");
  resource.from = TextMember(object, "from");
  resource.to = TextMember(object, "to");
  resource.body = TextMember(object, "body");
  resource.error_code = CodeMember(object, "error_code");
  absl::Time created;
  if (absl::ParseTime(absl::RFC1123_full, TextMember(object, "date_created"), &created, nullptr)) {
    resource.create_time = created;
  }
  return resource;
}

// The JSON object of an answer to a GET. Errors: as ReadResource.
absl::StatusOr<nlohmann::json> ReadObject(const HttpResult& answer) {
  if (answer.outcome != HttpResult::Outcome::kAnswered) {
    return absl::UnavailableError(absl::StrCat("no answer from Twilio: ", answer.error));
  }
  if (answer.body_cut) return absl::UnavailableError("Twilio's answer is too long");
  nlohmann::json body = Parse(answer);
  if (answer.status == 404 && CodeOf(body) == kResourceNotFound) {
    return absl::NotFoundError(ErrorMessage(answer, body));
  }
  if (answer.status != 200) return absl::UnavailableError(ErrorMessage(answer, body));
  if (!body.is_object()) return absl::UnavailableError("Twilio's answer is not a JSON object");
  return body;
}

}  // namespace

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
  const nlohmann::json body = Parse(answer);
  if (answer.status >= 200 && answer.status < 300) {
    result.provider_message_id = TextMember(body, "sid");
    result.outcome =
        result.provider_message_id.empty() ? SendResult::Outcome::kUnknown : SendResult::Outcome::kAccepted;
    if (result.provider_message_id.empty()) result.error_message = "Twilio's answer has no SID";
    return result;
  }
  const int code = CodeOf(body);
  result.error_code = code == 0 ? "" : absl::StrCat(code);
  result.error_message = ErrorMessage(answer, body);
  if (answer.status >= 400 && answer.status < 500) {
    result.outcome = SendResult::Outcome::kRefused;
    result.decision = DecisionFor(code, answer.status);
    result.retry_delay = answer.retry_after;
  } else {
    result.outcome = SendResult::Outcome::kUnknown;
  }
  return result;
}

absl::StatusOr<Resource> ReadResource(const HttpResult& answer, absl::string_view sid) {
  const absl::StatusOr<nlohmann::json> body = ReadObject(answer);
  if (!body.ok()) return body.status();
  Resource resource = ToResource(*body);
  if (resource.sid != sid) return absl::UnavailableError("Twilio's answer is about another SID");
  return resource;
}

absl::StatusOr<ResourcePage> ReadResourcePage(const HttpResult& answer, absl::string_view name) {
  const absl::StatusOr<nlohmann::json> body = ReadObject(answer);
  // A listing that is not there says nothing of what would be in it.
  if (!body.ok()) return absl::UnavailableError(body.status().message());
  const nlohmann::json& entries = Member(*body, std::string(name).c_str());
  const nlohmann::json& next = Member(*body, "next_page_uri");
  if (!entries.is_array() || !(next.is_null() || next.is_string())) {
    return absl::UnavailableError("Twilio's answer is not a listing");
  }
  ResourcePage page;
  for (const nlohmann::json& entry : entries) {
    page.resources.push_back(ToResource(entry));
    if (page.resources.back().sid.empty()) return absl::UnavailableError("Twilio's listing has an entry without SID");
  }
  if (next.is_string()) page.next_page_uri = next.get<std::string>();
  return page;
}

}  // namespace afterhours::twilio
