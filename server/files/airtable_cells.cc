#include "server/files/airtable_cells.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace afterhours::files {
namespace {

bool IsOneOf(absl::string_view text, std::initializer_list<absl::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Words alone: "Out-of-Office" is "out of office".
std::string Words(absl::string_view cell) {
  std::string words = absl::AsciiStrToLower(cell);
  std::replace_if(
      words.begin(), words.end(), [](unsigned char c) { return c < 0x80 && !absl::ascii_isalnum(c); }, ' ');
  return ComparableName(words);
}

struct TradeWord {
  const char* part;
  v1::Trade trade;
};

constexpr TradeWord kTradeWords[] = {{"property", v1::TRADE_PROPERTY},
                                     {"restoration", v1::TRADE_RESTORATION},
                                     {"damage", v1::TRADE_RESTORATION},
                                     {"mould", v1::TRADE_RESTORATION},
                                     {"mold", v1::TRADE_RESTORATION},
                                     {"locksmith", v1::TRADE_LOCKSMITH},
                                     {"electric", v1::TRADE_ELECTRICAL},
                                     {"hvac", v1::TRADE_HEATING_COOLING},
                                     {"heating", v1::TRADE_HEATING_COOLING},
                                     {"cooling", v1::TRADE_HEATING_COOLING},
                                     {"air conditioning", v1::TRADE_HEATING_COOLING},
                                     {"refrigeration", v1::TRADE_HEATING_COOLING},
                                     {"plumb", v1::TRADE_PLUMBING},
                                     {"drain", v1::TRADE_PLUMBING}};

}  // namespace

std::optional<bool> ParseCheckbox(absl::string_view cell) {
  const std::string word = Words(cell);
  if (IsOneOf(word, {"checked", "true", "yes", "y", "1", "x", "active"})) return true;
  if (IsOneOf(word, {"", "unchecked", "false", "no", "n", "0", "inactive"})) return false;
  return std::nullopt;
}

std::optional<bool> ParseAvailability(absl::string_view cell) {
  const std::string word = Words(cell);
  if (IsOneOf(word, {"available", "on call", "on duty", "yes", "checked"})) return true;
  if (IsOneOf(word, {"unavailable", "not available", "off", "off call", "off duty", "away", "busy", "holiday", "leave",
                     "on leave", "vacation", "on vacation", "pto", "sick", "out", "out of office", "no"})) {
    return false;
  }
  return std::nullopt;
}

std::optional<int> ParsePriority(absl::string_view cell) {
  absl::ConsumeSuffix(&cell, ".0");
  int priority = 0;
  if (!absl::SimpleAtoi(cell, &priority) || priority < 1) return std::nullopt;
  return priority;
}

std::optional<v1::Trade> ParseTrade(absl::string_view cell) {
  const std::string words = Words(cell);
  std::set<v1::Trade> trades;
  for (const TradeWord& word : kTradeWords) {
    if (absl::StrContains(words, word.part)) trades.insert(word.trade);
  }
  if (trades.empty()) return std::nullopt;
  return trades.size() == 1 ? *trades.begin() : v1::TRADE_UNSPECIFIED;
}

std::optional<std::vector<v1::Channel>> ParseChannels(absl::string_view cell) {
  std::vector<v1::Channel> channels;
  for (const std::string& part : SplitCell(cell)) {
    const std::string word = Words(part);
    v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
    if (IsOneOf(word, {"sms", "text", "text message"})) channel = v1::CHANNEL_SMS;
    if (IsOneOf(word, {"voice", "call", "phone", "phone call"})) channel = v1::CHANNEL_VOICE;
    if (IsOneOf(word, {"email", "e mail", "mail"})) channel = v1::CHANNEL_EMAIL;
    if (word == "whatsapp") channel = v1::CHANNEL_WHATSAPP;
    if (channel == v1::CHANNEL_UNSPECIFIED) return std::nullopt;
    if (std::count(channels.begin(), channels.end(), channel) == 0) channels.push_back(channel);
  }
  return channels;
}

std::vector<std::string> SplitCell(absl::string_view cell) {
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(cell, absl::ByAnyChar(",;/|\r\n"))) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(part);
    if (!stripped.empty()) parts.emplace_back(stripped);
  }
  return parts;
}

std::string ComparableName(absl::string_view name) {
  return absl::StrJoin(absl::StrSplit(absl::AsciiStrToLower(name), absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()), " ");
}

bool IsTimeZone(const std::string& name) {
  absl::TimeZone zone;
  return (absl::StrContains(name, "/") || name == "UTC") && absl::LoadTimeZone(name, &zone);
}

bool IsEmail(absl::string_view text) {
  const std::size_t sign = text.find('@');
  return sign != absl::string_view::npos && sign > 0 && sign + 1 < text.size() &&
         text.find_first_of(" \t\r\n,;<>") == absl::string_view::npos;
}

}  // namespace afterhours::files
