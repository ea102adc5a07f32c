#include <optional>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/local_time.h"
#include "server/core/roster_faults.h"
#include "server/core/windows.h"

namespace afterhours::core {
namespace {

constexpr int kOverridesMax = 500;
constexpr std::size_t kReasonBytesMax = 200;
constexpr int kDaysMax = 366;
constexpr std::int64_t kSecondsMax = 253402300799;  // the end of the year 9999
constexpr std::int32_t kNanosMax = 999999999;

std::optional<absl::Time> ReadTime(const std::string& path, bool given, const google::protobuf::Timestamp& time,
                                   FieldFaults& faults) {
  if (!given) {
    faults.Add(path, "is required");
    return std::nullopt;
  }
  if (time.seconds() < 0 || time.seconds() > kSecondsMax || time.nanos() < 0 || time.nanos() > kNanosMax) {
    faults.Add(path, "must lie between 1970 and 9999");
    return std::nullopt;
  }
  return TimeOf(time);
}

// When it holds; unset where that cannot be said.
std::optional<Stretch> FindTimeFaults(const std::string& path, const v1::Override& change, FieldFaults& faults) {
  const auto begin = ReadTime(FieldPath(path, "start_time"), change.has_start_time(), change.start_time(), faults);
  const auto end = ReadTime(FieldPath(path, "end_time"), change.has_end_time(), change.end_time(), faults);
  if (!begin.has_value() || !end.has_value()) return std::nullopt;
  if (*end <= *begin) {
    faults.Add(FieldPath(path, "end_time"), "must be after `start_time`");
    return std::nullopt;
  }
  if (*end - *begin > kDaysMax * absl::Hours(24)) {
    faults.Add(FieldPath(path, "end_time"),
               absl::StrCat("must be at most ", kDaysMax, " days after `start_time`; for longer, change the roster"));
  }
  return Stretch{*begin, *end};
}

void FindReplacementFaults(const std::string& path, const v1::Override& change, const TechnicianKeys& technicians,
                           FieldFaults& faults) {
  const std::string at = FieldPath(path, "replacement");
  if (change.kind() != v1::OVERRIDE_KIND_REPLACE) {
    if (!change.replacement().empty()) faults.Add(at, "is for REPLACE only; leave it out, or make the kind REPLACE");
    return;
  }
  CheckTechnician(at, change.replacement(), technicians, faults);
  if (!change.replacement().empty() && change.replacement() == change.technician()) {
    faults.Add(at, "is who is replaced; name somebody else, or leave the override out");
  }
}

void FindFieldFaults(const std::string& path, const v1::Override& change, const TechnicianKeys& technicians,
                     FieldFaults& faults) {
  const bool kind_known = v1::OverrideKind_IsValid(change.kind()) && change.kind() != v1::OVERRIDE_KIND_UNSPECIFIED;
  if (!kind_known) faults.Add(FieldPath(path, "kind"), "is required: ADD, REMOVE or REPLACE");
  CheckTechnician(FieldPath(path, "technician"), change.technician(), technicians, faults);
  if (kind_known) FindReplacementFaults(path, change, technicians, faults);
  if (change.priority() < 0) {
    faults.Add(FieldPath(path, "priority"), "must be 1 or more; the smallest is paged first. Leave it out for 1");
  }
  if (change.reason().size() > kReasonBytesMax) {
    faults.Add(FieldPath(path, "reason"), absl::StrCat("is longer than ", kReasonBytesMax, " bytes; shorten it"));
  }
  if (!IsCleanText(change.reason())) faults.Add(FieldPath(path, "reason"), "is not valid UTF-8, or has a NUL in it");
}

}  // namespace

void FindOverrideFaults(const v1::BusinessDirectory& directory, const TechnicianKeys& technicians,
                        FieldFaults& faults) {
  if (directory.overrides_size() > kOverridesMax) {
    faults.Add("overrides", absl::StrCat("has ", directory.overrides_size(), " overrides; at most ", kOverridesMax,
                                         " can be taken. Delete those that are over"));
    return;
  }
  std::map<std::string, std::string> keys;
  struct Held {
    Stretch when;
    int index = 0;
  };
  std::map<absl::string_view, std::vector<Held>> by_technician;
  for (int i = 0; i < directory.overrides_size(); ++i) {
    const v1::Override& change = directory.overrides(i);
    const std::string path = ItemPath("overrides", i);
    faults.CheckKey(path, change.key(), keys);
    FindFieldFaults(path, change, technicians, faults);
    const std::optional<Stretch> when = FindTimeFaults(path, change, faults);
    if (!when.has_value() || change.technician().empty()) continue;
    std::vector<Held>& others = by_technician[change.technician()];
    for (const Held& other : others) {
      if (when->begin >= other.when.end || other.when.begin >= when->end) continue;
      faults.Add(FieldPath(path, "start_time"),
                 absl::StrCat("overlaps ", ItemPath("overrides", other.index), " (",
                              Quoted(directory.overrides(other.index).key()), "), which is about ",
                              Quoted(change.technician()), " too; end one before the other begins"));
      break;
    }
    others.push_back({*when, i});
  }
}

}  // namespace afterhours::core
