#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace afterhours::core {

// Whether it can be a key: 1 to 64 of a-z, 0-9, "-" and "_", beginning with a
// letter or a digit; and no UUID, for things are found by their ids as well.
bool IsKey(absl::string_view text);

// A text of somebody else's, in quotes and fit for a message: clean and short.
std::string Quoted(absl::string_view text);

// Paths: "roster[2]", and "roster[2].windows".
std::string ItemPath(absl::string_view list, int index);
std::string FieldPath(absl::string_view path, absl::string_view field);

// Collects what is wrong with a message.
class FieldFaults {
 public:
  void Add(std::string path, std::string rule) { faults_.push_back({std::move(path), std::move(rule)}); }

  // The key of what is at `path`; `places` has those before, by their keys.
  void CheckKey(const std::string& path, const std::string& key, std::map<std::string, std::string>& places);

  bool empty() const { return faults_.empty(); }
  std::vector<FieldViolation> Take() { return std::move(faults_); }

 private:
  std::vector<FieldViolation> faults_;
};

}  // namespace afterhours::core
