#include "server/store/timers.h"

#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/step.h"
#include "server/db/row_reader.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kLockDueTimers{"lock_due_timers", R"sql(
  select t.dispatch_id, t.kind, case t.kind when 'CHECK' then t.page_id::text else '' end
  from timers t
  join dispatches d on d.id = t.dispatch_id and d.business_id = t.business_id
  where t.due_time <= coalesce($1, now())
  order by t.due_time
  limit $2
  for update of t skip locked
  for no key update of d skip locked)sql"};

constexpr db::Statement kNextTimer{"next_timer", R"sql(
  select (select micros(min(due_time)) from timers) - micros(coalesce($1, now())))sql"};

constexpr db::Statement kPostponeTimers{"postpone_timers", R"sql(
  update timers set due_time = coalesce($1, now()) + interval '1 minute'
  where dispatch_id = $2::uuid and due_time <= coalesce($1, now()))sql"};

// No "exists": the planner may take that for a reason to look at all timers.
constexpr db::Statement kFindTroubled{"find_troubled", R"sql(
  with stretch as materialized (
    select id, business_id, status from dispatches
    where status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING') and id > $2::uuid
    order by id limit $3)
  select s.id,
    coalesce((select false from timers t where t.dispatch_id = s.id and t.kind = 'CUTOFF' limit 1), true)
    or s.status <> 'NEEDS_REVIEW'
       and coalesce((select false from timers t where t.dispatch_id = s.id and t.kind = 'STEP' limit 1), true)
    or coalesce((
      select true from pages p
      where p.dispatch_id = s.id and p.state in ('PLANNED', 'SENDING', 'UNCERTAIN', 'ACCEPTED', 'SENT', 'DELIVERED') and (
        p.state = 'SENDING' and p.lease_expire_time <= coalesce($1, now()) - interval '10 seconds'
        or p.state = 'PLANNED' and coalesce((select false from outbox o where o.page_id = p.id limit 1), true)
        or (p.state = 'UNCERTAIN' and p.check_count < $4
            or (p.state in ('ACCEPTED', 'SENT') or p.state = 'DELIVERED' and p.channel = 'VOICE')
               and p.check_count = 0 and not p.over)
           and coalesce((select false from timers t where t.dispatch_id = s.id and t.kind = 'CHECK' and t.page_id = p.id
                         limit 1), true))
      limit 1), false)
  from stretch s order by s.id)sql"};

}  // namespace

absl::StatusOr<std::map<std::string, std::vector<core::TimerKey>>> LockDueTimers(db::Transaction& transaction,
                                                                                 std::optional<absl::Time> now,
                                                                                 int count_max) {
  const auto result = transaction.Run(kLockDueTimers, {now, count_max});
  if (!result.ok()) return result.status();
  std::map<std::string, std::vector<core::TimerKey>> timers;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::vector<core::TimerKey>& of_dispatch = timers[row.Text()];
    const core::TimerKind kind = core::ParseTimerKind(row.Text());
    of_dispatch.emplace_back(kind, row.Text());
  }
  return timers;
}

absl::StatusOr<absl::Duration> NextTimer(db::Transaction& transaction, std::optional<absl::Time> now) {
  const auto result = transaction.Run(kNextTimer, {now});
  if (!result.ok()) return result.status();
  const pqxx::field micros = (*result)[0][0];
  if (micros.is_null()) return absl::InfiniteDuration();
  return absl::Microseconds(micros.as<std::int64_t>());
}

absl::Status PostponeTimers(db::Transaction& transaction, std::optional<absl::Time> now,
                            const std::string& dispatch_id) {
  return transaction.Run(kPostponeTimers, {now, dispatch_id}).status();
}

absl::StatusOr<Stretch> FindTroubled(db::Transaction& transaction, std::optional<absl::Time> now,
                                     const std::string& after_id, int count_max) {
  const std::string after = after_id.empty() ? std::string(kNilId) : after_id;
  const auto result = transaction.Run(kFindTroubled, {now, after, count_max, core::kSettleChecksMax});
  if (!result.ok()) return result.status();
  Stretch stretch;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::string id = row.Text();
    if (++stretch.dispatch_count == count_max) stretch.last_id = id;
    if (row.Bool()) stretch.troubled.push_back(std::move(id));
  }
  return stretch;
}

std::vector<const db::Statement*> TimerStatements() {
  return {&kLockDueTimers, &kNextTimer, &kPostponeTimers, &kFindTroubled};
}

}  // namespace afterhours::store
