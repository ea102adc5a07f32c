#include "server/files/message_reader.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/text.h"
#include "server/files/times.h"

namespace afterhours::files {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kShownBytesMax = 40;
// No list of a business may be longer by the API's rules. What is refused anyway
// must not take long.
constexpr std::size_t kItemsMax = 1000;

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", CutText(CleanText(text), kShownBytesMax), "\"");
}

bool IsOneOf(absl::string_view text, std::initializer_list<absl::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](absl::string_view word) { return absl::EqualsIgnoreCase(text, word); });
}

}  // namespace

void MessageReader::ForEachMember(const YamlNode& node, const FilePlace& place, const std::vector<std::string>& names,
                                  const ReadMember& read) {
  if (!node.IsMap()) return Fault(place, "must be a map", node);
  std::vector<const std::string*> seen;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = *node.children[i];
    const std::string name = key.IsText() && IsCleanText(key.text) ? key.text : "?";
    const FilePlace at = place.Member(name);
    if (std::any_of(seen.begin(), seen.end(), [&](const std::string* other) { return *other == name; })) {
      Fault(at, "is there twice", key);
    } else if (read(name, *node.children[i + 1], at)) {
      seen.push_back(&key.text);
    } else {
      Fault(place.Member(CutText(name, kShownBytesMax)),
            absl::StrCat("is not known; known are ", absl::StrJoin(names, ", ")), key);
    }
  }
}

void MessageReader::ReadMessage(const YamlNode& node, const FilePlace& place, Message& message) {
  const FileFields& fields = FieldsOf(*message.GetDescriptor());
  ForEachMember(node, place, fields.names(), [&](const std::string& name, const YamlNode& value, const FilePlace& at) {
    const FieldDescriptor* field = fields.Find(name);
    if (field == nullptr) return false;
    ReadField(value, at, *field, message);
    return true;
  });
}

void MessageReader::ReadField(const YamlNode& node, const FilePlace& place, const FieldDescriptor& field,
                              Message& message) {
  if (node.IsNull()) return;
  if (const auto* one_of = field.real_containing_oneof();
      one_of != nullptr && message.GetReflection()->HasOneof(message, one_of)) {
    return Fault(place,
                 absl::StrCat("cannot be together with ",
                              message.GetReflection()->GetOneofFieldDescriptor(message, one_of)->name()),
                 node);
  }
  if (field.is_repeated() && field.enum_type() == v1::DayOfWeek_descriptor()) {
    return ReadDays(node, place, field, message);
  }
  if (!field.is_repeated()) return ReadValue(node, place, field, message);
  if (!node.IsList()) return Fault(place, "must be a list", node);
  const std::size_t count = ItemCount(node, place);
  for (std::size_t i = 0; i < count; ++i) {
    ReadValue(*node.children[i], place.Item(i), field, message);
  }
}

std::size_t MessageReader::ItemCount(const YamlNode& list, const FilePlace& place) {
  if (list.children.size() <= kItemsMax) return list.children.size();
  Fault(place, absl::StrCat("has ", list.children.size(), " items; at most ", kItemsMax, " are read"), list);
  return kItemsMax;
}

void MessageReader::ReadValue(const YamlNode& node, const FilePlace& place, const FieldDescriptor& field,
                              Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  std::string text;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return ReadNested(node, place,
                      *(many ? reflection.AddMessage(&message, &field) : reflection.MutableMessage(&message, &field)));
  }
  const bool is_text = ReadText(node, place, text);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
    case FieldDescriptor::CPPTYPE_INT32: {
      std::int32_t value = 0;
      if (is_text && !absl::SimpleAtoi(text, &value)) Fault(place, "must be a whole number", node);
      return many ? reflection.AddInt32(&message, &field, value) : reflection.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool value = IsOneOf(text, {"true", "yes", "on", "y"});
      if (is_text && !value && !IsOneOf(text, {"false", "no", "off", "n"})) {
        Fault(place, "must be true or false", node);
      }
      return many ? reflection.AddBool(&message, &field, value) : reflection.SetBool(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = ValueNamed(*field.enum_type(), text);
      if (is_text && value == nullptr) {
        Fault(place, absl::StrCat(Quoted(text), " is not known; known are ", NamesOf(*field.enum_type())), node);
      }
      const int number = value != nullptr ? value->number() : 0;
      return many ? reflection.AddEnumValue(&message, &field, number)
                  : reflection.SetEnumValue(&message, &field, number);
    }
    default:
      return Fault(place, "cannot be in a file", node);
  }
}

