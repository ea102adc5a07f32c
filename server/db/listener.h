#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace afterhours::db {

// Hears what other sessions NOTIFY on a channel, over a connection of its own
// that comes back by itself. What is said while it is away is not heard: whoever
// listens polls as well. Not thread safe: one thread at a time.
class Listener {
 public:
  Listener(std::string url, std::string channel);
  ~Listener();

  // Waits up to `span` for somebody to say something; false if nobody did.
  // Errors: UNAVAILABLE (DATABASE_UNAVAILABLE).
  absl::StatusOr<bool> Wait(absl::Duration span);

 private:
  class Session;

  const std::string url_;
  const std::string channel_;
  std::unique_ptr<Session> session_;
};

}  // namespace afterhours::db
