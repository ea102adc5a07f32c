#include "adapters/openai/answer.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/names.h"

namespace afterhours::openai {
namespace {

using nlohmann::json;

// Nobody has measured how often models are right: less than one clear finding of
// the rules has.
constexpr double kConfidence = 0.6;
constexpr std::size_t kReasonBytesMax = 200;
constexpr std::size_t kCodeBytesMax = 40;
// A lone brace in the text hides what comes after it: so many are stepped over.
constexpr int kLoneBracesMax = 16;

Opinion Without(Opinion::Outcome outcome, std::string error_message) {
  Opinion opinion;
  opinion.outcome = outcome;
  opinion.error_message = std::move(error_message);
  return opinion;
}

json Parse(absl::string_view text) {
  return json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

// A member of an object or an array, or null.
const json& Member(const json& object, const char* name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}
const json& First(const json& list) {
  static const json kNull;
  return list.is_array() && !list.empty() ? list.front() : kNull;
}

// "HTTP 401, invalid_api_key". The code only when it is a word, which no key and
// no sentence is; the message beside it quotes.
std::string RefusalOf(const HttpResult& answer) {
  const json body = Parse(answer.body);
  const json& code = Member(Member(body, "error"), "code");
  std::string word = code.is_string() ? code.get<std::string>() : "";
  const bool is_word =
      word.size() <= kCodeBytesMax && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
  return absl::StrCat("HTTP ", answer.status, is_word && !word.empty() ? ", " + word : "");
}

// What the model wrote: a text, or a list of parts of which some are texts.
std::string ContentOf(const json& body) {
  const json& content = Member(Member(First(Member(body, "choices")), "message"), "content");
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const json& part : content) {
    const json& words = Member(part, "text");
    if (words.is_string()) text += words.get_ref<const std::string&>();
  }
  return text;
}

// Where the object that begins at `begin` ends, or npos.
std::size_t EndOfObject(absl::string_view text, std::size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string && c == '\\') ++at;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return at + 1;
  }
  return absl::string_view::npos;
}

std::string CleanReason(const json& reason) {
  if (!reason.is_string()) return "";
  std::string line = CleanText(reason.get_ref<const std::string&>());
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::RemoveExtraAsciiWhitespace(&line);
  return CutText(line, kReasonBytesMax);
}

std::optional<Opinion> OpinionIn(const json& object) {
  const json& level = Member(object, "urgency");
  if (!level.is_string()) return std::nullopt;
  Opinion opinion;
  opinion.urgency =
      core::ParseUrgency(absl::AsciiStrToUpper(absl::StripAsciiWhitespace(level.get_ref<const std::string&>())));
  if (opinion.urgency == v1::URGENCY_UNSPECIFIED) return std::nullopt;
  opinion.outcome = Opinion::Outcome::kGiven;
  opinion.confidence = kConfidence;
  opinion.reason = CleanReason(Member(object, "reason"));
  return opinion;
}

// The last opinion in a text.
std::optional<Opinion> FindOpinion(absl::string_view text) {
  std::optional<Opinion> found;
  int lone_braces = 0;
  for (std::size_t at = text.find('{'); at != absl::string_view::npos; at = text.find('{', at)) {
    const std::size_t end = EndOfObject(text, at);
    if (end == absl::string_view::npos) {
      if (++lone_braces > kLoneBracesMax) break;
      ++at;
      continue;
    }
    if (auto opinion = OpinionIn(Parse(text.substr(at, end - at)))) found = std::move(opinion);
    at = end;
  }
  return found;
}

}  // namespace

Opinion ReadAnswer(const HttpResult& answer) {
  using Outcome = Opinion::Outcome;
  if (answer.timed_out) return Without(Outcome::kTimeout, "no answer in time");
  if (answer.outcome != HttpResult::Outcome::kAnswered) {
    return Without(Outcome::kFailed, absl::StrCat("no answer: ", answer.error));
  }
  // 408 and 429 are of the moment, the other 4xx are of our making.
  const bool refused = answer.status >= 400 && answer.status < 500 && answer.status != 408 && answer.status != 429;
  if (answer.status != 200) return Without(refused ? Outcome::kRefused : Outcome::kFailed, RefusalOf(answer));
  if (answer.body_cut) return Without(Outcome::kFailed, "the answer is too long");
  const std::string content = ContentOf(Parse(answer.body));
  if (content.empty()) return Without(Outcome::kFailed, "the answer has no text of the model");
  std::optional<Opinion> opinion = FindOpinion(content);
  if (!opinion.has_value()) return Without(Outcome::kFailed, "the model's text names no level");
  return *std::move(opinion);
}

}  // namespace afterhours::openai
