#pragma once

#include <cstdint>
#include <string>

#include "adapters/provider.h"
#include "server/core/snapshot.h"

namespace afterhours::engine {

// A question to a provider. Nothing is lost with one: a timer asks again.
struct Inquiry {
  core::Command::Kind kind = core::Command::Kind::kLookUp;
  std::string dispatch_id;
  std::string business_id;
  std::string technician_id;
  std::int64_t epoch = 0;
  int check = 0;  // which question about the page it is
  PageInquiry page;
};

}  // namespace afterhours::engine
