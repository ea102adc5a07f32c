#pragma once

#include <google/protobuf/message.h>

#include <optional>

#include "absl/time/time.h"
#include "server/files/yaml_text.h"

namespace afterhours::files {

// A message of the API as a file says it: what MessageReader reads back to the
// same. Left out is what the server sets itself, and what stands for itself.
// Times are by the clock of `zone`; without one, in UTC.
YamlValue WriteMessage(const google::protobuf::Message& message, const std::optional<absl::TimeZone>& zone);

}  // namespace afterhours::files
