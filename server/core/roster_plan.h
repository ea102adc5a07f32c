#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "server/core/windows.h"

namespace afterhours::core {

// Somebody's place among those on call. All of it points into the directory.
struct Seat {
  const v1::Technician* technician = nullptr;
  int priority = 0;
  const v1::RosterEntry* entry = nullptr;  // unset: an override adds them
  const v1::Override* change = nullptr;    // unset: no override leads here
};

// A roster with its overrides, worked out for a range of time. `directory` must
// outlive it. What of it cannot be read puts nobody on call. For any number of
// threads.
class RosterPlan {
 public:
  RosterPlan(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end);

  // Who is on call at `time`, in [begin, end]; first to page first.
  std::vector<Seat> At(absl::Time time) const;

  // When that may change: times in (begin, end], in order, each once.
  std::vector<absl::Time> Changes() const;

 private:
  // When somebody has a line of the roster.
  struct Duty {
    Stretch when;
    const std::string* technician = nullptr;
  };

  // What can put somebody on call: a roster entry, or an override that adds.
  struct Line {
    int priority = 0;
    const std::string* key = nullptr;
    const v1::RosterEntry* entry = nullptr;
    const v1::Override* addition = nullptr;
    std::vector<Duty> duties;  // in order, without overlaps
  };

  // An override that removes or replaces.
  struct Change {
    Stretch when;
    const v1::Override* what = nullptr;
  };

  std::vector<Duty> DutiesOf(const v1::RosterEntry& entry) const;
  void AddOverride(const v1::Override& change);
  const v1::Override* ChangeOf(const std::string& technician, absl::Time time) const;
  const v1::Technician* Pageable(const std::string& key) const;

  absl::Time begin_, end_;
  absl::TimeZone zone_;
  std::map<absl::string_view, const v1::Technician*> technicians_;  // who can be paged, by key
  std::vector<Line> lines_;                                         // in the order of paging
  std::vector<Change> changes_;                                     // by key
};

}  // namespace afterhours::core
