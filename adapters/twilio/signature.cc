#include "adapters/twilio/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/secret.h"

namespace afterhours::twilio {
namespace {

std::string Sign(absl::string_view token, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha1(), token.data(), static_cast<int>(token.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &length);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

// `url` with its scheme's port made explicit, and without any port.
std::vector<std::string> UrlForms(absl::string_view url) {
  const std::size_t host = url.find("://");
  if (host == absl::string_view::npos) return {std::string(url)};
  const std::size_t host_begin = host + 3;
  const std::size_t host_end = std::min(url.find_first_of("/?", host_begin), url.size());
  const absl::string_view authority = url.substr(host_begin, host_end - host_begin);
  const absl::string_view scheme = url.substr(0, host_begin), rest = url.substr(host_end);
  // The colon of a port, not one within "[::1]" or "user:password@".
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']'), at = authority.rfind('@');
  const bool has_port = colon != absl::string_view::npos && (bracket == absl::string_view::npos || colon > bracket) &&
                        (at == absl::string_view::npos || colon > at);
  const absl::string_view name = has_port ? authority.substr(0, colon) : authority;
  const absl::string_view port = absl::StartsWith(scheme, "https") ? ":443" : ":80";
  return {has_port ? std::string(url) : absl::StrCat(scheme, authority, port, rest), absl::StrCat(scheme, name, rest)};
}

bool IsSigned(const std::vector<std::string>& tokens, absl::string_view url, absl::string_view signed_params,
              absl::string_view signature) {
  bool is_signed = false;
  for (const std::string& form : UrlForms(url)) {
    for (const std::string& token : tokens) {
      if (token.empty()) continue;
      is_signed |= EqualInConstantTime(Sign(token, absl::StrCat(form, signed_params)), signature);
    }
  }
  return is_signed;
}

}  // namespace

bool IsSignedForm(const std::vector<std::string>& tokens, absl::string_view url, const FormFields& params,
                  absl::string_view signature) {
  // Sorted by name in byte order; a name that is there twice has its different
  // values, sorted. Empty values count.
  std::map<std::string, std::set<std::string>> sorted;
  for (const auto& [name, value] : params) sorted[name].insert(value);
  std::string text;
  for (const auto& [name, values] : sorted) {
    for (const std::string& value : values) absl::StrAppend(&text, name, value);
  }
  return IsSigned(tokens, url, text, signature);
}

bool IsSignedBody(const std::vector<std::string>& tokens, absl::string_view url, absl::string_view body,
                  absl::string_view signature) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(body.data(), body.size(), digest, &length, EVP_sha256(), nullptr);
  const std::string hash = absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length));
  const std::size_t query = url.find('?');
  if (query == absl::string_view::npos) return false;
  bool hash_matches = false;
  for (const absl::string_view pair : absl::StrSplit(url.substr(query + 1), '&')) {
    if (absl::StartsWith(pair, "bodySHA256=")) {
      hash_matches = EqualInConstantTime(absl::AsciiStrToLower(pair.substr(11)), hash);
    }
  }
  return hash_matches && IsSigned(tokens, url, "", signature);
}

}  // namespace afterhours::twilio
