#include "server/core/reply_code.h"

#include <cstdint>

#include "absl/strings/match.h"

namespace afterhours::core {
namespace {

// No vowels, so no words; no 0, 1, 2, 5, 8, B, I, L, O, S, Z, which look or
// sound alike or are answers themselves.
constexpr absl::string_view kFirst = "CDFGHJKMNPQRTVWX";
constexpr absl::string_view kRest = "CDFGHJKMNPQRTVWX34679";
constexpr std::size_t kLength = 4;

}  // namespace

std::string ReplyCodeOf(absl::string_view page_id) {
  // The last 12 hex digits of a UUIDv7 are random.
  std::uint64_t random = 0;
  for (const char c : page_id.substr(page_id.size() - 12)) {
    random = random * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  std::string code(1, kFirst[random % kFirst.size()]);
  random /= kFirst.size();
  while (code.size() < kLength) {
    code.push_back(kRest[random % kRest.size()]);
    random /= kRest.size();
  }
  return code;
}

bool IsReplyCode(absl::string_view word) {
  if (word.size() != kLength || !absl::StrContains(kFirst, word.substr(0, 1))) return false;
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (!absl::StrContains(kRest, word.substr(i, 1))) return false;
  }
  return true;
}

}  // namespace afterhours::core
