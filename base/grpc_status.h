#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace afterhours {

// The same error for gRPC; payloads become details (google.rpc.Status in
// grpc-status-details-bin). It travels in headers, of which gRPC's clients take
// 8 KiB unless told otherwise, and lose the error if they are more. So what is too
// long is cut: of the fields of a BadRequest, the last ones, with their number.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same error from gRPC; details become payloads.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace afterhours
