#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace afterhours::db {

// A parameter of a statement: text in PostgreSQL's input form, or NULL.
class Param {
 public:
  Param(std::string text) : text_(std::move(text)) {}          // NOLINT(google-explicit-constructor)
  Param(const char* text) : text_(std::string(text)) {}        // NOLINT(google-explicit-constructor)
  Param(absl::string_view text) : text_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Param(std::int64_t value);                                   // NOLINT(google-explicit-constructor)
  Param(int value) : Param(std::int64_t{value}) {}             // NOLINT(google-explicit-constructor)
  Param(absl::Time time);                                      // NOLINT(google-explicit-constructor)
  Param(std::optional<absl::Time> time);                       // NOLINT(google-explicit-constructor)

  // NULL, or the text, valid as long as this.
  const char* c_str() const { return text_.has_value() ? text_->c_str() : nullptr; }

 private:
  std::optional<std::string> text_;
};

using Params = std::vector<Param>;

// Builds one array parameter, for `unnest`: a column of a set of rows.
class Column {
 public:
  void Add(absl::string_view text);
  void Add(const std::string& text) { Add(absl::string_view(text)); }
  void Add(const char* text) { Add(absl::string_view(text)); }
  void Add(std::int64_t value);
  void Add(int value) { Add(std::int64_t{value}); }
  void Add(double value);
  void Add(absl::Time time);
  void Add(const std::optional<absl::Time>& time);
  // NULL for the empty string.
  void AddOrNull(absl::string_view text);

  operator Param() const;  // NOLINT(google-explicit-constructor)

 private:
  void AddRaw(absl::string_view text);

  std::string text_ = "{";
};

}  // namespace afterhours::db
