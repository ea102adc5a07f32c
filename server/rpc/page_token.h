#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "afterhours/v1/dispatch_service.pb.h"

namespace afterhours::rpc {

// A token that goes on after the dispatch `last_id` with the filters of
// `request`.
std::string MakePageToken(const v1::ListDispatchesRequest& request, const std::string& last_id);

// The id in the request's token; "" without a token. Errors: INVALID_ARGUMENT
// (PAGE_TOKEN_INVALID) when it is not ours, or of other filters.
absl::StatusOr<std::string> ReadPageToken(const v1::ListDispatchesRequest& request);

}  // namespace afterhours::rpc
