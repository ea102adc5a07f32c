#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace afterhours::files {

// A value in a YAML file. An alias is the same node in another place.
struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 1;    // where it begins, from 1
  int column = 1;  // likewise
  std::string text;
  std::vector<const YamlNode*> children;  // a list's items; a map's names and values in turn
  std::int64_t size = 1;                  // how many nodes it is, with all aliases written out

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsText() const { return kind == Kind::kText; }
  bool IsList() const { return kind == Kind::kList; }
  bool IsMap() const { return kind == Kind::kMap; }
  // The first member of that name; nullptr when there is none, or it says nothing.
  const YamlNode* Member(absl::string_view name) const;
};

// The nodes of a file; the first is its root.
using YamlTree = std::deque<YamlNode>;

// How deep nodes may be nested, and how many there may be with all aliases
// written out: a few lines of aliases to aliases can stand for billions.
inline constexpr std::size_t kYamlDepthMax = 32;
inline constexpr std::int64_t kYamlNodesMax = 6'000'000;

// Reads one document of YAML, or of JSON, which is YAML. Errors:
// INVALID_ARGUMENT that says what is wrong, with line and column.
absl::StatusOr<YamlTree> ParseYaml(const std::string& yaml);

}  // namespace afterhours::files
