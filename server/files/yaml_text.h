#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace afterhours::files {

struct YamlMember;

// A value to be written as YAML.
struct YamlValue {
  enum class Kind { kText, kList, kMap };
  Kind kind = Kind::kMap;
  std::string text;                 // kText: as it stands in the file, with its quotes
  std::vector<YamlValue> items;     // kList
  std::vector<YamlMember> members;  // kMap

  static YamlValue Text(std::string written);
  static YamlValue List(std::vector<YamlValue> items);
};

struct YamlMember {
  std::string name;  // needs no quotes
  YamlValue value;
};

// `text` as YAML: in quotes where it would be read as something else without, by
// any reader.
std::string QuoteYaml(absl::string_view text);

// A map's members or a list's items, a line each, `indent` spaces in. What is
// simple and short stands in one line: {key: ana, name: Ana}.
std::string WriteYaml(const YamlValue& value, std::size_t indent);

}  // namespace afterhours::files
