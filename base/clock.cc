#include "base/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace afterhours {

absl::StatusOr<Clock> Clock::FromOffsetFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open clock file ", path));
  struct stat file;
  if (fstat(fd, &file) != 0 || file.st_size < static_cast<off_t>(sizeof(std::int64_t))) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat("clock file ", path, " is shorter than 8 bytes"));
  }
  void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) return absl::ErrnoToStatus(errno, absl::StrCat("map clock file ", path));
  Clock clock;
  clock.offset_us_ = static_cast<const std::atomic<std::int64_t>*>(mapped);
  return clock;
}

std::optional<absl::Time> Clock::StatementTime() const {
  if (offset_us_ == nullptr) return std::nullopt;
  return Now();
}

absl::Time Clock::Now() const {
  if (offset_us_ == nullptr) return absl::Now();
  return absl::Now() + absl::Microseconds(offset_us_->load(std::memory_order_relaxed));
}

}  // namespace afterhours
