#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "server/core/snapshot.h"

namespace afterhours::store {

// What tells a repeat from another thing under the same id: SHA-256 in bytea's
// text form ("\x...").

// Of all that a request says of its call.
std::string RequestHash(const core::Call& call);

// Of what cannot differ between two reports of one call: its numbers. A later
// report may well have a summary that the first one lacked.
std::string CallIdentityHash(const core::Call& call);

// SHA-256 in hexadecimal: of a text, and of what a message says, but for what the
// server sets itself in it.
std::string TextHash(absl::string_view text);
std::string MessageHash(const google::protobuf::Message& message);

}  // namespace afterhours::store
