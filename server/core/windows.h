#pragma once

#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::core {

// A stretch of time: `begin` is in it, `end` is not. Never empty.
struct Stretch {
  absl::Time begin;
  absl::Time end;
};

using Windows = google::protobuf::RepeatedPtrField<v1::Window>;

// The stretches that meet [begin, end], one for each window and day on which it
// begins; by their begin. A window whose times cannot be read has none, nor has
// one that lies in what the clock skips.
std::vector<Stretch> WindowStretches(const Windows& windows, absl::Time begin, absl::Time end, absl::TimeZone zone);

// The same time, those that overlap or touch as one. `stretches` are by their
// begin.
std::vector<Stretch> Joined(const std::vector<Stretch>& stretches);

}  // namespace afterhours::core
