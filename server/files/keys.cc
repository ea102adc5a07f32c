#include "server/files/keys.h"

#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace afterhours::files {
namespace {

constexpr std::size_t kKeyBytesMax = 64;

// U+00C0 to U+017F without their accents.
constexpr std::uint32_t kFoldedFirst = 0xc0;
constexpr const char* kFolded[] = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // C0
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss",  // D0
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // E0
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y",   // F0
    "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c", "c", "c", "c", "c", "d",  "d",   // 100
    "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e", "e", "e", "g", "g", "g",  "g",   // 110
    "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i", "i", "i", "i", "i", "i",  "i",   // 120
    "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l", "l", "l", "l", "l", "l",  "l",   // 130
    "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "n", "n", "n", "o", "o", "o",  "o",   // 140
    "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r", "s", "s", "s", "s", "s",  "s",   // 150
    "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u", "u", "u", "u", "u", "u",  "u",   // 160
    "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z", "z", "z", "z", "z", "z",  "s"};  // 170

// The character at `at`, which moves behind it. Broken bytes are characters that
// nothing is left of.
std::uint32_t NextCharacter(absl::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  std::uint32_t character = first >= 0xf0 ? first & 0x07 : first >= 0xe0 ? first & 0x0f : first & 0x1f;
  while (at < text.size() && (byte(at) & 0xc0) == 0x80) character = character << 6 | (byte(at++) & 0x3f);
  return character;
}

bool IsDropped(std::uint32_t character) {
  const bool combining_accent = character >= 0x300 && character <= 0x36f;
  return combining_accent || character == '\'' || character == 0x2019;  // of "O'Brien"
}

std::string CutKey(const std::string& key, std::size_t bytes_max) {
  std::string cut = key.substr(0, bytes_max);
  while (!cut.empty() && cut.back() == '-') cut.pop_back();
  return cut;
}

}  // namespace

std::string KeyMaker::Make(const std::string& base) {
  if (base.size() <= kKeyBytesMax && Reserve(base)) return base;
  for (int& i = last_.emplace(base, 1).first->second;;) {
    const std::string suffix = absl::StrCat("-", ++i);
    const std::string key = CutKey(base, kKeyBytesMax - suffix.size()) + suffix;
    if (Reserve(key)) return key;
  }
}

std::string Slug(absl::string_view name) {
  std::string slug;
  for (std::size_t at = 0; at < name.size();) {
    const std::uint32_t character = NextCharacter(name, at);
    if (IsDropped(character)) continue;
    std::string letters;
    if (character < 0x80) {
      const char c = absl::ascii_tolower(static_cast<unsigned char>(character));
      if (absl::ascii_isalnum(static_cast<unsigned char>(c))) letters = c;
    } else if (character >= kFoldedFirst && character - kFoldedFirst < std::size(kFolded)) {
      letters = kFolded[character - kFoldedFirst];
    }
    if (!letters.empty()) {
      slug += letters;
    } else if (!slug.empty() && slug.back() != '-') {
      slug.push_back('-');
    }
  }
  return CutKey(slug, kKeyBytesMax);
}

}  // namespace afterhours::files
