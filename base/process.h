#pragma once

#include "absl/strings/string_view.h"

namespace afterhours {

// Call before any thread of a server starts: names the process in its log, ignores SIGPIPE, and blocks
// SIGTERM and SIGINT in this and all later threads, for the one that waits.
void PrepareProcess(absl::string_view name);

// Waits for SIGTERM or SIGINT; returns which.
int WaitForShutdownSignal();

}  // namespace afterhours
