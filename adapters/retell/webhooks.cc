#include "adapters/retell/webhooks.h"

#include <strings.h>

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "base/phone.h"
#include "base/text.h"

namespace afterhours::retell {
namespace {

using nlohmann::json;

constexpr std::size_t kSummaryBytesMax = 4000;
constexpr std::size_t kTranscriptBytesMax = 200000;

// A text member, clean; "" when it is missing, null or something else.
std::string Text(const json& object, const char* name, std::size_t bytes_max = 500) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return "";
  return CutText(CleanText(found->get_ref<const std::string&>()), bytes_max);
}

const json& Object(const json& parent, const char* name) {
  static const json& empty = *new json(json::object());
  const auto found = parent.find(name);
  return found != parent.end() && found->is_object() ? *found : empty;
}

// A time in milliseconds, or unset when it is missing or beyond what a
// Timestamp can hold (the year 9999).
std::optional<google::protobuf::Timestamp> Time(const json& call, const char* name) {
  constexpr std::int64_t kMillisMax = 253402300799999;
  const auto found = call.find(name);
  if (found == call.end() || !found->is_number_integer()) return std::nullopt;
  const auto millis = found->get<std::int64_t>();
  if (millis <= 0 || millis > kMillisMax) return std::nullopt;
  google::protobuf::Timestamp time;
  time.set_seconds(millis / 1000);
  time.set_nanos(static_cast<int>(millis % 1000) * 1000000);
  return time;
}

// A number in E.164, or "" for what is none ("anonymous"): without a caller's
// number a call is still a call.
std::string Number(const json& call, const char* name) { return ToE164(Text(call, name)).value_or(""); }

// The level that the agent was told to extract, in whatever case it wrote it.
v1::Urgency GivenUrgency(const json& analysis) {
  const std::string level = Text(Object(analysis, "custom_analysis_data"), "emergency_level");
  const auto is = [&level](const char* word) { return strcasecmp(level.c_str(), word) == 0; };
  if (is("high")) return v1::URGENCY_HIGH;
  if (is("medium")) return v1::URGENCY_MEDIUM;
  if (is("low")) return v1::URGENCY_LOW;
  return v1::URGENCY_UNSPECIFIED;
}

// Half a surrogate pair in an escape ("\\ud83d" alone: a text cut in the middle
// of an emoji) is no JSON to the parser. It becomes "\\ufffd".
std::string MendSurrogates(std::string body) {
  constexpr std::size_t kEscapeLength = 6;  // \\uXXXX
  const auto unit_at = [&body](std::size_t at) -> int {
    int unit = 0;
    const bool escape = body.compare(at, 2, "\\u") == 0 && at + kEscapeLength <= body.size() &&
                        absl::SimpleHexAtoi(body.substr(at + 2, 4), &unit);
    return escape ? unit : -1;
  };
  for (std::size_t at = body.find('\\'); at < body.size(); at = body.find('\\', at)) {
    const int unit = unit_at(at);
    if (unit < 0) {
      at += 2;  // another escape
      continue;
    }
    const bool high = unit >= 0xd800 && unit <= 0xdbff, low = unit >= 0xdc00 && unit <= 0xdfff;
    const int next = high ? unit_at(at + kEscapeLength) : -1;
    const bool paired = next >= 0xdc00 && next <= 0xdfff;
    if (low || (high && !paired)) body.replace(at, kEscapeLength, "\\ufffd");
    at += paired ? 2 * kEscapeLength : kEscapeLength;
  }
  return body;
}

v1::DispatchRequest ReadCall(const json& call) {
  v1::DispatchRequest request;
  v1::Call& out = *request.mutable_call();
  out.set_source(v1::CALL_SOURCE_RETELL);
  out.set_external_call_id(Text(call, "call_id", 128));
  out.set_caller_number(Number(call, "from_number"));
  out.set_called_number(Number(call, "to_number"));
  out.set_retell_agent_id(Text(call, "agent_id", 128));
  const json& analysis = Object(call, "call_analysis");
  out.set_summary(Text(analysis, "call_summary", kSummaryBytesMax));
  out.set_transcript(Text(call, "transcript", kTranscriptBytesMax));
  out.set_urgency(GivenUrgency(analysis));
  if (const auto start = Time(call, "start_timestamp")) *out.mutable_start_time() = *start;
  if (const auto end = Time(call, "end_timestamp")) *out.mutable_end_time() = *end;
  out.set_twilio_call_sid(Text(Object(call, "telephony_identifier"), "twilio_call_sid"));
  return request;
}

}  // namespace

absl::StatusOr<Event> ReadEvent(absl::string_view body) {
  const json root = json::parse(MendSurrogates(CleanText(body)), nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return absl::InvalidArgumentError("the body is not JSON");
  if (!root.is_object()) return absl::InvalidArgumentError("the body is not a JSON object");
  Event event;
  event.kind = Text(root, "event");
  if (event.kind.empty()) return absl::InvalidArgumentError("\"event\" is missing");
  if (event.kind != "call_ended" && event.kind != "call_analyzed") return event;
  const json& call = Object(root, "call");
  if (Text(call, "direction") == "outbound") return event;  // we called them
  if (Text(call, "call_id").empty()) return absl::InvalidArgumentError("\"call.call_id\" is missing");
  event.dispatch = ReadCall(call);
  return event;
}

}  // namespace afterhours::retell
