#include "adapters/retell/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/secret.h"

namespace afterhours::retell {
namespace {

constexpr absl::Duration kWindow = absl::Minutes(5);
constexpr std::size_t kDigestHexLength = 64;
constexpr std::size_t kTimestampDigitsMax = 15;

std::string Sign(absl::string_view key, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &length);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

bool AllOf(absl::string_view text, bool (*predicate)(unsigned char)) {
  return std::all_of(text.begin(), text.end(),
                     [predicate](char c) { return predicate(static_cast<unsigned char>(c)); });
}

}  // namespace

bool IsSigned(const std::vector<std::string>& keys, absl::string_view body, absl::string_view header, absl::Time now) {
  const std::vector<absl::string_view> parts = absl::StrSplit(header, ',');
  if (parts.size() != 2) return false;
  absl::string_view timestamp = parts[0], digest = parts[1];
  if (!absl::ConsumePrefix(&timestamp, "v=") || !absl::ConsumePrefix(&digest, "d=")) return false;
  if (timestamp.empty() || timestamp.size() > kTimestampDigitsMax || !AllOf(timestamp, absl::ascii_isdigit)) {
    return false;
  }
  if (digest.size() != kDigestHexLength) return false;

  std::int64_t millis = 0;
  if (!absl::SimpleAtoi(timestamp, &millis)) return false;
  const std::int64_t age_ms = absl::ToUnixMillis(now) - millis;
  if (age_ms > absl::ToInt64Milliseconds(kWindow) || age_ms < -absl::ToInt64Milliseconds(kWindow)) return false;

  bool is_signed = false;
  for (const std::string& key : keys) {
    if (key.empty()) continue;
    is_signed |= EqualInConstantTime(Sign(key, absl::StrCat(body, timestamp)), digest);
  }
  return is_signed;
}

}  // namespace afterhours::retell
