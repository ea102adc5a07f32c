#include "adapters/bridge/manual_dispatch.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace afterhours::bridge {
namespace {

using nlohmann::json;

constexpr const char* kCallDataFields[] = {"callId",         "callerPhone",  "twilioToNumber",
                                           "emergencyLevel", "issueSummary", "transcript"};

// Reads text members of one object, and collects what is wrong.
class Fields {
 public:
  Fields(const json& object, std::string prefix, std::vector<FieldViolation>& violations)
      : object_(object), prefix_(std::move(prefix)), violations_(violations) {}

  std::string Text(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return "";
    if (found->is_string()) return found->get<std::string>();
    violations_.push_back({absl::StrCat(prefix_, name), "must be a text"});
    return "";
  }

 private:
  const json& object_;
  const std::string prefix_;
  std::vector<FieldViolation>& violations_;
};

}  // namespace

absl::StatusOr<v1::DispatchRequest> ReadManualDispatch(absl::string_view body) {
  const json root = json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return Error(absl::StatusCode::kInvalidArgument, "MALFORMED", "the body is not JSON");
  if (!root.is_object()) return Error(absl::StatusCode::kInvalidArgument, "MALFORMED", "the body is not a JSON object");
  std::vector<FieldViolation> violations;
  const auto data = root.find("callData");
  if (data == root.end() || !data->is_object()) {
    violations.push_back({"callData", "is required, an object"});
    return InvalidFields(violations);
  }
  for (const auto& [name, value] : data->items()) {
    const bool known = std::any_of(std::begin(kCallDataFields), std::end(kCallDataFields),
                                   [&name = name](const char* field) { return name == field; });
    if (!known) violations.push_back({absl::StrCat("callData.", name), "is not a known field"});
  }
  Fields outer(root, "", violations), fields(*data, "callData.", violations);
  v1::DispatchRequest request;
  v1::Call& call = *request.mutable_call();
  call.set_source(v1::CALL_SOURCE_MANUAL);
  const std::string own_id = fields.Text("callId"), call_id = outer.Text("callId");
  call.set_external_call_id(call_id.empty() ? own_id : call_id);
  call.set_caller_number(fields.Text("callerPhone"));
  call.set_called_number(fields.Text("twilioToNumber"));
  call.set_summary(fields.Text("issueSummary"));
  call.set_transcript(fields.Text("transcript"));
  const std::string level = absl::AsciiStrToUpper(fields.Text("emergencyLevel"));
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  if (!level.empty() &&
      (!v1::Urgency_Parse(absl::StrCat("URGENCY_", level), &urgency) || urgency == v1::URGENCY_UNSPECIFIED)) {
    violations.push_back({"callData.emergencyLevel", "must be HIGH, MEDIUM or LOW"});
  }
  call.set_urgency(urgency);
  if (!violations.empty()) return InvalidFields(violations);
  return request;
}

}  // namespace afterhours::bridge
