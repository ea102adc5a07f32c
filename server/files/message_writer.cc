#include "server/files/message_writer.h"

#include <google/protobuf/descriptor.h>

#include <iterator>

#include "absl/strings/str_cat.h"
#include "server/files/file_fields.h"
#include "server/files/times.h"

namespace afterhours::files {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kRegionDefault = "US";

class MessageWriter {
 public:
  MessageWriter(const Message& message, const std::optional<absl::TimeZone>& zone)
      : message_(message), reflection_(*message.GetReflection()), zone_(zone) {}

  YamlValue Write() const {
    YamlValue map;
    for (const FieldDescriptor* field : FieldsOf(*message_.GetDescriptor()).in_order()) {
      if (!IsSaid(*field)) continue;
      if (field->name() == "contact_methods" && WriteShorthand(map)) continue;
      map.members.push_back({field->name(), WriteField(*field)});
    }
    return map;
  }

 private:
  // False for what is not set, and for what a file means without saying it.
  bool IsSaid(const FieldDescriptor& field) const {
    if (field.is_repeated()) return reflection_.FieldSize(message_, &field) > 0;
    if (!reflection_.HasField(message_, &field)) return false;
    const auto* parent = field.containing_type();
    if (parent == v1::Technician::descriptor() && field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      return !reflection_.GetBool(message_, &field);  // active, available
    }
    if (parent == v1::Business::descriptor() && field.name() == "region") {
      return reflection_.GetString(message_, &field) != kRegionDefault;
    }
    const bool counts_from_one = (parent == v1::Policy::descriptor() && field.name() == "rounds") ||
                                 (parent == v1::Rotation::descriptor() && field.name() == "shift_length") ||
                                 (parent == v1::Override::descriptor() && field.name() == "priority");
    if (counts_from_one) return reflection_.GetInt32(message_, &field) != 1;
    return true;
  }

  YamlValue WriteField(const FieldDescriptor& field) const {
    if (!field.is_repeated()) return WriteValue(field, kSingle);
    std::vector<YamlValue> items;
    if (field.enum_type() == v1::DayOfWeek_descriptor()) {
      std::vector<v1::DayOfWeek> days;
      for (int i = 0; i < reflection_.FieldSize(message_, &field); ++i) {
        days.push_back(static_cast<v1::DayOfWeek>(reflection_.GetRepeatedEnumValue(message_, &field, i)));
      }
      for (const std::string& item : FormatDays(days)) items.push_back(YamlValue::Text(item));
      return YamlValue::List(std::move(items));
    }
    for (int i = 0; i < reflection_.FieldSize(message_, &field); ++i) items.push_back(WriteValue(field, i));
    return YamlValue::List(std::move(items));
  }

  YamlValue WriteValue(const FieldDescriptor& field, int index) const {
    const bool many = index != kSingle;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteNested(many ? reflection_.GetRepeatedMessage(message_, &field, index)
                                : reflection_.GetMessage(message_, &field));
      case FieldDescriptor::CPPTYPE_INT32:
        return YamlValue::Text(absl::StrCat(many ? reflection_.GetRepeatedInt32(message_, &field, index)
                                                 : reflection_.GetInt32(message_, &field)));
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value =
            many ? reflection_.GetRepeatedBool(message_, &field, index) : reflection_.GetBool(message_, &field);
        return YamlValue::Text(value ? "true" : "false");
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return YamlValue::Text(ShortName(
            *(many ? reflection_.GetRepeatedEnum(message_, &field, index) : reflection_.GetEnum(message_, &field))));
      default:  // the only other type that the directory has is the text
        return YamlValue::Text(QuoteYaml(many ? reflection_.GetRepeatedString(message_, &field, index)
                                              : reflection_.GetString(message_, &field)));
    }
  }

  YamlValue WriteNested(const Message& nested) const {
    if (const auto* span = google::protobuf::DynamicCastToGenerated<google::protobuf::Duration>(&nested)) {
      return YamlValue::Text(FormatSpan(*span));
    }
    if (const auto* moment = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&nested)) {
      return YamlValue::Text(QuoteYaml(FormatMoment(*moment, zone_)));
    }
    return MessageWriter(nested, zone_).Write();
  }

  // `sms`, `voice` and so on, where they say the same as the list: one of each
  // channel at most, in the order of the shorthands. False: they cannot.
  bool WriteShorthand(YamlValue& map) const {
    const auto* technician = google::protobuf::DynamicCastToGenerated<v1::Technician>(&message_);
    if (technician == nullptr) return false;
    std::vector<YamlMember> members;
    const Shorthand* next = std::begin(kShorthands);
    std::string sms, voice;
    for (const v1::ContactMethod& method : technician->contact_methods()) {
      while (next != std::end(kShorthands) && next->channel != method.channel()) ++next;
      if (next == std::end(kShorthands) || method.address().empty() || method.address() == kNoCalls) return false;
      if (next->channel == v1::CHANNEL_SMS) sms = method.address();
      if (next->channel == v1::CHANNEL_VOICE) voice = method.address();
      const bool said = next->channel != v1::CHANNEL_VOICE || voice != sms;
      if (said) members.push_back({next->member, YamlValue::Text(QuoteYaml(method.address()))});
      ++next;
    }
    const auto after_sms = members.begin() + (sms.empty() ? 0 : 1);
    if (!sms.empty() && voice.empty()) members.insert(after_sms, {"voice", YamlValue::Text(std::string(kNoCalls))});
    for (auto& member : members) map.members.push_back(std::move(member));
    return true;
  }

  static constexpr int kSingle = -1;
  const Message& message_;
  const google::protobuf::Reflection& reflection_;
  const std::optional<absl::TimeZone>& zone_;
};

}  // namespace

YamlValue WriteMessage(const Message& message, const std::optional<absl::TimeZone>& zone) {
  return MessageWriter(message, zone).Write();
}

}  // namespace afterhours::files
