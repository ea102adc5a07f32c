#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace afterhours {

// The only door to the time of day. The clock that decides is the database's:
// a statement gets `StatementTime()` and says `coalesce($n, now())`. Thread
// safe.
class Clock {
 public:
  // The system's clock.
  Clock() = default;

  // A clock that tests move: the system's time plus the offset in `path`, a
  // file of 8 bytes (microseconds, native int64) that several processes map.
  static absl::StatusOr<Clock> FromOffsetFile(const std::string& path);

  // Unset in production: the database's now() holds. Set when tests move time.
  std::optional<absl::Time> StatementTime() const;

  // For what never reaches the database: a signature's time window, a log line.
  absl::Time Now() const;

 private:
  const std::atomic<std::int64_t>* offset_us_ = nullptr;  // mapped for the life of the process
};

}  // namespace afterhours
