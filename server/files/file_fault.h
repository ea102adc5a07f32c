#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/status.h"

namespace afterhours::files {

// Where something stands in a file. `parent` must outlive it: they are made on
// the way down, and written out only when there is something to say.
struct FilePlace {
  const FilePlace* parent = nullptr;
  absl::string_view name;  // a member; empty: an item
  std::size_t index = 0;   // of an item

  FilePlace Member(absl::string_view member) const { return {this, member, 0}; }
  FilePlace Item(std::size_t item) const { return {this, {}, item}; }
  std::string ToString() const;  // "businesses[0].name"
};

// What is wrong with a file.
class FileFaults {
 public:
  // As many are named; of the others only how many there are is told.
  static constexpr std::size_t kNamedMax = 200;

  // The same about the same place counts once. `line` is from 1; 0: not known.
  void Add(const std::string& place, const std::string& rule, int line);

  // Whether something was said of `place`, or of what it stands in.
  bool Covers(absl::string_view place) const;

  // OK, or all of them as INVALID_ARGUMENT (FIELD_INVALID).
  absl::Status status() const;

 private:
  std::vector<FieldViolation> named_;
  std::int64_t unnamed_count_ = 0;
  std::set<std::string, std::less<>> places_;  // of the named ones, and of some more
};

}  // namespace afterhours::files
