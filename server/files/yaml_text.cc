#include "server/files/yaml_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace afterhours::files {
namespace {

using Kind = YamlValue::Kind;

constexpr std::size_t kColumnsMax = 110;
constexpr std::size_t kIndent = 2;
constexpr int kNestingMax = 2;  // a map with lists of texts in it

// What YAML 1.1 or 1.2 reads as something else than a text.
constexpr absl::string_view kWords[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};

// What other readers take for the end of a line, or do not take at all.
bool HasOddCharacter(absl::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
    const bool control = byte(at) == 0xc2 && byte(at + 1) < 0xa0;
    const bool separator = byte(at) == 0xe2 && byte(at + 1) == 0x80 && (byte(at + 2) == 0xa8 || byte(at + 2) == 0xa9);
    const bool byte_order_mark = byte(at) == 0xef && byte(at + 1) == 0xbb && byte(at + 2) == 0xbf;
    if (control || separator || byte_order_mark) return true;
  }
  return false;
}

bool NeedsQuotes(absl::string_view text) {
  const auto is_letter = [](unsigned char c) { return absl::ascii_isalpha(c) || c >= 0x80; };
  const auto is_plain = [&](unsigned char c) {
    return is_letter(c) || absl::ascii_isdigit(c) ||
           absl::StrContains(" _./()&'+-@", std::string(1, static_cast<char>(c)));
  };
  if (text.empty() || !is_letter(static_cast<unsigned char>(text.front())) || text.back() == ' ') return true;
  if (!std::all_of(text.begin(), text.end(), is_plain) || HasOddCharacter(text)) return true;
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](absl::string_view word) { return absl::EqualsIgnoreCase(text, word); });
}

// A code point of two or three bytes as \uXXXX, when it is an odd one.
std::size_t EscapeOdd(absl::string_view text, std::size_t at, std::string& out) {
  const std::size_t length = static_cast<unsigned char>(text[at]) >= 0xe0 ? 3 : 2;
  const absl::string_view one = text.substr(at, length);
  if (!HasOddCharacter(one)) return 0;
  unsigned int character = static_cast<unsigned char>(one[0]) & (length == 3 ? 0x0f : 0x1f);
  for (const char c : one.substr(1)) character = character << 6 | (static_cast<unsigned char>(c) & 0x3f);
  absl::StrAppendFormat(&out, "\\u%04X", character);
  return length;
}

// How deep it is nested: 0 for a text.
int NestingOf(const YamlValue& value) {
  int deepest = 0;
  if (value.kind == Kind::kText) return 0;
  for (const YamlValue& item : value.items) deepest = std::max(deepest, NestingOf(item));
  for (const auto& [name, member] : value.members) deepest = std::max(deepest, NestingOf(member));
  return deepest + 1;
}

std::string InOneLine(const YamlValue& value) {
  if (value.kind == Kind::kText) return value.text;
  std::string out;
  for (const YamlValue& item : value.items) absl::StrAppend(&out, out.empty() ? "" : ", ", InOneLine(item));
  for (const auto& [name, member] : value.members) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", name, ": ", InOneLine(member));
  }
  return value.kind == Kind::kList ? absl::StrCat("[", out, "]") : absl::StrCat("{", out, "}");
}

// Whether it is written in one line, of which `columns` are taken already.
bool FitsInLine(const YamlValue& value, std::size_t columns) {
  if (value.kind == Kind::kText || (value.items.empty() && value.members.empty())) return true;
  const int nesting = NestingOf(value);
  const bool list_of_maps = value.kind == Kind::kList && nesting > 1;
  return nesting <= kNestingMax && !list_of_maps && columns + InOneLine(value).size() <= kColumnsMax;
}

}  // namespace

YamlValue YamlValue::Text(std::string written) {
  YamlValue value;
  value.kind = Kind::kText;
  value.text = std::move(written);
  return value;
}

YamlValue YamlValue::List(std::vector<YamlValue> items) {
  YamlValue value;
  value.kind = Kind::kList;
  value.items = std::move(items);
  return value;
}

std::string QuoteYaml(absl::string_view text) {
  if (!NeedsQuotes(text)) return std::string(text);
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(text[at]);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&out, "\\x%02X", c);
    } else if (const std::size_t length = c >= 0x80 ? EscapeOdd(text, at, out) : 0; length > 0) {
      at += length - 1;
    } else {
      out.push_back(text[at]);
    }
  }
  return out + "\"";
}

std::string WriteYaml(const YamlValue& value, std::size_t indent) {
  const std::string pad(indent, ' ');
  std::string out;
  for (const auto& [name, member] : value.members) {
    const bool short_one = FitsInLine(member, indent + name.size() + 2);
    absl::StrAppend(&out, pad, name, ":");
    absl::StrAppend(
        &out, short_one ? absl::StrCat(" ", InOneLine(member), "\n") : "\n" + WriteYaml(member, indent + kIndent));
  }
  for (const YamlValue& item : value.items) {
    if (FitsInLine(item, indent + kIndent)) {
      absl::StrAppend(&out, pad, "- ", InOneLine(item), "\n");
    } else {  // its first line begins behind the dash
      absl::StrAppend(&out, pad, "- ", WriteYaml(item, indent + kIndent).substr(indent + kIndent));
    }
  }
  return out;
}

}  // namespace afterhours::files
