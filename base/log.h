#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace afterhours {

// A named value of a log line. Phone numbers in text are masked but for their
// last four digits; secrets must not be passed at all.
struct LogField {
  LogField(absl::string_view n, absl::string_view v) : name(n), value(std::string(v)) {}
  LogField(absl::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(absl::string_view n, const char* v) : name(n), value(std::string(v)) {}
  LogField(absl::string_view n, const absl::Status& v) : name(n), value(v.ToString()) {}
  LogField(absl::string_view n, std::int64_t v) : name(n), value(v) {}
  LogField(absl::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  LogField(absl::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  LogField(absl::string_view n, double v) : name(n), value(v) {}
  LogField(absl::string_view n, bool v) : name(n), value(v) {}

  std::string name;
  std::variant<std::string, std::int64_t, double, bool> value;
};

// Writes one JSON line to stderr: time, severity, the process, a constant
// message, and the fields. Thread safe; a line is never torn.
void LogInfo(absl::string_view message, std::vector<LogField> fields = {});
void LogWarning(absl::string_view message, std::vector<LogField> fields = {});
void LogError(absl::string_view message, std::vector<LogField> fields = {});

// The name of the process in every line. Call once, before threads start.
void SetLogProcess(absl::string_view name);

// `text` with each phone number ("+" and 7 to 15 digits) masked: "+1949***8362".
std::string MaskPhones(absl::string_view text);

}  // namespace afterhours
