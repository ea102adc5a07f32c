#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::store {

// What stands in businesses.details: all of a directory that has no column of
// its own, as protobuf's JSON with the fields' names as they are in the .proto.
// Errors: INTERNAL for what JSON cannot say; it is better not written than lost.
absl::StatusOr<std::string> DetailsToJson(const v1::BusinessDirectory& directory);

// Adds what `json` says to `directory`. A member that is not known is ignored: a
// later release may have written it. False, and nothing is added, when it cannot
// be read.
bool AddDetails(const std::string& json, v1::BusinessDirectory& directory);

// Adds technicians with their contact methods, as a statement puts them into JSON:
// [[key, id, name, active, available, [[channel, address], ...]], ...].
void AddTechnicians(const std::string& json, v1::BusinessDirectory& directory);

// One resource in the history: without what the server sets itself. Errors: INTERNAL.
absl::StatusOr<std::string> ResourceToJson(const google::protobuf::Message& resource);

}  // namespace afterhours::store
