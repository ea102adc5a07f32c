// Reads the directory from a file.

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/core/directory.h"
#include "server/files/directory_places.h"
#include "server/files/directory_yaml.h"
#include "server/files/keys.h"
#include "server/files/message_reader.h"
#include "server/files/times.h"

namespace afterhours::files {
namespace {

using google::protobuf::FieldDescriptor;

// What a business in a file may say: the fields of Business, and beside them
// those of BusinessDirectory.
std::vector<std::string> BusinessMembers() {
  const FileFields& own = FieldsOf(*v1::Business::descriptor());
  const FileFields& lists = FieldsOf(*v1::BusinessDirectory::descriptor());
  std::set<std::string> names(own.names().begin(), own.names().end());
  names.insert(lists.names().begin(), lists.names().end());
  names.erase("business");
  return {names.begin(), names.end()};
}

class DirectoryReader {
 public:
  std::vector<v1::BusinessDirectory> Read(const YamlNode& root) {
    std::vector<v1::BusinessDirectory> directories;
    const FilePlace file{nullptr, "the file", 0}, list{nullptr, "businesses", 0};
    reader_.ForEachMember(root, file, {"businesses"}, [&](const std::string& name, const YamlNode& node, const auto&) {
      if (name != "businesses") return false;
      if (!node.IsNull() && !node.IsList()) reader_.Fault(list, "must be a list", node);
      if (!node.IsList()) return true;
      for (std::size_t i = 0; i < node.children.size(); ++i) {
        directories.push_back(Business(*node.children[i], list.Item(i)));
      }
      return true;
    });
    if (directories.empty() && root.IsMap() && faults_.status().ok()) {
      reader_.Fault(list, "the file names no business", root);
    }
    return directories;
  }

  absl::Status status() const { return faults_.status(); }

 private:
  v1::BusinessDirectory Business(const YamlNode& node, const FilePlace& place) {
    v1::BusinessDirectory directory;
    v1::Business& business = *directory.mutable_business();
    const YamlNode* zone = node.Member("time_zone");
    reader_.set_zone(ZoneNamed(zone != nullptr ? zone->text : ""));
    reader_.ForEachMember(node, place, members_,
                          [&](const std::string& name, const YamlNode& value, const FilePlace& at) {
                            if (const FieldDescriptor* own = FieldsOf(*business.GetDescriptor()).Find(name)) {
                              reader_.ReadField(value, at, *own, business);
                              return true;
                            }
                            const FieldDescriptor* list = FieldsOf(*directory.GetDescriptor()).Find(name);
                            if (list == nullptr || !list->is_repeated()) return false;
                            if (name == "policies") {
                              Policies(value, at, directory);
                            } else {
                              reader_.ReadField(value, at, *list, directory);
                            }
                            return true;
                          });
    if (!node.IsMap()) return directory;
    FillRoster(node, directory);
    FillOverrides(directory);
    Normalize(node, place, directory);
    Once(node, place, business);
    return directory;
  }

  // Urgencies that are not named keep the default policy.
  void Policies(const YamlNode& node, const FilePlace& place, v1::BusinessDirectory& directory) {
    if (node.IsNull()) return;
    static const auto& names = *new std::vector<std::string>{"HIGH", "LOW", "MEDIUM"};
    reader_.ForEachMember(node, place, names, [](const std::string& name, const YamlNode&, const FilePlace&) {
      return ValueNamed(*v1::Urgency_descriptor(), name) != nullptr;
    });
    for (const PolicyMember& member : PolicyMembers(node)) {
      v1::Policy& policy = *directory.add_policies();
      policy.set_urgency(member.urgency);
      reader_.ReadMessage(*member.node, place.Member(member.name), policy);
    }
  }