void MessageReader::ReadNested(const YamlNode& node, const FilePlace& place, Message& message) {
  if (auto* technician = google::protobuf::DynamicCastToGenerated<v1::Technician>(&message)) {
    return ReadTechnician(node, place, *technician);
  }
  std::string text;
  if (auto* span = google::protobuf::DynamicCastToGenerated<google::protobuf::Duration>(&message)) {
    if (!ReadText(node, place, text)) return;
    const auto value = ParseSpan(text);
    if (!value.has_value()) return Fault(place, Quoted(text) + " is not a span like 90s, 2m or 1h30m", node);
    *span = *value;
  } else if (auto* moment = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) {
    if (!ReadText(node, place, text)) return;
    const auto value = ParseMoment(text, zone_);
    if (!value.has_value()) {
      return Fault(place,
                   Quoted(text) +
                       " is not a time like 2026-12-24T18:00, by the business's clock, or "
                       "2026-12-24T18:00:00Z",
                   node);
    }
    *moment = *value;
  } else {
    ReadMessage(node, place, message);
  }
}

void MessageReader::ReadTechnician(const YamlNode& node, const FilePlace& place, v1::Technician& technician) {
  const FileFields& fields = FieldsOf(*v1::Technician::descriptor());
  static const auto& names = *new std::vector<std::string>([&] {
    std::set<std::string> all(fields.names().begin(), fields.names().end());
    for (const Shorthand& shorthand : kShorthands) all.insert(shorthand.member);
    return std::vector<std::string>(all.begin(), all.end());
  }());
  const bool written_out = node.Member("contact_methods") != nullptr;
  ForEachMember(node, place, names, [&](const std::string& name, const YamlNode& value, const FilePlace& at) {
    if (const FieldDescriptor* field = fields.Find(name)) {
      ReadField(value, at, *field, technician);
      return true;
    }
    const bool known = std::any_of(std::begin(kShorthands), std::end(kShorthands),
                                   [&](const Shorthand& shorthand) { return shorthand.member == name; });
    if (!known || value.IsNull()) return known;
    std::string text;
    if (written_out) {
      Fault(at, "cannot be together with contact_methods", value);
    } else {
      ReadText(value, at, text);
    }
    return true;
  });
  if (written_out) return;
  for (ShorthandMethod& one : ShorthandMethods(node)) *technician.add_contact_methods() = std::move(one.method);
}

void MessageReader::ReadDays(const YamlNode& node, const FilePlace& place, const FieldDescriptor& field,
                             Message& message) {
  const auto read = [&](const YamlNode& item, const FilePlace& at) {
    std::string text;
    if (!ReadText(item, at, text)) return;
    const auto days = ParseDays(text);
    if (!days.has_value()) return Fault(at, Quoted(text) + " is not a day, or days, like MON or MON-FRI", item);
    for (const v1::DayOfWeek day : *days) message.GetReflection()->AddEnumValue(&message, &field, day);
  };
  if (node.IsMap()) return Fault(place, "must be a list", node);
  if (!node.IsList()) return read(node, place);
  const std::size_t count = ItemCount(node, place);
  for (std::size_t i = 0; i < count; ++i) read(*node.children[i], place.Item(i));
}

// False, and a fault, for what is no text. Nothing at all is an empty one.
bool MessageReader::ReadText(const YamlNode& node, const FilePlace& place, std::string& text) {
  if (node.IsList() || node.IsMap()) {
    Fault(place, "must be a text", node);
  } else if (!IsCleanText(node.text)) {
    Fault(place, "is not valid UTF-8, or has a NUL in it", node);
  } else {
    text = node.text;
    return true;
  }
  return false;
}

std::vector<ShorthandMethod> ShorthandMethods(const YamlNode& technician) {
  std::vector<ShorthandMethod> methods;
  const auto text_of = [&](const char* member) -> std::string {
    const YamlNode* value = technician.Member(member);
    return value != nullptr && value->IsText() && IsCleanText(value->text) ? value->text : "";
  };
  for (const Shorthand& shorthand : kShorthands) {
    std::string member = shorthand.member;
    std::string address = text_of(shorthand.member);
    // The number that takes texts takes calls as well, unless the file says otherwise.
    if (shorthand.channel == v1::CHANNEL_VOICE && address.empty()) {
      member = "sms";
      address = text_of("sms");
    }
    if (address.empty() || (shorthand.channel == v1::CHANNEL_VOICE && address == kNoCalls)) continue;
    ShorthandMethod& method = methods.emplace_back();
    method.member = std::move(member);
    method.method.set_channel(shorthand.channel);
    method.method.set_address(std::move(address));
  }
  return methods;
}

}  // namespace afterhours::files
