#include "server/core/roster.h"

#include <algorithm>
#include <utility>

#include "server/core/local_time.h"
#include "server/core/roster_plan.h"
#include "server/core/roster_reason.h"

namespace afterhours::core {
namespace {

// A change is mostly near; a roster without one is not worked out for years at once.
constexpr absl::Duration kFirstLook = absl::Hours(48);
constexpr absl::Duration kLongestLook = absl::Hours(60 * 24);

v1::OnCall OnCallOf(const Seat& seat, const v1::BusinessDirectory& directory, absl::Time time, absl::TimeZone zone) {
  v1::OnCall on_call;
  on_call.set_technician(seat.technician->key());
  on_call.set_name(seat.technician->name());
  on_call.set_technician_id(seat.technician->id());
  on_call.set_priority(seat.priority);
  if (seat.entry != nullptr) on_call.set_entry(seat.entry->key());
  if (seat.change != nullptr) on_call.set_override(seat.change->key());
  on_call.set_reason(SeatReason(seat, directory, time, zone));
  return on_call;
}

bool SamePeople(const std::vector<Seat>& a, const std::vector<Seat>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Seat& x, const Seat& y) { return x.technician == y.technician; });
}

}  // namespace

std::vector<v1::OnCall> WhoIsOnCall(const v1::BusinessDirectory& directory, absl::Time time) {
  const absl::TimeZone zone = ZoneOf(directory.business());
  std::vector<v1::OnCall> on_call;
  for (const Seat& seat : RosterPlan(directory, time, time).At(time)) {
    on_call.push_back(OnCallOf(seat, directory, time, zone));
  }
  return on_call;
}

std::vector<v1::Shift> PreviewOnCall(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end) {
  std::vector<v1::Shift> shifts;
  if (begin >= end) return shifts;
  const absl::TimeZone zone = ZoneOf(directory.business());
  const RosterPlan plan(directory, begin, end);
  std::vector<Seat> before;
  const auto look_at = [&](absl::Time time) {
    std::vector<Seat> seats = plan.At(time);
    if (!shifts.empty() && SamePeople(seats, before)) return;
    if (!shifts.empty()) *shifts.back().mutable_end_time() = TimestampOf(time);
    v1::Shift& shift = shifts.emplace_back();
    *shift.mutable_start_time() = TimestampOf(time);
    for (const Seat& seat : seats) *shift.add_on_call() = OnCallOf(seat, directory, time, zone);
    before = std::move(seats);
  };
  look_at(begin);
  for (const absl::Time time : plan.Changes()) {
    if (time < end) look_at(time);
  }
  *shifts.back().mutable_end_time() = TimestampOf(end);
  return shifts;
}

std::vector<v1::Shift> GapsInCoverage(const v1::BusinessDirectory& directory, absl::Time begin, absl::Time end) {
  std::vector<v1::Shift> gaps;
  for (v1::Shift& shift : PreviewOnCall(directory, begin, end)) {
    if (shift.on_call().empty()) gaps.push_back(std::move(shift));
  }
  return gaps;
}

std::optional<absl::Time> NextOnCallChange(const v1::BusinessDirectory& directory, absl::Time after,
                                           absl::Time horizon) {
  const std::vector<Seat> now = RosterPlan(directory, after, after).At(after);
  absl::Duration look = kFirstLook;
  for (absl::Time from = after; from < horizon; look = std::min(2 * look, kLongestLook)) {
    const absl::Time until = std::min(from + look, horizon);
    const RosterPlan plan(directory, from, until);
    for (const absl::Time time : plan.Changes()) {
      if (!SamePeople(plan.At(time), now)) return time;
    }
    from = until;
  }
  return std::nullopt;
}

}  // namespace afterhours::core
