#include "base/log.h"

#include <unistd.h>

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/text.h"

namespace afterhours {
namespace {

std::string& ProcessName() {
  static std::string& name = *new std::string("afterhours");
  return name;
}

void AppendJsonString(std::string& out, absl::string_view text) {
  out.push_back('"');
  for (const char c : CleanText(text)) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void AppendValue(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    AppendJsonString(out, MaskPhones(*text));
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    absl::StrAppend(&out, *integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    // JSON has no infinities and no NaN.
    absl::StrAppend(&out, std::isfinite(*real) ? absl::StrCat(*real) : "null");
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

void Log(absl::string_view severity, absl::string_view message, const std::vector<LogField>& fields) {
  std::string line = "{\"time\":";
  AppendJsonString(line, absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()));
  absl::StrAppend(&line, ",\"severity\":\"", severity, "\",\"process\":");
  AppendJsonString(line, ProcessName());
  line += ",\"message\":";
  AppendJsonString(line, message);
  for (const LogField& field : fields) {
    line.push_back(',');
    AppendJsonString(line, field.name);
    line.push_back(':');
    AppendValue(line, field);
  }
  line += "}\n";
  // One write per line keeps lines whole; a log that cannot be written must
  // not stop a page.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void LogInfo(absl::string_view message, std::vector<LogField> fields) { Log("INFO", message, fields); }
void LogWarning(absl::string_view message, std::vector<LogField> fields) { Log("WARNING", message, fields); }
void LogError(absl::string_view message, std::vector<LogField> fields) { Log("ERROR", message, fields); }
void SetLogProcess(absl::string_view name) { ProcessName() = std::string(name); }

std::string MaskPhones(absl::string_view text) {
  constexpr std::size_t kDigitsMin = 7, kDigitsMax = 15, kKeepHead = 4, kKeepTail = 4;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    while (text[i] == '+' && end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    const std::size_t digits = end - i - 1;
    if (digits >= kDigitsMin && digits <= kDigitsMax) {
      absl::StrAppend(&out, text.substr(i, digits > kKeepHead + kKeepTail ? 1 + kKeepHead : 1), "***",
                      text.substr(end - kKeepTail, kKeepTail));
    } else {
      absl::StrAppend(&out, text.substr(i, end - i));
    }
    i = end;
  }
  return out;
}

}  // namespace afterhours
