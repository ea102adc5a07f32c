#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::files {

// Hands out keys, each once.
class KeyMaker {
 public:
  // `key` is somebody's already. False: it was before.
  bool Reserve(const std::string& key) { return taken_.insert(key).second; }

  // `base`, or the first of "base-2", "base-3", ... that is free; at most 64 bytes.
  std::string Make(const std::string& base);

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> last_;  // the last number tried, by base
};

// A key for a name: lower case, accents folded, "-" for all else ("Müller & Co."
// is "muller-co"). Empty where nothing of the name is left.
std::string Slug(absl::string_view name);

}  // namespace afterhours::files
