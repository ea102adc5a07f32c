#pragma once

#include <string>

#include "afterhours/v1/dispatch.pb.h"
#include "server/core/snapshot.h"
#include "server/core/urgency/reading.h"

namespace afterhours::core {

// Why a call is no matter for whoever is on call.
struct Screened {
  v1::Screening screening = v1::SCREENING_UNSPECIFIED;  // it is one
  std::string reason;
};

// In doubt no screening: nothing in the call may hint at a real matter. Without a
// word, only a voice agent's own report (RETELL) is screened out.
Screened Screen(const Call& call, const Reading& reading);

}  // namespace afterhours::core
