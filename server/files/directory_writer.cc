// Writes the directory as a file.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/files/directory_yaml.h"
#include "server/files/file_fields.h"
#include "server/files/message_writer.h"

namespace afterhours::files {
namespace {

constexpr char kHeader[] = "# The directory of Afterhours; docs/directory.md\n";
constexpr std::size_t kMemberIndent = 4;  // of a business's members, behind "  - "

// The roster, without the keys that a reader gives by itself.
YamlValue WriteRoster(const v1::BusinessDirectory& directory, const std::optional<absl::TimeZone>& zone) {
  std::vector<YamlValue> entries;
  for (const v1::RosterEntry& entry : directory.roster()) {
    YamlValue& map = entries.emplace_back(WriteMessage(entry, zone));
    if (!entry.key().empty() && entry.key() == entry.technician()) map.members.erase(map.members.begin());
  }
  return YamlValue::List(std::move(entries));
}

// By urgency, the highest first.
YamlValue WritePolicies(const v1::BusinessDirectory& directory, const std::optional<absl::TimeZone>& zone) {
  YamlValue map;
  for (const v1::Policy& policy : directory.policies()) {
    const auto* urgency = v1::Urgency_descriptor()->FindValueByNumber(policy.urgency());
    if (urgency != nullptr) map.members.push_back({ShortName(*urgency), WriteMessage(policy, zone)});
  }
  return map;
}

YamlValue WriteDirectory(const v1::BusinessDirectory& directory) {
  std::optional<absl::TimeZone> zone(std::in_place);
  if (!absl::LoadTimeZone(directory.business().time_zone(), &*zone)) zone.reset();
  YamlValue map = WriteMessage(directory.business(), zone);
  YamlValue lists = WriteMessage(directory, zone);
  for (auto& [name, list] : lists.members) {
    if (name == "business") continue;
    if (name == "roster") list = WriteRoster(directory, zone);
    if (name == "policies") list = WritePolicies(directory, zone);
    map.members.push_back({name, std::move(list)});
  }
  return map;
}

}  // namespace

std::string FormatDirectory(const std::vector<v1::BusinessDirectory>& directories, bool with_header) {
  std::string out = with_header ? absl::StrCat(kHeader, "businesses:", directories.empty() ? " []\n" : "\n") : "";
  for (const v1::BusinessDirectory& directory : directories) {
    const bool first = with_header && &directory == &directories.front();
    const std::string members = WriteYaml(WriteDirectory(directory), kMemberIndent);
    absl::StrAppend(&out, first ? "" : "\n", "  - ", members.substr(kMemberIndent));
  }
  return out;
}

std::string FormatResource(const google::protobuf::Message& resource) {
  return WriteYaml(WriteMessage(resource, std::nullopt), 0);
}

}  // namespace afterhours::files
