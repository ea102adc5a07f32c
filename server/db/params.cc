#include "server/db/params.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace afterhours::db {
namespace {

std::string TimeText(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone()); }

}  // namespace

Param::Param(std::int64_t value) : text_(absl::StrCat(value)) {}
Param::Param(absl::Time time) : text_(TimeText(time)) {}
Param::Param(std::optional<absl::Time> time) {
  if (time.has_value()) text_ = TimeText(*time);
}

void Column::Add(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  AddRaw(quoted);
}

void Column::Add(std::int64_t value) { AddRaw(absl::StrCat(value)); }
void Column::Add(double value) { AddRaw(absl::StrFormat("%.17g", value)); }
void Column::Add(absl::Time time) { Add(absl::string_view(TimeText(time))); }

void Column::Add(const std::optional<absl::Time>& time) {
  if (time.has_value()) {
    Add(*time);
  } else {
    AddRaw("NULL");
  }
}

void Column::AddOrNull(absl::string_view text) {
  if (text.empty()) {
    AddRaw("NULL");
  } else {
    Add(text);
  }
}

Column::operator Param() const { return Param(text_ + "}"); }

void Column::AddRaw(absl::string_view text) {
  if (text_.size() > 1) text_.push_back(',');
  absl::StrAppend(&text_, text);
}

}  // namespace afterhours::db
