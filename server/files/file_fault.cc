#include "server/files/file_fault.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace afterhours::files {
namespace {

constexpr std::size_t kPlacesMax = 10'000;

}  // namespace

std::string FilePlace::ToString() const {
  const std::string before = parent != nullptr ? parent->ToString() : "";
  if (name.empty()) return absl::StrCat(before, "[", index, "]");
  return before.empty() ? std::string(name) : absl::StrCat(before, ".", name);
}

void FileFaults::Add(const std::string& place, const std::string& rule, int line) {
  const std::string description = line > 0 ? absl::StrCat(rule, " (line ", line, ")") : rule;
  const auto is_same = [&](const FieldViolation& other) {
    return other.field == place && other.description == description;
  };
  const bool known_place = places_.count(place) > 0;
  if (known_place && std::any_of(named_.begin(), named_.end(), is_same)) return;
  if (!known_place && places_.size() < kPlacesMax) places_.insert(place);
  if (named_.size() < kNamedMax) {
    named_.push_back({place, description});
  } else {
    ++unnamed_count_;
  }
}

bool FileFaults::Covers(absl::string_view place) const {
  if (places_.empty()) return false;
  for (std::size_t end = place.size(); end > 0; --end) {
    const bool boundary = end == place.size() || place[end] == '.' || place[end] == '[';
    if (boundary && places_.count(place.substr(0, end)) > 0) return true;
  }
  return false;
}

absl::Status FileFaults::status() const {
  if (named_.empty()) return absl::OkStatus();
  std::vector<FieldViolation> violations = named_;
  if (unnamed_count_ > 0) violations.push_back({"the file", absl::StrCat("and ", unnamed_count_, " more")});
  return InvalidFields(violations);
}

}  // namespace afterhours::files
