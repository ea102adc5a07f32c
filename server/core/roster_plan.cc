#include "server/core/roster_plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "server/core/local_time.h"
#include "server/core/rotation.h"

namespace afterhours::core {
namespace {

constexpr int kFirstPriority = 1;

bool CanBePaged(const v1::Technician& technician) {
  return (!technician.has_active() || technician.active()) && (!technician.has_available() || technician.available());
}

bool Holds(const Stretch& stretch, absl::Time time) { return stretch.begin <= time && time < stretch.end; }

}  // namespace

RosterPlan::RosterPlan(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end)
    : begin_(begin), end_(end), zone_(ZoneOf(directory.business())) {
  for (const v1::Technician& technician : directory.technicians()) {
    technicians_.emplace(technician.key(), CanBePaged(technician) ? &technician : nullptr);
  }
  for (const v1::RosterEntry& entry : directory.roster()) {
    lines_.push_back({entry.priority(), &entry.key(), &entry, nullptr, DutiesOf(entry)});
  }
  for (const v1::Override& change : directory.overrides()) AddOverride(change);
  // Who is added comes after the roster's own of the same priority.
  std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
    return std::make_tuple(a.priority, a.entry == nullptr, absl::string_view(*a.key)) <
           std::make_tuple(b.priority, b.entry == nullptr, absl::string_view(*b.key));
  });
  std::sort(changes_.begin(), changes_.end(),
            [](const Change& a, const Change& b) { return a.what->key() < b.what->key(); });
}

std::vector<Seat> RosterPlan::At(absl::Time time) const {
  std::vector<Seat> seats;
  for (const Line& line : lines_) {
    const auto next = std::upper_bound(line.duties.begin(), line.duties.end(), time,
                                       [](absl::Time t, const Duty& duty) { return t < duty.when.begin; });
    if (next == line.duties.begin() || !Holds(std::prev(next)->when, time)) continue;
    const std::string* who = std::prev(next)->technician;
    const v1::Override* change = line.addition;
    if (line.entry != nullptr) {
      change = ChangeOf(*who, time);
      if (change != nullptr && change->kind() == v1::OVERRIDE_KIND_REMOVE) continue;
      if (change != nullptr) who = &change->replacement();
    }
    const v1::Technician* technician = Pageable(*who);
    const bool seated = std::any_of(seats.begin(), seats.end(),
                                    [technician](const Seat& seat) { return seat.technician == technician; });
    if (technician != nullptr && !seated) seats.push_back({technician, line.priority, line.entry, change});
  }
  return seats;
}

std::vector<absl::Time> RosterPlan::Changes() const {
  std::vector<absl::Time> times;
  const auto add = [&](const Stretch& when) {
    if (when.begin > begin_ && when.begin <= end_) times.push_back(when.begin);
    if (when.end > begin_ && when.end <= end_) times.push_back(when.end);
  };
  for (const Line& line : lines_) {
    for (const Duty& duty : line.duties) add(duty.when);
  }
  for (const Change& change : changes_) add(change.when);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

// The time that is in a window and in a turn.
std::vector<RosterPlan::Duty> RosterPlan::DutiesOf(const v1::RosterEntry& entry) const {
  std::vector<Stretch> open = {{absl::InfinitePast(), absl::InfiniteFuture()}};
  if (!entry.windows().empty()) open = Joined(WindowStretches(entry.windows(), begin_, end_, zone_));
  std::vector<Duty> duties;
  if (entry.has_technician()) {
    for (const Stretch& when : open) duties.push_back({when, &entry.technician()});
    return duties;
  }
  const std::vector<Turn> turns = Turns(entry.rotation(), begin_, end_, zone_);
  for (std::size_t w = 0, t = 0; w < open.size() && t < turns.size();) {
    const Stretch both{std::max(open[w].begin, turns[t].begin), std::min(open[w].end, turns[t].end)};
    if (both.begin < both.end) duties.push_back({both, &entry.rotation().technicians(turns[t].place)});
    if (open[w].end < turns[t].end) {
      ++w;
    } else {
      ++t;
    }
  }
  return duties;
}

void RosterPlan::AddOverride(const v1::Override& change) {
  const Stretch when{TimeOf(change.start_time()), TimeOf(change.end_time())};
  if (when.begin >= when.end || when.begin > end_ || when.end <= begin_) return;
  switch (change.kind()) {
    case v1::OVERRIDE_KIND_ADD:
      lines_.push_back({std::max(change.priority(), kFirstPriority),
                        &change.key(),
                        nullptr,
                        &change,
                        {{when, &change.technician()}}});
      break;
    case v1::OVERRIDE_KIND_REMOVE:
    case v1::OVERRIDE_KIND_REPLACE:
      changes_.push_back({when, &change});
      break;
    default:
      break;
  }
}

const v1::Override* RosterPlan::ChangeOf(const std::string& technician, absl::Time time) const {
  for (const Change& change : changes_) {
    if (Holds(change.when, time) && change.what->technician() == technician) return change.what;
  }
  return nullptr;
}

const v1::Technician* RosterPlan::Pageable(const std::string& key) const {
  const auto found = technicians_.find(key);
  return found == technicians_.end() ? nullptr : found->second;
}

}  // namespace afterhours::core
