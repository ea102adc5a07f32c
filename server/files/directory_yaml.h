#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::files {

// The directory as a file; docs/directory-files.md describes it. For any number
// of threads.

// The longest file that is read.
inline constexpr std::size_t kFileBytesMax = 30'000'000;

// Reads a file, YAML or JSON, and brings each business into the form in which it
// is stored. Errors: INVALID_ARGUMENT (FIELD_INVALID) that names every fault with
// its place ("businesses[0].technicians[1].sms") and line, the first 200 of them.
// A file that names no business is refused.
absl::StatusOr<std::vector<v1::BusinessDirectory>> ParseDirectory(const std::string& yaml);

// The file that ParseDirectory reads back to the same, but for what the server
// sets itself. `directories` are in the form in which they are stored. A part with
// a header and parts without one make one file when put together; an empty
// directory makes a file that says so, and that ParseDirectory refuses.
std::string FormatDirectory(const std::vector<v1::BusinessDirectory>& directories, bool with_header);

// A business, technician, roster entry, override or policy as it stands in a
// file, its times in UTC.
std::string FormatResource(const google::protobuf::Message& resource);

}  // namespace afterhours::files
