#pragma once

#include "absl/status/status.h"
#include "server/app/config.h"

namespace afterhours::app {

// Runs dispatchd until SIGTERM or SIGINT, then shuts down in order: no new
// requests, requests in hand answered, pages in hand settled. Returns OK after a
// clean shutdown. Call PrepareProcess before.
absl::Status Serve(const Config& config);

}  // namespace afterhours::app
