#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::files {

// The fields of a message that a file has: all but what the server sets itself,
// and a policy's urgency, which is its name in the map of policies.
class FileFields {
 public:
  explicit FileFields(const google::protobuf::Descriptor& message);

  // nullptr: a file has no such field.
  const google::protobuf::FieldDescriptor* Find(absl::string_view name) const;

  // In the order in which they are written: the key, then who it is about, then
  // the others in the order of the API.
  const std::vector<const google::protobuf::FieldDescriptor*>& in_order() const { return in_order_; }

  // By name, as they are told to who has misspelt one.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<absl::string_view, const google::protobuf::FieldDescriptor*> by_name_;
  std::vector<const google::protobuf::FieldDescriptor*> in_order_;
  std::vector<std::string> names_;
};

// Those of a message that a BusinessDirectory can have in it.
const FileFields& FieldsOf(const google::protobuf::Descriptor& message);

// "HEATING_COOLING" for TRADE_HEATING_COOLING.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);
// The value of that short or full name, in any case; nullptr when there is none,
// or it is the one that means nothing.
const google::protobuf::EnumValueDescriptor* ValueNamed(const google::protobuf::EnumDescriptor& type,
                                                        absl::string_view name);
// "LOW, MEDIUM, HIGH".
std::string NamesOf(const google::protobuf::EnumDescriptor& type);

// The members that stand for a technician's contact methods.
struct Shorthand {
  const char* member;
  v1::Channel channel;
};
inline constexpr Shorthand kShorthands[] = {{"sms", v1::CHANNEL_SMS},
                                            {"voice", v1::CHANNEL_VOICE},
                                            {"email", v1::CHANNEL_EMAIL},
                                            {"whatsapp", v1::CHANNEL_WHATSAPP}};
// What `voice` says of somebody who gets no calls.
inline constexpr absl::string_view kNoCalls = "none";

// "MON", "MON-FRI" and "FRI-MON" (over the Sunday), and days by their long names:
// the days meant. Unset: not such a thing.
std::optional<std::vector<v1::DayOfWeek>> ParseDays(absl::string_view text);
// What ParseDays reads back to the same, item by item.
std::vector<std::string> FormatDays(const std::vector<v1::DayOfWeek>& days);

}  // namespace afterhours::files
