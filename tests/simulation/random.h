#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace afterhours::simulation {

// Numbers that a seed decides, the same on every machine (SplitMix64).
class Random {
 public:
  // Mixed, so that neighbouring seeds do not draw the same numbers one draw apart.
  explicit Random(std::uint64_t seed) : state_(seed) { state_ = Next() ^ (Next() << 1); }

  std::uint64_t Next() {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // From 0 to `count` - 1.
  int Below(int count) { return static_cast<int>(Next() % static_cast<std::uint64_t>(count)); }
  bool OneIn(int count) { return Below(count) == 0; }
  bool Percent(int percent) { return Below(100) < percent; }

  absl::Duration Between(absl::Duration from, absl::Duration until) {
    const auto span = static_cast<std::uint64_t>(absl::ToInt64Milliseconds(until - from)) + 1;
    return from + absl::Milliseconds(static_cast<std::int64_t>(Next() % span));
  }
  absl::Duration UpTo(absl::Duration until) { return Between(absl::ZeroDuration(), until); }

  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(Below(static_cast<int>(choices.size())))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace afterhours::simulation
