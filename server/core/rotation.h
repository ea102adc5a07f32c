#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"

namespace afterhours::core {

// How many hours, days, weeks or months a shift may have.
inline constexpr int kShiftLengthMax = 1000;

// When the technicians of a rotation take over from each other. Its cost does
// not grow with the rotation's age.
class HandOffs {
 public:
  // Unset for a rotation whose unit, length or start cannot be read.
  static std::optional<HandOffs> Of(const v1::Rotation& rotation, absl::TimeZone zone);

  // The hand-off that ends `number` shifts; the first, 0, begins the first
  // shift. Never before the one with the number below.
  absl::Time At(std::int64_t number) const;

  // The number of the last hand-off that is not after `time`; 0 also before the
  // first.
  std::int64_t LastBy(absl::Time time) const;

 private:
  HandOffs() = default;

  absl::CivilMinute Local(std::int64_t number) const;

  v1::RotationUnit unit_ = v1::ROTATION_UNIT_UNSPECIFIED;
  int length_ = 1;
  absl::CivilMinute start_;
  absl::TimeZone zone_;
};

// One technician's turn: [begin, end). Empty where two hand-offs are at one
// moment, in a day that the calendar skips.
struct Turn {
  absl::Time begin;
  absl::Time end;
  int place = 0;  // in the rotation's list of technicians, from 0
};

// The turns that meet [begin, end], in order. A rotation that cannot be read, or
// has no technicians, has none.
std::vector<Turn> Turns(const v1::Rotation& rotation, absl::Time begin, absl::Time end, absl::TimeZone zone);

}  // namespace afterhours::core
