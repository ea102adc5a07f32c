#include "server/store/directory_json.h"

#include <google/protobuf/util/json_util.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "server/core/directory.h"
#include "server/core/names.h"
#include "server/store/parsed_texts.h"

namespace afterhours::store {
namespace {

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (status.ok()) return json;
  return absl::InternalError(absl::StrCat(message.GetTypeName(), " cannot be written as JSON: ", status.ToString()));
}

// nullptr for what cannot be read.
std::shared_ptr<const v1::BusinessDirectory> ParseDetails(const std::string& json) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  auto details = std::make_shared<v1::BusinessDirectory>();
  if (!google::protobuf::util::JsonStringToMessage(json, details.get(), options).ok()) return nullptr;
  if (details->business().region().empty()) details->mutable_business()->set_region("US");
  return details;
}

}  // namespace

absl::StatusOr<std::string> DetailsToJson(const v1::BusinessDirectory& directory) {
  v1::BusinessDirectory details;
  const v1::Business& business = directory.business();
  v1::Business& kept = *details.mutable_business();
  kept.set_region(business.region());
  kept.set_trade(business.trade());
  *kept.mutable_urgency_rules() = business.urgency_rules();
  if (business.has_repeat_call_window()) *kept.mutable_repeat_call_window() = business.repeat_call_window();
  *details.mutable_roster() = directory.roster();
  *details.mutable_overrides() = directory.overrides();
  for (v1::RosterEntry& entry : *details.mutable_roster()) core::ClearOutputOnly(entry);
  for (v1::Override& change : *details.mutable_overrides()) core::ClearOutputOnly(change);
  return ToJson(details);
}

bool AddDetails(const std::string& json, v1::BusinessDirectory& directory) {
  static auto& parsed = *new ParsedTexts<v1::BusinessDirectory>(&ParseDetails);
  const auto details = parsed.Get(json);
  if (details == nullptr) return false;
  directory.MergeFrom(*details);
  return true;
}

void AddTechnicians(const std::string& json, v1::BusinessDirectory& directory) {
  const nlohmann::json list = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return;
  for (const nlohmann::json& row : list) {
    v1::Technician& technician = *directory.add_technicians();
    technician.set_key(row.at(0).get<std::string>());
    technician.set_id(row.at(1).get<std::string>());
    technician.set_name(row.at(2).get<std::string>());
    technician.set_active(row.at(3).get<bool>());
    technician.set_available(row.at(4).get<bool>());
    for (const nlohmann::json& contact : row.at(5)) {
      v1::ContactMethod& method = *technician.add_contact_methods();
      method.set_channel(core::ParseChannel(contact.at(0).get<std::string>()));
      method.set_address(contact.at(1).get<std::string>());
    }
  }
}

absl::StatusOr<std::string> ResourceToJson(const google::protobuf::Message& resource) {
  const std::unique_ptr<google::protobuf::Message> copy(resource.New());
  copy->CopyFrom(resource);
  core::ClearOutputOnly(*copy);
  return ToJson(*copy);
}

}  // namespace afterhours::store
