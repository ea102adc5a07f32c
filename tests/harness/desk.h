#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours::testing {

// The operators' desk: what they do through the API while calls come in. Each does
// it once, without a retry. Thread safe.
class Desk {
 public:
  explicit Desk(const std::string& dispatchd_address);
  ~Desk();

  absl::StatusOr<v1::Dispatch> Assign(const std::string& dispatch_id, const std::string& business);
  absl::StatusOr<v1::Dispatch> Reopen(const std::string& dispatch_id);
  absl::Status Apply(const std::string& yaml);
  absl::Status DeleteBusiness(const std::string& key);

 private:
  struct Stubs;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace afterhours::testing
