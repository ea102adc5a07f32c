// Between the API's policies and the rules'.

#include <google/protobuf/util/time_util.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "server/core/directory.h"

namespace afterhours::core {
namespace {

constexpr int kNoTime = -1;

// "HH:MM" in minutes after midnight; kNoTime when it is none.
int MinuteOfDay(const std::string& text) {
  const auto digit = [&text](std::size_t at) { return absl::ascii_isdigit(static_cast<unsigned char>(text[at])); };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return kNoTime;
  const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  return hour < 24 && minute < 60 ? hour * 60 + minute : kNoTime;
}

std::string TimeOfDay(int minute) { return absl::StrFormat("%02d:%02d", minute / 60, minute % 60); }

absl::Duration SpanOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration Message(absl::Duration span) {
  return google::protobuf::util::TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(span));
}

template <typename Steps>
std::vector<PolicyStep> StepsOf(const Steps& messages) {
  std::vector<PolicyStep> steps;
  for (const v1::PolicyStep& step : messages) {
    const bool known = v1::Channel_IsValid(step.channel());
    steps.push_back({known ? step.channel() : v1::CHANNEL_UNSPECIFIED, SpanOf(step.wait())});
  }
  return steps;
}

template <typename Steps>
void Write(const std::vector<PolicyStep>& steps, Steps* out) {
  for (const PolicyStep& step : steps) {
    v1::PolicyStep& message = *out->Add();
    message.set_channel(step.channel);
    *message.mutable_wait() = Message(step.wait);
  }
}

}  // namespace

Policy PolicyOf(const v1::Policy& message) {
  Policy policy;
  policy.technician_steps = StepsOf(message.steps());
  policy.owner_steps = StepsOf(message.owner_steps());
  policy.round_count = message.rounds() == 0 ? 1 : message.rounds();
  policy.cutoff = SpanOf(message.cutoff());
  if (message.has_hold())
    policy.hold = DayWindow{MinuteOfDay(message.hold().from()), MinuteOfDay(message.hold().until())};
  return policy;
}

v1::Policy PolicyMessage(v1::Urgency urgency, const Policy& policy) {
  v1::Policy message;
  message.set_urgency(urgency);
  Write(policy.technician_steps, message.mutable_steps());
  Write(policy.owner_steps, message.mutable_owner_steps());
  message.set_rounds(policy.round_count);
  *message.mutable_cutoff() = Message(policy.cutoff);
  if (policy.hold.has_value()) {
    message.mutable_hold()->set_from(TimeOfDay(policy.hold->from_minute));
    message.mutable_hold()->set_until(TimeOfDay(policy.hold->until_minute));
  }
  return message;
}

Policies PoliciesOf(const v1::BusinessDirectory& directory) {
  Policies policies = DefaultPolicies();
  for (const v1::Policy& own : directory.policies()) policies[own.urgency()] = PolicyOf(own);
  return policies;
}

}  // namespace afterhours::core
