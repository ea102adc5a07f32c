#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/db/connection.h"
#include "server/rpc/together.h"

namespace afterhours::rpc {

// A Status that waits to be read.
struct StatusCall : CallInCompany {
  const v1::StatusRequest* request = nullptr;
  v1::StatusResponse* response = nullptr;
};

// Reads them; whose dispatch is unknown gets that as its own status.
absl::Status ReadStatuses(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<StatusCall> calls);

}  // namespace afterhours::rpc
