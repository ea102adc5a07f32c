#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/files/file_fault.h"
#include "server/files/file_fields.h"
#include "server/files/yaml_tree.h"

namespace afterhours::files {

// Reads messages of the API from YAML: a field that is added to the API is in
// files at once. What cannot be read is a fault, and leaves its field empty; an
// item of a list is there all the same, so that places in the message are places
// in the file.
class MessageReader {
 public:
  explicit MessageReader(FileFaults& faults) : faults_(faults) {}

  // Whose clock moments without a zone are read by. UTC at first.
  void set_zone(absl::TimeZone zone) { zone_ = zone; }

  // Reads the members of a map, and refuses those that `message` does not have.
  void ReadMessage(const YamlNode& node, const FilePlace& place, google::protobuf::Message& message);

  // Reads one field of `message`.
  void ReadField(const YamlNode& node, const FilePlace& place, const google::protobuf::FieldDescriptor& field,
                 google::protobuf::Message& message);

  // Calls `read` for each member of a map. It is false for one that is not
  // known, which is refused, as is a member that is there twice. `names` are told.
  using ReadMember = std::function<bool(const std::string& name, const YamlNode& value, const FilePlace& place)>;
  void ForEachMember(const YamlNode& node, const FilePlace& place, const std::vector<std::string>& names,
                     const ReadMember& read);

  void Fault(const FilePlace& place, const std::string& rule, const YamlNode& node) {
    faults_.Add(place.ToString(), rule, node.line);
  }

 private:
  void ReadTechnician(const YamlNode& node, const FilePlace& place, v1::Technician& technician);
  void ReadDays(const YamlNode& node, const FilePlace& place, const google::protobuf::FieldDescriptor& field,
                google::protobuf::Message& message);
  void ReadValue(const YamlNode& node, const FilePlace& place, const google::protobuf::FieldDescriptor& field,
                 google::protobuf::Message& message);
  void ReadNested(const YamlNode& node, const FilePlace& place, google::protobuf::Message& message);
  // How many items of a list are read; a fault when there are more.
  std::size_t ItemCount(const YamlNode& list, const FilePlace& place);
  bool ReadText(const YamlNode& node, const FilePlace& place, std::string& text);

  FileFaults& faults_;
  absl::TimeZone zone_ = absl::UTCTimeZone();
};

// A technician's contact methods where they are written as `sms`, `voice` and so
// on: each with the member that says it, in the order of preference.
struct ShorthandMethod {
  std::string member;
  v1::ContactMethod method;
};
std::vector<ShorthandMethod> ShorthandMethods(const YamlNode& technician);

}  // namespace afterhours::files
