#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "base/status.h"

namespace afterhours::core {

// Who is on call by a business's roster and overrides; docs/rosters.md has the
// rules. Left out is who is not active or not available, and who is no
// technician of the directory. What cannot be read, and RosterFaults would name,
// puts nobody on call. Times are finite. For any number of threads.

// Who is on call at `time`, first to page first, each once: in their first
// place.
std::vector<v1::OnCall> WhoIsOnCall(const v1::BusinessDirectory& directory, absl::Time time);

// Who is on call in [begin, end): stretches without holes or overlaps, of which
// neighbours differ in who is on call or in whom to page first. The reasons are
// those at the beginning of each. Empty where `end` is not after `begin`. It
// costs what there are changes.
std::vector<v1::Shift> PreviewOnCall(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end);

// The stretches of [begin, end) in which nobody is on call.
std::vector<v1::Shift> GapsInCoverage(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end);

// The first moment in (after, horizon] at which others are on call than at
// `after`, or in another order. Unset when there is none.
std::optional<absl::Time> NextOnCallChange(const v1::BusinessDirectory& directory, absl::Time after,
                                           absl::Time horizon);

// What is wrong with the roster and the overrides, each with its path
// ("roster[2].windows[0].from"), the rule and what to do. Empty: nothing.
std::vector<FieldViolation> RosterFaults(const v1::BusinessDirectory& directory);

}  // namespace afterhours::core
