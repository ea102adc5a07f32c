#pragma once

#include <string>

#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "server/core/roster_plan.h"

namespace afterhours::core {

// Why that seat is somebody's at `time`, in plain words and by the business's
// clock.
std::string SeatReason(const Seat& seat, const v1::BusinessDirectory& directory, absl::Time time, absl::TimeZone zone);

}  // namespace afterhours::core
