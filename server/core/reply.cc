#include "server/core/reply.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "server/core/reply_code.h"

namespace afterhours::core {
namespace {

constexpr absl::string_view kAccept[] = {"1", "ACK", "ACCEPT", "TAKE", "MINE", "YES", "Y", "OK"};
constexpr absl::string_view kDecline[] = {"2", "DECLINE", "PASS", "NO", "N"};
// Twilio's opt-out, opt-in and help words, but for YES: an opted-in technician
// who says it means the page.
constexpr absl::string_view kProviderKeywords[] = {"STOP",   "STOPALL", "UNSUBSCRIBE", "CANCEL", "END",  "QUIT",
                                                   "REVOKE", "OPTOUT",  "START",       "UNSTOP", "HELP", "INFO"};

template <std::size_t n>
bool IsOneOf(absl::string_view word, const absl::string_view (&words)[n]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Upper-case words; whatever is neither letter nor digit separates.
std::vector<std::string> Words(absl::string_view body) {
  std::string text = absl::AsciiStrToUpper(body);
  for (char& c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = ' ';
  }
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

}  // namespace

Reply ParseReply(absl::string_view body) {
  std::vector<std::string> words = Words(body);
  // "1K7PD" is "1 K7PD" typed in a hurry.
  if (words.size() == 1 && words[0].size() > 1 && (words[0][0] == '1' || words[0][0] == '2') &&
      IsReplyCode(absl::string_view(words[0]).substr(1))) {
    words = {words[0].substr(0, 1), words[0].substr(1)};
  }
  if (words.empty() || words.size() > 2) return {};
  if (words.size() == 1 && IsOneOf(words[0], kProviderKeywords)) return {Reply::Kind::kProviderKeyword, ""};
  if (words.size() == 1 && IsReplyCode(words[0])) return {Reply::Kind::kAccept, words[0]};

  const bool has_code = words.size() == 2;
  if (has_code && !IsReplyCode(words[1])) return {};
  const std::string code = has_code ? words[1] : "";
  if (IsOneOf(words[0], kAccept)) return {Reply::Kind::kAccept, code};
  if (IsOneOf(words[0], kDecline)) return {Reply::Kind::kDecline, code};
  return {};
}

bool IsOptIn(absl::string_view body) {
  const std::vector<std::string> words = Words(body);
  return words.size() == 1 && (words[0] == "START" || words[0] == "UNSTOP" || words[0] == "YES");
}

}  // namespace afterhours::core