  // An entry of the roster without a key has its technician's, and without a
  // priority the first.
  void FillRoster(const YamlNode& business, v1::BusinessDirectory& directory) {
    KeyMaker keys;
    for (const v1::RosterEntry& entry : directory.roster()) keys.Reserve(entry.key());
    for (int i = 0; i < directory.roster_size(); ++i) {
      v1::RosterEntry& entry = *directory.mutable_roster(i);
      const YamlNode& node = *business.Member("roster")->children[static_cast<std::size_t>(i)];
      if (node.Member("priority") == nullptr) entry.set_priority(1);
      if (entry.key().empty() && !entry.technician().empty()) entry.set_key(keys.Make(entry.technician()));
    }
  }

  // An override without a key has one made of its technician and first day.
  void FillOverrides(v1::BusinessDirectory& directory) {
    KeyMaker keys;
    const absl::TimeZone zone = ZoneNamed(directory.business().time_zone());
    for (const v1::Override& change : directory.overrides()) keys.Reserve(change.key());
    for (v1::Override& change : *directory.mutable_overrides()) {
      if (!change.key().empty() || change.technician().empty()) continue;
      const std::string day = change.has_start_time() ? absl::StrCat("-", DayOf(change.start_time(), zone)) : "";
      change.set_key(keys.Make(absl::StrCat(change.technician(), day)));
    }
  }

  // What could not be read is not complained about again.
  void Normalize(const YamlNode& node, const FilePlace& place, v1::BusinessDirectory& directory) {
    std::vector<std::pair<PlaceInFile, std::string>> found;
    for (FieldViolation& violation : core::NormalizeDirectory(directory)) {
      PlaceInFile where = FindInFile(node, violation.field);
      where.path = absl::StrCat(place.ToString(), ".", where.path);
      if (!faults_.Covers(where.path)) found.emplace_back(std::move(where), std::move(violation.description));
    }
    for (const auto& [where, rule] : found) faults_.Add(where.path, rule, where.line);
  }

  // What belongs to one business, in the whole file.
  void Once(const YamlNode& node, const FilePlace& place, const v1::Business& business) {
    Once("business key", business.key(), node, place, "key");
    for (int i = 0; i < business.numbers_size(); ++i) {
      if (!absl::StartsWith(business.numbers(i), "+")) continue;  // no number, as was said already
      Once("number", business.numbers(i), node, place, "numbers");
    }
    for (int i = 0; i < business.retell_agent_ids_size(); ++i) {
      Once("voice agent", business.retell_agent_ids(i), node, place, "retell_agent_ids");
    }
  }

  void Once(const char* what, const std::string& value, const YamlNode& node, const FilePlace& place,
            const std::string& path) {
    if (value.empty()) return;
    const auto [first, is_first] = owners_.emplace(absl::StrCat(what, " ", value), Owner{place.index, path});
    if (is_first || first->second.business == place.index) return;
    faults_.Add(absl::StrCat(place.ToString(), ".", path),
                absl::StrCat(what, " ", value, " is at businesses[", first->second.business, "].", first->second.path,
                             " already"),
                FindInFile(node, path).line);
  }

  struct Owner {
    std::size_t business;  // its index in the file
    std::string path;
  };

  FileFaults faults_;
  MessageReader reader_{faults_};
  std::map<std::string, Owner> owners_;  // by what it is and its value
  const std::vector<std::string> members_ = BusinessMembers();
};

absl::Status FileFault(const std::string& rule) { return InvalidFields({{"the file", rule}}); }

}  // namespace

absl::StatusOr<std::vector<v1::BusinessDirectory>> ParseDirectory(const std::string& yaml) {
  if (yaml.size() > kFileBytesMax) {
    return FileFault(absl::StrCat("has ", yaml.size(), " bytes; at most ", kFileBytesMax, " can be taken"));
  }
  const absl::StatusOr<YamlTree> tree = ParseYaml(yaml);
  if (!tree.ok()) return FileFault(absl::StrCat("is not YAML: ", tree.status().message()));
  DirectoryReader reader;
  std::vector<v1::BusinessDirectory> directories = reader.Read(tree->front());
  if (const absl::Status status = reader.status(); !status.ok()) return status;
  return directories;
}

}  // namespace afterhours::files
