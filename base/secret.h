#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace afterhours {

// Reads a secret from the environment variable `name`, or from the file that
// `name`_FILE names (its trailing newline is not part of it). Never from a
// flag: flags show in process lists. Empty when neither is set.
// Errors: when the file cannot be read.
absl::StatusOr<std::string> ReadSecret(absl::string_view name);

// Whether two byte strings are equal, in time that does not depend on where
// they differ.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

}  // namespace afterhours
