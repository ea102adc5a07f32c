#pragma once

#include <optional>

#include "absl/status/status.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/db/connection.h"

namespace afterhours::rpc {

// Records a human's answer in one transaction. The request must have been
// checked. Errors: NOT_FOUND (DISPATCH_NOT_FOUND), and the database's.
absl::Status RecordAck(db::Transaction& transaction, std::optional<absl::Time> now, const v1::AckRequest& request,
                       v1::AckResponse* response);

}  // namespace afterhours::rpc
