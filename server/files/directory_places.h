#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "server/files/yaml_tree.h"

namespace afterhours::files {

// The members of a map of policies that are urgencies, in the order of the file:
// the policies of the message in theirs.
struct PolicyMember {
  std::string name;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  const YamlNode* node = nullptr;
};
std::vector<PolicyMember> PolicyMembers(const YamlNode& policies);

// Where a file says what is at `path` in a BusinessDirectory.
struct PlaceInFile {
  std::string path;  // within the business: "technicians[0].sms" for "technicians[0].contact_methods[0].address"
  int line = 0;      // of it, or of what it is missing in
};
PlaceInFile FindInFile(const YamlNode& business, absl::string_view path);

}  // namespace afterhours::files
