#include "server/rpc/violations.h"

namespace afterhours::rpc {

std::optional<absl::Time> ReadTime(Violations& violations, absl::string_view field, bool given,
                                   const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kSecondsMax = 253402300799;  // the end of the year 9999
  if (!given) return std::nullopt;
  if (time.seconds() < 0 || time.seconds() > kSecondsMax || time.nanos() < 0 || time.nanos() > 999999999) {
    violations.Add(field, "must lie between 1970 and 9999");
    return std::nullopt;
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace afterhours::rpc
