#include "adapters/openai/endpoint.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace afterhours::openai {
namespace {

constexpr std::size_t kModelBytesMax = 200;

// Whether `text` is visible ASCII: no blank, no line break that would end a header.
bool IsPlain(absl::string_view text) { return std::all_of(text.begin(), text.end(), absl::ascii_isgraph); }

// "localhost:8080" of "http://localhost:8080/v1".
absl::string_view AuthorityOf(absl::string_view base_url) {
  if (!absl::ConsumePrefix(&base_url, "https://")) absl::ConsumePrefix(&base_url, "http://");
  return base_url.substr(0, base_url.find('/'));
}

}  // namespace

bool IsLoopback(absl::string_view base_url) {
  const absl::string_view authority = AuthorityOf(base_url);
  if (absl::StartsWith(authority, "[")) return absl::StartsWith(authority, "[::1]");
  const absl::string_view host = authority.substr(0, authority.find(':'));
  // A name may begin like a number: 127.example.com is anywhere.
  const bool is_number = host.find_first_not_of("0123456789.") == absl::string_view::npos;
  return host == "localhost" || (is_number && absl::StartsWith(host, "127."));
}

std::optional<std::string> BaseUrlFault(absl::string_view base_url) {
  const bool is_https = absl::StartsWith(base_url, "https://");
  if (!is_https && !absl::StartsWith(base_url, "http://")) return "must be a URL: https://api.example.com/v1";
  if (AuthorityOf(base_url).empty()) return "must name a host: https://api.example.com/v1";
  // "user@" before a host can make it look like another one.
  if (!IsPlain(base_url) || base_url.find_first_of("@?#") != absl::string_view::npos) {
    return "must be a plain URL, without user, query or fragment; the key is a secret, URGENCY_MODEL_API_KEY";
  }
  if (absl::EndsWith(base_url, "/")) return "must not end with a slash";
  if (!is_https && !IsLoopback(base_url)) {
    return "must begin with https://: the caller's words go there; http:// is for this machine (localhost, 127.0.0.1)";
  }
  return std::nullopt;
}

std::optional<std::string> ModelFault(absl::string_view model) {
  if (model.empty()) return "must be the model's name at --urgency_model_url";
  if (!IsPlain(model) || model.size() > kModelBytesMax) return "must be a name of at most 200 letters, without blanks";
  return std::nullopt;
}

std::optional<std::string> ApiKeyFault(absl::string_view api_key) {
  if (!IsPlain(api_key)) return "must be the key alone, without blanks or line breaks";
  return std::nullopt;
}

}  // namespace afterhours::openai
