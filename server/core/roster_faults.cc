#include "server/core/roster_faults.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "server/core/local_time.h"
#include "server/core/roster.h"
#include "server/core/rotation.h"

namespace afterhours::core {
namespace {

constexpr int kEntriesMax = 200;
constexpr int kWindowsMax = 50;
constexpr int kTurnsMax = 50;
constexpr int kMinutesOfDay = 24 * 60;

void FindDayFaults(const std::string& path, const v1::Window& window, FieldFaults& faults) {
  std::set<int> seen;
  for (int i = 0; i < window.days_size(); ++i) {
    const int day = window.days(i);
    if (day == v1::DAY_OF_WEEK_UNSPECIFIED || !v1::DayOfWeek_IsValid(day)) {
      faults.Add(ItemPath(FieldPath(path, "days"), i),
                 "must be a day of the week; for every day, leave the list empty");
    } else if (!seen.insert(day).second) {
      faults.Add(ItemPath(FieldPath(path, "days"), i), "is there twice; name each day once");
    }
    if (i == v1::DayOfWeek_ARRAYSIZE) break;  // enough is said
  }
}

void FindWindowFaults(const std::string& path, const v1::Window& window, FieldFaults& faults) {
  FindDayFaults(path, window, faults);
  const std::optional<int> from = ParseTimeOfDay(window.from());
  const std::optional<int> until = ParseTimeOfDay(window.until());
  if (!from.has_value() || *from == kMinutesOfDay) {
    faults.Add(FieldPath(path, "from"), "must be a time of day from 00:00 to 23:59, written like 09:00");
  }
  if (!until.has_value()) {
    faults.Add(FieldPath(path, "until"), "must be a time of day from 00:00 to 24:00, written like 09:00");
  }
  if (from.has_value() && from == until) {
    faults.Add(FieldPath(path, "until"), "is the same as `from`; for the whole day, write from 00:00 until 24:00");
  }
}

void FindRotationFaults(const std::string& path, const v1::Rotation& rotation, const TechnicianKeys& technicians,
                        FieldFaults& faults) {
  if (rotation.unit() == v1::ROTATION_UNIT_UNSPECIFIED || !v1::RotationUnit_IsValid(rotation.unit())) {
    faults.Add(FieldPath(path, "unit"), "is required: HOUR, DAY, WEEK or MONTH");
  }
  if (rotation.shift_length() < 0 || rotation.shift_length() > kShiftLengthMax) {
    faults.Add(FieldPath(path, "shift_length"),
               absl::StrCat("must be from 1 to ", kShiftLengthMax, "; leave it out for 1"));
  }
  if (!ParseLocalTime(rotation.start()).has_value()) {
    faults.Add(FieldPath(path, "start"),
               "must be a day and a time by the business's clock, written like 2026-01-05T09:00");
  }
  const std::string list = FieldPath(path, "technicians");
  if (rotation.technicians().empty()) faults.Add(list, "is empty; name those who take turns");
  if (rotation.technicians_size() > kTurnsMax) {
    faults.Add(list, absl::StrCat("has ", rotation.technicians_size(), " turns; at most ", kTurnsMax, " can be taken"));
    return;
  }
  for (int i = 0; i < rotation.technicians_size(); ++i) {
    CheckTechnician(ItemPath(list, i), rotation.technicians(i), technicians, faults);
  }
}

}  // namespace

void CheckTechnician(const std::string& path, const std::string& key, const TechnicianKeys& technicians,
                     FieldFaults& faults) {
  if (key.empty()) {
    faults.Add(path, "is required: a technician's key");
  } else if (technicians.count(key) == 0) {
    faults.Add(path, absl::StrCat(Quoted(key), " is no technician of this business; correct the key, or add them"));
  }
}

void FindEntryFaults(const v1::BusinessDirectory& directory, const TechnicianKeys& technicians, FieldFaults& faults) {
  if (directory.roster_size() > kEntriesMax) {
    faults.Add("roster", absl::StrCat("has ", directory.roster_size(), " entries; at most ", kEntriesMax,
                                      " can be taken. An entry can have many windows, or a rotation"));
    return;
  }
  std::map<std::string, std::string> keys;
  for (int i = 0; i < directory.roster_size(); ++i) {
    const v1::RosterEntry& entry = directory.roster(i);
    const std::string path = ItemPath("roster", i);
    faults.CheckKey(path, entry.key(), keys);
    if (entry.priority() < 1) faults.Add(FieldPath(path, "priority"), "must be 1 or more; the smallest is paged first");
    const std::string windows = FieldPath(path, "windows");
    if (entry.windows_size() > kWindowsMax) {
      faults.Add(windows, absl::StrCat("has ", entry.windows_size(), " windows; at most ", kWindowsMax,
                                       " can be taken. A window can be on several days"));
    } else {
      for (int w = 0; w < entry.windows_size(); ++w) FindWindowFaults(ItemPath(windows, w), entry.windows(w), faults);
    }
    if (entry.has_rotation()) {
      FindRotationFaults(FieldPath(path, "rotation"), entry.rotation(), technicians, faults);
    } else if (entry.has_technician()) {
      CheckTechnician(FieldPath(path, "technician"), entry.technician(), technicians, faults);
    } else {
      faults.Add(FieldPath(path, "technician"), "is required, or else a `rotation`: say who is on call");
    }
  }
}

std::vector<FieldViolation> RosterFaults(const v1::BusinessDirectory& directory) {
  TechnicianKeys technicians;
  for (const v1::Technician& technician : directory.technicians()) technicians.insert(technician.key());
  FieldFaults faults;
  FindEntryFaults(directory, technicians, faults);
  FindOverrideFaults(directory, technicians, faults);
  return faults.Take();
}

}  // namespace afterhours::core
