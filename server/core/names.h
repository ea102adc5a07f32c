#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "afterhours/v1/dispatch.pb.h"
#include "server/core/snapshot.h"

namespace afterhours::core {

// An enum's value without its prefix: "HIGH" for URGENCY_HIGH. This is how
// values stand in SQL, in logs and in texts.
std::string Name(v1::Urgency value);
std::string Name(v1::DispatchStatus value);
std::string Name(v1::PageState value);
std::string Name(v1::Channel value);
std::string Name(v1::CallSource value);
std::string Name(v1::EventKind value);
std::string Name(v1::Screening value);
std::string Name(v1::DirectoryProblem value);
std::string Name(TimerKind value);

// The value of that name, or its _UNSPECIFIED.
v1::Urgency ParseUrgency(absl::string_view name);
v1::DispatchStatus ParseDispatchStatus(absl::string_view name);
v1::PageState ParsePageState(absl::string_view name);
v1::Channel ParseChannel(absl::string_view name);
v1::CallSource ParseCallSource(absl::string_view name);
v1::EventKind ParseEventKind(absl::string_view name);
v1::Screening ParseScreening(absl::string_view name);
TimerKind ParseTimerKind(absl::string_view name);

}  // namespace afterhours::core
