#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace afterhours::rpc {

// Tokens of lists: each goes on after the last thing of the page before, `last`
// (its id or key), with the filters of a List...Request: all of its fields but
// `page_size` and `page_token`.
std::string MakePageToken(const google::protobuf::Message& request, const std::string& last);

// What the request's token goes on after; "" without a token. Errors:
// INVALID_ARGUMENT (PAGE_TOKEN_INVALID) when it is not ours, or of other filters.
absl::StatusOr<std::string> ReadPageToken(const google::protobuf::Message& request,
                                          absl::FunctionRef<bool(absl::string_view)> is_valid);

}  // namespace afterhours::rpc
