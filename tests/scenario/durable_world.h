#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/harness/world.h"

namespace afterhours::testing {

// Smith Plumbing with Ana, then Bo, then its owner Sam, and one policy for every
// urgency: a text, two minutes later a call, two minutes later the next one.
inline std::string DurableDirectory(const std::string& ana_more = "", const std::string& step_wait = "2m") {
  return absl::StrCat(R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/Los_Angeles
    numbers: ["+1 949 555 0100"]
    sms_sender: "+19495550101"
    owner: {name: Sam Smith, phone: "+19495550199"}
    technicians:
      - {key: ana, name: Ana Diaz, sms: "+19495550111")",
                      ana_more, R"(}
      - {key: bo, name: Bo Chen, sms: "+19495550112"}
    roster:
      - {technician: ana, priority: 1}
      - {technician: bo, priority: 2}
    policies:
      HIGH: &all
        steps: [{channel: SMS, wait: )",
                      step_wait, R"(}, {channel: VOICE, wait: 2m}]
        owner_steps: [{channel: SMS, wait: 2m}, {channel: VOICE, wait: 2m}]
        cutoff: 1h
      MEDIUM: *all
      LOW: *all
)");
}

// Just over the wait of a step.
inline constexpr absl::Duration kStepWait = absl::Seconds(121);

}  // namespace afterhours::testing
