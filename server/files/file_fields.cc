#include "server/files/file_fields.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace afterhours::files {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

constexpr int kDays = 7;
constexpr std::size_t kShortDay = 3;
constexpr int kRangeMin = 3;  // fewer days are as short by themselves

bool IsInFiles(const FieldDescriptor& field) {
  static const auto& not_in_files =
      *new std::set<absl::string_view>{"id", "etag", "create_time", "update_time", "is_default"};
  const bool is_map_key = field.containing_type() == v1::Policy::descriptor() && field.name() == "urgency";
  return not_in_files.count(field.name()) == 0 && !is_map_key;
}

// "TRADE_" of TRADE_UNSPECIFIED.
absl::string_view PrefixOf(const EnumDescriptor& type) {
  const absl::string_view none = type.value(0)->name();
  return none.substr(0, none.size() - absl::string_view("UNSPECIFIED").size());
}

std::string ShortDay(int day) { return ShortName(*v1::DayOfWeek_descriptor()->value(day)).substr(0, kShortDay); }

std::optional<v1::DayOfWeek> DayNamed(absl::string_view name) {
  for (int day = 1; day <= kDays; ++day) {
    const std::string full = ShortName(*v1::DayOfWeek_descriptor()->value(day));
    if (absl::EqualsIgnoreCase(name, full) || absl::EqualsIgnoreCase(name, full.substr(0, kShortDay))) {
      return static_cast<v1::DayOfWeek>(day);
    }
  }
  return std::nullopt;
}

using FieldsByMessage = std::map<const Descriptor*, FileFields>;

// Those of `message`, and of all that it can have in it.
void AddWithin(const Descriptor& message, FieldsByMessage& all) {
  if (!all.try_emplace(&message, message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    if (const Descriptor* nested = message.field(i)->message_type()) AddWithin(*nested, all);
  }
}

int DayAfter(int day) { return day % kDays + 1; }

}  // namespace

FileFields::FileFields(const Descriptor& message) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (!IsInFiles(*field)) continue;
    by_name_[field->name()] = field;
    in_order_.push_back(field);
  }
  for (const auto& [name, field] : by_name_) names_.emplace_back(name);
  const auto rank = [](const FieldDescriptor* field) {
    return field->name() == "key" ? 0 : field->real_containing_oneof() != nullptr ? 1 : 2;
  };
  std::stable_sort(in_order_.begin(), in_order_.end(),
                   [&](const FieldDescriptor* left, const FieldDescriptor* right) { return rank(left) < rank(right); });
}

const FieldDescriptor* FileFields::Find(absl::string_view name) const {
  const auto found = by_name_.find(name);
  return found != by_name_.end() ? found->second : nullptr;
}

const FileFields& FieldsOf(const Descriptor& message) {
  static const auto& made = *new FieldsByMessage([] {
    FieldsByMessage all;
    AddWithin(*v1::BusinessDirectory::descriptor(), all);
    return all;
  }());
  return made.at(&message);
}

std::string ShortName(const EnumValueDescriptor& value) { return value.name().substr(PrefixOf(*value.type()).size()); }

const EnumValueDescriptor* ValueNamed(const EnumDescriptor& type, absl::string_view name) {
  const std::string upper = absl::AsciiStrToUpper(name);
  const EnumValueDescriptor* value = type.FindValueByName(absl::StrCat(PrefixOf(type), upper));
  if (value == nullptr) value = type.FindValueByName(upper);
  return value != nullptr && value->number() != 0 ? value : nullptr;
}

std::string NamesOf(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 1; i < type.value_count(); ++i) names.push_back(ShortName(*type.value(i)));
  return absl::StrJoin(names, ", ");
}

std::optional<std::vector<v1::DayOfWeek>> ParseDays(absl::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = DayNamed(absl::StripAsciiWhitespace(text.substr(0, dash)));
  const auto last =
      dash == absl::string_view::npos ? first : DayNamed(absl::StripAsciiWhitespace(text.substr(dash + 1)));
  if (!first.has_value() || !last.has_value()) return std::nullopt;
  std::vector<v1::DayOfWeek> days = {*first};
  while (days.back() != *last) days.push_back(static_cast<v1::DayOfWeek>(DayAfter(days.back())));
  return days;
}

std::vector<std::string> FormatDays(const std::vector<v1::DayOfWeek>& days) {
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin < days.size();) {
    std::size_t end = begin + 1;
    while (end < days.size() && end - begin < kDays && days[end] == DayAfter(days[end - 1])) ++end;
    if (end - begin >= kRangeMin) {
      items.push_back(absl::StrCat(ShortDay(days[begin]), "-", ShortDay(days[end - 1])));
      begin = end;
    } else {
      items.push_back(ShortDay(days[begin++]));
    }
  }
  return items;
}

}  // namespace afterhours::files
