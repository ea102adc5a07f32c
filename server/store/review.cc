#include "server/store/review.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/db/row_reader.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

// What is its own goes with it: the foreign keys cascade. Under review is only
// what has no business, so that its status changes here already.
constexpr db::Statement kMoveDispatch{"move_dispatch", R"sql(
  update dispatches d set business_id = b.id, policy_id = b.policy_id, status = 'UNASSIGNED'
  from businesses b
  where d.id = $1::uuid and b.id = $2::uuid and b.active and d.status = 'NEEDS_REVIEW'
  returning 1)sql"};

// The same request again finds its dispatch by the key of either: whether its
// number is somebody's by then is another question.
constexpr db::Statement kCopyKeys{"copy_dispatch_keys", R"sql(
  insert into dispatch_keys (business_id, kind, key, dispatch_id, content_hash, create_time)
  select $2::uuid, k.kind, k.key, k.dispatch_id, k.content_hash, k.create_time
  from (select external_call_id from calls where dispatch_id = $1::uuid
        union select external_call_id from repeat_calls where dispatch_id = $1::uuid) c
  join dispatch_keys k on k.kind = 'MANUAL' and k.key = c.external_call_id and k.dispatch_id = $1::uuid
    and k.business_id = '00000000-0000-0000-0000-000000000000'
  on conflict do nothing)sql"};

// "review" in ASCII: whoever records a call without a business shares it, whoever
// changes the directory has it alone.
constexpr db::Statement kHoldDirectory{"hold_directory", R"sql(
  select pg_advisory_xact_lock_shared(125780103882103))sql"};
constexpr db::Statement kAwaitRecorders{"await_recorders", R"sql(
  select pg_advisory_xact_lock(125780103882103))sql"};

constexpr db::Statement kMatchReviewed{"match_reviewed", R"sql(
  with sole as materialized (select id from businesses where active limit 2)
  select d.id, coalesce(n.business_id, a.business_id, s.id),
         case when n.business_id is not null then 'it owns the called number ' || c.called_number
              when a.business_id is not null then 'its voice agent took the call' else 'it is the only business' end
  from (select id, business_id from dispatches
        where business_id = '00000000-0000-0000-0000-000000000000' and status = 'NEEDS_REVIEW'
        order by id desc limit 5000) d
  cross join lateral (select * from calls where dispatch_id = d.id and business_id = d.business_id offset 0) c
  left join lateral (select * from business_numbers where number = c.called_number offset 0) n on true
  left join lateral (select * from business_agents where agent_id = c.retell_agent_id offset 0) a on n.number is null
  left join sole s on n.number is null and a.agent_id is null and (select count(*) from sole) = 1
  where coalesce(n.business_id, a.business_id, s.id) is not null
  order by d.id limit 500)sql"};

constexpr db::Statement kFindWaiting{"find_waiting", R"sql(
  select d.id
  from unnest($1::uuid[]) w(business_id)
  cross join lateral (
    select id from dispatches
    where business_id = w.business_id and status in ('UNASSIGNED', 'DISPATCHING') order by id limit 500 offset 0) d
  order by d.id limit 500)sql"};

