#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "absl/time/time.h"

namespace afterhours::db {

// Reads the columns of a row from left to right, in the order of the
// statement's select list. Times are selected as microseconds: micros(column).
class RowReader {
 public:
  explicit RowReader(const pqxx::row& row) : row_(row) {}

  // NULL reads as "".
  std::string Text() { return row_[next_++].as<std::string>(std::string()); }
  std::int64_t Int() { return row_[next_++].as<std::int64_t>(); }
  double Real() { return row_[next_++].as<double>(); }
  bool Bool() { return row_[next_++].as<bool>(); }
  absl::Time Time() { return absl::FromUnixMicros(Int()); }
  std::optional<absl::Time> OptionalTime() {
    const pqxx::field field = row_[next_++];
    if (field.is_null()) return std::nullopt;
    return absl::FromUnixMicros(field.as<std::int64_t>());
  }

 private:
  const pqxx::row row_;
  int next_ = 0;
};

}  // namespace afterhours::db
