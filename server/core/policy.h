#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours::core {

// One step of a policy: a page over `channel`, then `wait` for an ack before
// the next step. A step that cannot be taken does not wait.
struct PolicyStep {
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  absl::Duration wait;
};

// A part of the day, in minutes after midnight, business's time. `until` before
// `from` is on the next day.
struct DayWindow {
  int from_minute = 0;
  int until_minute = 0;
};

// How a dispatch of one urgency escalates: the steps for each technician on
// call in turn, then those for the owner, all of it `round_count` times; without
// an ack it ends at the cutoff.
struct Policy {
  std::vector<PolicyStep> technician_steps;
  std::vector<PolicyStep> owner_steps;
  int round_count = 1;
  absl::Duration cutoff;          // from the first step, or from the end of the hold
  std::optional<DayWindow> hold;  // what starts then waits until its end: "can wait for the morning"
};

using Policies = std::map<v1::Urgency, Policy>;

// What holds for a business that says nothing else: one policy per urgency.
Policies DefaultPolicies();

// What is wrong with a policy, a line per fault ("steps: ..."); empty
// when it can work.
std::vector<std::string> PolicyFaults(const Policy& policy);

// When the hold that `now` is in ends; unset when there is none. A business's
// midnight is its own: `time_zone` is an IANA name.
std::optional<absl::Time> HoldEnd(const Policy& policy, absl::Time now, const std::string& time_zone);

}  // namespace afterhours::core
