#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/directory.h"

namespace afterhours::app {

// Reads businesses and technicians from YAML, or JSON, which is YAML. Numbers
// may be written in any usual way. The format is described in
// docs/directory.md. Errors: INVALID_ARGUMENT that names each fault with its
// path ("businesses[0].technicians[1].sms").
absl::StatusOr<std::vector<store::DirectoryBusiness>> ParseDirectory(const std::string& text);

}  // namespace afterhours::app
