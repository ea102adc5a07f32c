#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace afterhours {

// The same error for gRPC; payloads become details (google.rpc.Status in
// grpc-status-details-bin).
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same error from gRPC; details become payloads.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace afterhours
