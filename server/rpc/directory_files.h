#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory_service.pb.h"
#include "server/db/connection.h"

namespace afterhours::rpc {

// Makes the directory what a file says, or tells what that would change.
absl::Status Apply(db::Transaction& transaction, std::optional<absl::Time> now,
                   const v1::ApplyDirectoryRequest& request, v1::ApplyDirectoryResponse* response);

// Takes over the tables of the system before.
absl::Status Import(db::Transaction& transaction, std::optional<absl::Time> now,
                    const v1::ImportAirtableRequest& request, v1::ImportAirtableResponse* response);

}  // namespace afterhours::rpc