absl::Status AssignReviewed(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& actor) {
  if (const auto alone = transaction.Run(kAwaitRecorders, {}); !alone.ok()) return alone.status();
  const auto found = transaction.Run(kMatchReviewed, {});
  if (!found.ok()) return found.status();
  for (const pqxx::row& fields : *found) {
    db::RowReader row(fields);
    const std::string dispatch_id = row.Text(), business_id = row.Text(), rule = row.Text();
    const auto moved = AssignBusiness(transaction, now, dispatch_id, business_id, actor, rule);
    if (!moved.ok() && ErrorReason(moved.status()) != "NOT_UNDER_REVIEW") return moved.status();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<core::Snapshot> AssignBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                              const std::string& dispatch_id, const std::string& business_id,
                                              const std::string& actor, const std::string& rule) {
  auto locked = LockSnapshots(transaction, now, {dispatch_id});
  if (!locked.ok()) return locked.status();
  if (locked->by_id.empty()) return DispatchNotFound(dispatch_id);
  core::Snapshot& found = locked->by_id.begin()->second;
  if (found.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW) {
    if (found.business.id == business_id) return std::move(found);
    const std::string whose = found.business.id == kNilId ? "no business's" : absl::StrCat(found.business.name, "'s");
    return Error(absl::StatusCode::kFailedPrecondition, "NOT_UNDER_REVIEW",
                 absl::StrCat("the dispatch is ", whose, " and not under review",
                              found.business.id == kNilId ? "; reopen it first if it was screened out" : ""));
  }
  const auto moved = transaction.Run(kMoveDispatch, {dispatch_id, business_id});
  if (!moved.ok()) return moved.status();
  if (moved->empty()) return BusinessNotFound(business_id);
  if (const auto copied = transaction.Run(kCopyKeys, {dispatch_id, business_id}); !copied.ok()) return copied.status();
  auto snapshots = ReadSnapshots(transaction, now, {dispatch_id});
  if (!snapshots.ok()) return snapshots.status();
  core::Snapshot snapshot = std::move(snapshots->by_id.begin()->second);
  snapshot.dispatch.status = v1::DISPATCH_STATUS_NEEDS_REVIEW;  // to the rules it is so until they decide
  snapshot = core::Step(std::move(snapshot), core::BusinessAssigned{actor, rule}, snapshots->now, &NewId);
  if (absl::Status status = WriteSnapshots(transaction, {snapshot}); !status.ok()) return status;
  return snapshot;
}

absl::Status MoveOn(db::Transaction& transaction, std::optional<absl::Time> now,
                    const std::set<std::string>& business_ids, const std::string& actor) {
  if (absl::Status status = AssignReviewed(transaction, now, actor); !status.ok()) return status;
  return MoveWaiting(transaction, now, business_ids, core::RosterChanged{actor});
}

absl::Status MoveWaiting(db::Transaction& transaction, std::optional<absl::Time> now,
                         const std::set<std::string>& business_ids, const core::RosterChanged& changed) {
  if (business_ids.empty()) return absl::OkStatus();
  db::Column businesses;
  for (const std::string& id : business_ids) businesses.Add(id);
  const auto waiting = transaction.Run(kFindWaiting, {businesses});
  if (!waiting.ok()) return waiting.status();
  std::set<std::string> ids;
  for (const pqxx::row& fields : *waiting) ids.insert(db::RowReader(fields).Text());
  auto snapshots = LockSnapshots(transaction, now, ids);
  if (!snapshots.ok()) return snapshots.status();
  std::vector<core::Snapshot> stepped;
  for (auto& [id, snapshot] : snapshots->by_id) {
    stepped.push_back(core::Step(std::move(snapshot), changed, snapshots->now, &NewId));
  }
  return WriteSnapshots(transaction, stepped);
}

absl::Status HoldDirectory(db::Transaction& transaction) { return transaction.Run(kHoldDirectory, {}).status(); }

absl::Status DispatchNotFound(const std::string& id) {
  return Error(absl::StatusCode::kNotFound, "DISPATCH_NOT_FOUND",
               absl::StrCat("no dispatch \"", id, "\"; list them to find its id"), {{"id", id}});
}

absl::Status BusinessNotFound(const std::string& name) {
  return Error(absl::StatusCode::kNotFound, "BUSINESS_NOT_FOUND",
               absl::StrCat("no business \"", name, "\"; list them to find its key"), {{"business", name}});
}

std::vector<const db::Statement*> ReviewStatements() {
  return {&kMoveDispatch, &kCopyKeys, &kHoldDirectory, &kAwaitRecorders, &kMatchReviewed, &kFindWaiting};
}

}  // namespace afterhours::store
