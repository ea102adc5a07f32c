#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace afterhours::testing {

// A business of a directory, in YAML: what a test does not say is as here. It is on
// UTC. Who is paged gets one text, and is waited for ten minutes.
struct Firm {
  std::string key = "smith";
  std::string number = "+19495550100";
  std::string more = "";  // lines of its own: "owner: {...}"
  std::string technicians = R"(
      - {key: ana, name: Ana Diaz, sms: "+19495550111"}
      - {key: bo, name: Bo Chen, sms: "+19495550112"})";
  std::string roster = "[{technician: ana, priority: 1}, {technician: bo, priority: 2}]";
  std::string overrides = "[]";
  std::string steps = "[{channel: SMS, wait: 10m}]";
  std::string hold = "";  // of what is not HIGH: "from: ..., until: ..."
};

// The other business of a directory with two.
inline Firm Jones() {
  return {.key = "jones",
          .number = "+12065550100",
          .technicians = R"(
      - {key: cy, name: Cy Jones, sms: "+12065550111"})",
          .roster = "[{technician: cy, priority: 1}]"};
}
inline constexpr char kCy[] = "+12065550111";
inline constexpr char kNumberOfNobody[] = "+12065550188";
inline constexpr char kSam[] = "owner: {name: Sam Smith, phone: \"+19495550199\"}";

inline std::string DirectoryOf(const std::vector<Firm>& firms) {
  std::string yaml = "businesses:\n";
  for (const Firm& firm : firms) {
    const std::string policy =
        absl::StrCat("steps: ", firm.steps, ", owner_steps: [{channel: SMS, wait: 10m}], cutoff: 2h");
    const std::string calm = firm.hold.empty() ? policy : absl::StrCat(policy, ", hold: {", firm.hold, "}");
    absl::StrAppend(&yaml, "  - key: ", firm.key, "\n    name: ", firm.key, " Plumbing\n    time_zone: UTC\n",
                    "    numbers: [", firm.number.empty() ? "" : absl::StrCat("\"", firm.number, "\""), "]\n",
                    "    sms_sender: \"+19495550101\"\n    ", firm.more, "\n    technicians: ", firm.technicians,
                    "\n    roster: ", firm.roster, "\n    overrides: ", firm.overrides,
                    "\n    policies:\n      HIGH: {", policy, "}\n      MEDIUM: {", calm, "}\n      LOW: {", calm,
                    "}\n");
  }
  return yaml;
}

// A time as a directory has it: of a day, and of a day and its date.
inline std::string TimeOfDay(absl::Time time) { return absl::FormatTime("\"%H:%M\"", time, absl::UTCTimeZone()); }
inline std::string DayAndTime(absl::Time time) {
  return absl::FormatTime("\"%Y-%m-%dT%H:%M\"", time, absl::UTCTimeZone());
}

}  // namespace afterhours::testing
