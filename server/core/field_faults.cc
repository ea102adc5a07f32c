#include "server/core/field_faults.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/text.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kQuotedBytesMax = 40;

bool IsLetterOrDigit(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c));
}

}  // namespace

bool IsKey(absl::string_view text) {
  return !text.empty() && text.size() <= kKeyBytesMax && IsLetterOrDigit(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLetterOrDigit(c) || c == '-' || c == '_'; }) &&
         !IsId(text);
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", CutText(CleanText(text), kQuotedBytesMax), "\"");
}

std::string ItemPath(absl::string_view list, int index) { return absl::StrCat(list, "[", index, "]"); }

std::string FieldPath(absl::string_view path, absl::string_view field) { return absl::StrCat(path, ".", field); }

void FieldFaults::CheckKey(const std::string& path, const std::string& key,
                           std::map<std::string, std::string>& places) {
  if (!IsKey(key)) {
    Add(FieldPath(path, "key"),
        absl::StrCat("must be 1 to ", kKeyBytesMax,
                     R"( of a-z, 0-9, "-" and "_", begin with a letter or a digit, and be no UUID)"));
    return;
  }
  const auto [place, is_new] = places.emplace(key, path);
  if (!is_new) {
    Add(FieldPath(path, "key"),
        absl::StrCat(Quoted(key), " is the key of ", place->second, " too; give each a key of its own"));
  }
}

}  // namespace afterhours::core
