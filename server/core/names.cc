#include "server/core/names.h"

#include <iterator>

#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

constexpr absl::string_view kUrgency = "URGENCY_";
constexpr absl::string_view kDispatchStatus = "DISPATCH_STATUS_";
constexpr absl::string_view kPageState = "PAGE_STATE_";
constexpr absl::string_view kChannel = "CHANNEL_";
constexpr absl::string_view kCallSource = "CALL_SOURCE_";
constexpr absl::string_view kEventKind = "EVENT_KIND_";
constexpr absl::string_view kScreening = "SCREENING_";
constexpr absl::string_view kDirectoryProblem = "DIRECTORY_PROBLEM_";

constexpr const char* kTimerKinds[] = {"STEP", "CUTOFF", "CHECK", "REPLIES", "OPINION"};  // as TimerKind counts

// `full` is the generated name; "" for a number that the enum does not know.
std::string WithoutPrefix(const std::string& full, absl::string_view prefix) {
  return full.size() > prefix.size() ? full.substr(prefix.size()) : full;
}

template <typename Enum>
Enum ParseName(absl::string_view prefix, absl::string_view name,
               bool (*parse)(google::protobuf::ConstStringParam, Enum*)) {
  Enum value{};
  return parse(absl::StrCat(prefix, name), &value) ? value : Enum{};
}

}  // namespace

std::string Name(v1::Urgency value) { return WithoutPrefix(v1::Urgency_Name(value), kUrgency); }
std::string Name(v1::DispatchStatus value) { return WithoutPrefix(v1::DispatchStatus_Name(value), kDispatchStatus); }
std::string Name(v1::PageState value) { return WithoutPrefix(v1::PageState_Name(value), kPageState); }
std::string Name(v1::Channel value) { return WithoutPrefix(v1::Channel_Name(value), kChannel); }
std::string Name(v1::CallSource value) { return WithoutPrefix(v1::CallSource_Name(value), kCallSource); }
std::string Name(v1::EventKind value) { return WithoutPrefix(v1::EventKind_Name(value), kEventKind); }
std::string Name(v1::Screening value) { return WithoutPrefix(v1::Screening_Name(value), kScreening); }
std::string Name(v1::DirectoryProblem value) {
  return WithoutPrefix(v1::DirectoryProblem_Name(value), kDirectoryProblem);
}

std::string Name(TimerKind value) { return kTimerKinds[static_cast<std::size_t>(value)]; }

TimerKind ParseTimerKind(absl::string_view name) {
  std::size_t kind = 0;
  while (kind + 1 < std::size(kTimerKinds) && name != kTimerKinds[kind]) ++kind;
  return static_cast<TimerKind>(kind);
}

v1::Urgency ParseUrgency(absl::string_view name) { return ParseName(kUrgency, name, &v1::Urgency_Parse); }
v1::DispatchStatus ParseDispatchStatus(absl::string_view name) {
  return ParseName(kDispatchStatus, name, &v1::DispatchStatus_Parse);
}
v1::PageState ParsePageState(absl::string_view name) { return ParseName(kPageState, name, &v1::PageState_Parse); }
v1::Channel ParseChannel(absl::string_view name) { return ParseName(kChannel, name, &v1::Channel_Parse); }
v1::CallSource ParseCallSource(absl::string_view name) { return ParseName(kCallSource, name, &v1::CallSource_Parse); }
v1::EventKind ParseEventKind(absl::string_view name) { return ParseName(kEventKind, name, &v1::EventKind_Parse); }
v1::Screening ParseScreening(absl::string_view name) { return ParseName(kScreening, name, &v1::Screening_Parse); }

}  // namespace afterhours::core
