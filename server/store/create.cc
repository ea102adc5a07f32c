#include "server/store/create.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/core/step.h"
#include "server/core/urgency/urgency.h"
#include "server/db/row_reader.h"
#include "server/store/content_hash.h"
#include "server/store/json.h"
#include "server/store/match.h"
#include "server/store/review.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

// Dispatches under way for a caller, newest first.
constexpr db::Statement kFindRunning{"find_running", R"sql(
  select w.place, d.id
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) with ordinality w(business_id, caller_number, since, place)
  cross join lateral (
    select id from dispatches
    where business_id = w.business_id and caller_number = w.caller_number and caller_number <> ''
      and status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING') and create_time >= w.since
    order by id desc limit 5 offset 0) d
  order by w.place, d.id desc)sql"};

// Keys are inserted in their order, so that two batches cannot deadlock.
constexpr db::Statement kInsertKeys{"insert_dispatch_keys", R"sql(
  insert into dispatch_keys (business_id, kind, key, dispatch_id, content_hash, create_time)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::timestamptz[])
  order by 2, 3, 1
  on conflict do nothing)sql"};

constexpr db::Statement kReadKeys{"read_dispatch_keys", R"sql(
  select n.place, k.dispatch_id, encode(k.content_hash, 'hex')
  from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality n(business_id, kind, key, place)
  join dispatch_keys k on k.kind = n.kind and k.key = n.key and k.business_id = n.business_id
  order by n.place)sql"};

// Keys that were claimed for a dispatch that then turned out to be known.
constexpr db::Statement kPointKeys{"point_dispatch_keys", R"sql(
  update dispatch_keys k set dispatch_id = n.dispatch_id
  from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[])
       n(business_id, kind, key, proposed_id, dispatch_id)
  where k.kind = n.kind and k.key = n.key and k.business_id = n.business_id and k.dispatch_id = n.proposed_id)sql"};

// One of the batch on its way.
struct Pending {
  const NewDispatch* wanted;
  CreateOutcome* outcome;
  Match match;
  std::string proposed_id;
};

struct Key {
  std::string business_id;
  std::string kind;
  std::string key;
  std::string content_hash;  // bytea's text form
  Pending* pending;
};

// Their businesses. A directory that is being written may just give one of their
// numbers an owner: it is waited for.
absl::StatusOr<Matches> FindBusinesses(db::Transaction& transaction, std::optional<absl::Time> now,
                                       const std::vector<core::Call>& calls) {
  absl::StatusOr<Matches> matches = MatchBusinesses(transaction, now, calls);
  const auto is_missing = [](const Match& match) { return match.business.id == kNilId; };
  if (!matches.ok() || std::none_of(matches->of_calls.begin(), matches->of_calls.end(), is_missing)) return matches;
  if (absl::Status status = HoldDirectory(transaction); !status.ok()) return status;
  return MatchBusinesses(transaction, now, calls);
}

absl::Status Reused(absl::string_view reason, const std::string& id) {
  return Error(absl::StatusCode::kInvalidArgument, reason,
               absl::StrCat("\"", id, "\" was used before for something else; choose a new id"), {{"id", id}});
}

// Claims `keys` for their proposed dispatches. Those that are known already
// get the known dispatch as their outcome, or an error when it stands for
// something else.
absl::Status ClaimKeys(db::Transaction& transaction, absl::Time now, const std::vector<Key>& keys,
                       absl::string_view reused_reason) {
  if (keys.empty()) return absl::OkStatus();
  db::Column business_id, kind, key, dispatch_id, content_hash, create_time;
  for (const Key& k : keys) {
    business_id.Add(k.business_id);
    kind.Add(k.kind);
    key.Add(k.key);
    dispatch_id.Add(k.pending->proposed_id);
    content_hash.Add(k.content_hash);
    create_time.Add(now);
  }
  const auto inserted = transaction.Run(kInsertKeys, {business_id, kind, key, dispatch_id, content_hash, create_time});
  if (!inserted.ok()) return inserted.status();
  if (static_cast<std::size_t>(inserted->affected_rows()) == keys.size()) return absl::OkStatus();
  const auto result = transaction.Run(kReadKeys, {business_id, kind, key});
  if (!result.ok()) return result.status();
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    const Key& k = keys[static_cast<std::size_t>(row.Int() - 1)];
    const std::string holder = row.Text();
    const std::string known_hash = absl::StrCat("\\x", row.Text());
    if (holder == k.pending->proposed_id || !k.pending->outcome->dispatch_id.empty()) continue;
    // Whether it is a provider's call of these numbers is seen when it is read.
    if (known_hash != k.content_hash && k.kind != "RETELL") {
      k.pending->outcome->status = Reused(reused_reason, k.key);
    } else {
      k.pending->outcome->dispatch_id = holder;
    }
  }
  return absl::OkStatus();
}

bool IsUnmatched(const Pending& pending) { return pending.match.business.id == kNilId; }

bool IsOpen(const Pending& pending) { return pending.outcome->status.ok() && pending.outcome->dispatch_id.empty(); }

std::vector<Key> RequestKeys(std::vector<Pending>& batch) {
  std::vector<Key> keys;
  for (Pending& pending : batch) {
    if (pending.wanted->request_id.empty()) continue;
    keys.push_back(
        {std::string(kNilId), "REQUEST", pending.wanted->request_id, RequestHash(pending.wanted->call), &pending});
  }
  return keys;
}

std::vector<Key> CallKeys(std::vector<Pending>& batch) {
  std::vector<Key> keys;
  for (Pending& pending : batch) {
    const core::Call& call = pending.wanted->call;
    if (!IsOpen(pending)) continue;
    const bool by_network = call.source == v1::CALL_SOURCE_TWILIO;
    if (!call.external_call_id.empty() && !by_network) {
      // A provider's id of a call means the same call whoever is asked; an id
      // that a business made up is its own.
      const bool made_up = call.source == v1::CALL_SOURCE_MANUAL;
      keys.push_back({made_up ? pending.match.business.id : std::string(kNilId), core::Name(call.source),
                      call.external_call_id, CallIdentityHash(call), &pending});
    }
    // The telephone network's id joins its report of a call to the agent's,
    // however each of them writes the numbers.
    const std::string& sid = by_network ? call.external_call_id : call.twilio_call_sid;
    if (!sid.empty()) keys.push_back({std::string(kNilId), "TWILIO", sid, CallIdentityHash({}), &pending});
  }
  return keys;
}

absl::Status PointKeys(db::Transaction& transaction, const std::vector<Key>& keys) {
  db::Column business_id, kind, key, proposed_id, dispatch_id;
  bool any = false;
  for (const Key& k : keys) {
    const std::string& holder = k.pending->outcome->dispatch_id;
    if (holder.empty() || holder == k.pending->proposed_id) continue;
    any = true;
    business_id.Add(k.business_id);
    kind.Add(k.kind);
    key.Add(k.key);
    proposed_id.Add(k.pending->proposed_id);
    dispatch_id.Add(k.pending->outcome->dispatch_id);
  }
  if (!any) return absl::OkStatus();
  return transaction.Run(kPointKeys, {business_id, kind, key, proposed_id, dispatch_id}).status();
}

absl::Status ClaimIds(db::Transaction& transaction, absl::Time now, std::vector<Pending>& batch,
                      std::vector<Key>& keys) {
  keys = RequestKeys(batch);
  absl::Status status = ClaimKeys(transaction, now, keys, "REQUEST_ID_REUSED");
  if (!status.ok()) return status;
  const std::vector<Key> call_keys = CallKeys(batch);
  status = ClaimKeys(transaction, now, call_keys, "CALL_ID_REUSED");
  keys.insert(keys.end(), call_keys.begin(), call_keys.end());
  return status.ok() ? PointKeys(transaction, keys) : status;
}

// Whether `report` cannot be of the call that has its id. A number that one of them
// lacks is no difference: it may be what the other is waited for.
bool HasOtherNumbers(const core::Call& known, const core::Call& report) {
  const auto differ = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
  return known.source == report.source && known.external_call_id == report.external_call_id &&
         !report.external_call_id.empty() &&
         (differ(known.caller_number, report.caller_number) || differ(known.called_number, report.called_number));
}

bool HasOtherNumbers(const core::Snapshot& known, const core::Call& report) {
  const auto has = [&report](const core::Call& call) { return HasOtherNumbers(call, report); };
  return has(known.call) || std::any_of(known.repeat_calls.begin(), known.repeat_calls.end(), has);
}

// Tells known dispatches what was said of their calls this time.
absl::Status ReportAgain(db::Transaction& transaction, absl::Time now, std::vector<Pending>& batch) {
  std::set<std::string> ids;
  for (const Pending& pending : batch) {
    if (!pending.outcome->dispatch_id.empty()) ids.insert(pending.outcome->dispatch_id);
  }
  if (ids.empty()) return absl::OkStatus();
  auto known = LockSnapshots(transaction, now, ids);
  if (!known.ok()) return known.status();
  for (const Pending& pending : batch) {
    const auto found = known->by_id.find(pending.outcome->dispatch_id);
    if (found == known->by_id.end()) continue;
    if (HasOtherNumbers(found->second, pending.wanted->call)) {
      *pending.outcome = {Reused("CALL_ID_REUSED", pending.wanted->call.external_call_id), "", false, std::nullopt};
      continue;
    }
    found->second = core::Step(std::move(found->second), core::CallReportedAgain{pending.wanted->call}, now, &NewId);
  }
  std::vector<core::Snapshot> snapshots;
  for (auto& [id, snapshot] : known->by_id) snapshots.push_back(std::move(snapshot));
  if (absl::Status status = WriteSnapshots(transaction, snapshots); !status.ok()) return status;
  // A report that came first may have had nobody's number.
  for (const Pending& pending : batch) {
    if (pending.outcome->dispatch_id.empty() || pending.match.business.id == kNilId) continue;
    const auto moved = AssignBusiness(transaction, now, pending.outcome->dispatch_id, pending.match.business.id,
                                      "system", pending.match.rule);
    if (!moved.ok() && ErrorReason(moved.status()) != "NOT_UNDER_REVIEW") return moved.status();
  }
  return absl::OkStatus();
}

// Whether both came in where only one business can be meant.
bool SameDoor(const core::Call& first, const core::Call& second) {
  if (first.called_number.empty() && first.retell_agent_id.empty()) return false;
  return first.called_number == second.called_number && first.retell_agent_id == second.retell_agent_id;
}

// Two of a batch that must be recorded one after the other.
absl::Status SameCall() {
  return Error(absl::StatusCode::kAlreadyExists, "SAME_CALL",
               "two reports of a call, or two calls of a caller, at once");
}

// Whether one of the batch was given the dispatch that another one is to begin.
bool HasReportsOfOneCall(const std::vector<Pending>& batch) {
  std::set<std::string> proposed;
  for (const Pending& pending : batch) proposed.insert(pending.proposed_id);
  return std::any_of(batch.begin(), batch.end(),
                     [&proposed](const Pending& pending) { return proposed.count(pending.outcome->dispatch_id) > 0; });
}

// Whether it may join a dispatch that is under way.
bool MayJoin(const Pending& pending, const std::map<std::string, Roster>& rosters) {
  const core::Call& call = pending.wanted->call;
  const auto roster = rosters.find(pending.match.business.id);
  // What only the network reported says nothing of its matter yet.
  const bool mute = call.source == v1::CALL_SOURCE_TWILIO;
  return IsOpen(pending) && !mute && !call.caller_number.empty() && roster != rosters.end() &&
         roster->second.repeat_call_window > absl::ZeroDuration();
}

// Whoever calls again about the same matter joins the dispatch that is under way.
absl::Status JoinRunning(db::Transaction& transaction, absl::Time now, const std::map<std::string, Roster>& rosters,
                         std::vector<Pending>& batch) {
  db::Column business_id, caller_number, since;
  std::vector<Pending*> asked;
  std::set<std::pair<std::string, std::string>> callers;
  // What was known already may have changed since the match, or been waited for.
  const bool all_new = std::all_of(batch.begin(), batch.end(), IsOpen);
  for (Pending& pending : batch) {
    if (!MayJoin(pending, rosters)) continue;
    const core::Call& call = pending.wanted->call;
    if (!callers.emplace(pending.match.business.id, call.caller_number).second) return SameCall();
    if (all_new && !pending.match.caller_waits) continue;
    business_id.Add(pending.match.business.id);
    caller_number.Add(call.caller_number);
    since.Add(now - rosters.at(pending.match.business.id).repeat_call_window);
    asked.push_back(&pending);
  }
  if (asked.empty()) return absl::OkStatus();
  const auto result = transaction.Run(kFindRunning, {business_id, caller_number, since});
  if (!result.ok()) return result.status();
  std::vector<std::pair<Pending*, std::string>> running;
  std::set<std::string> ids;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    Pending* pending = asked[static_cast<std::size_t>(row.Int() - 1)];
    running.emplace_back(pending, row.Text());
    ids.insert(running.back().second);
  }
  auto locked = LockSnapshots(transaction, now, ids);
  if (!locked.ok()) return locked.status();
  std::vector<core::Snapshot> joined;
  for (const auto& [pending, id] : running) {
    core::Snapshot& snapshot = locked->by_id.at(id);
    const core::Business& business = snapshot.business;
    // Two calls without a business may be for two of them.
    if (!IsOpen(*pending) || (IsUnmatched(*pending) && !SameDoor(snapshot.call, pending->wanted->call))) continue;
    if (core::IsFinal(snapshot.dispatch.status) ||
        !core::IsSameMatter(snapshot.call, pending->wanted->call, business.trade, business.urgency_rules)) {
      continue;
    }
    pending->outcome->dispatch_id = id;
    joined.push_back(core::Step(std::move(snapshot), core::CallRepeated{pending->wanted->call}, now, &NewId));
  }
  return WriteSnapshots(transaction, joined);
}

absl::Status Start(db::Transaction& transaction, absl::Time now, const std::map<std::string, Roster>& rosters,
                   std::vector<Pending>& batch) {
  std::set<std::string> business_ids;
  for (const Pending& pending : batch) {
    if (IsOpen(pending) && pending.match.suppressed) business_ids.insert(pending.match.business.id);
  }
  if (absl::Status status = JoinRunning(transaction, now, rosters, batch); !status.ok()) return status;
  const auto suppressions = ReadSuppressions(transaction, now, business_ids);
  if (!suppressions.ok()) return suppressions.status();
  std::vector<core::Snapshot> snapshots;
  for (Pending& pending : batch) {
    if (!IsOpen(pending)) continue;
    core::Snapshot snapshot;
    snapshot.business = pending.match.business;
    snapshot.policy_id = pending.match.policy_id;
    snapshot.policies = PoliciesFromJson(pending.match.policies);
    if (const auto known = suppressions->find(snapshot.business.id); known != suppressions->end()) {
      snapshot.suppressions = known->second;
    }
    snapshot.call = pending.wanted->call;
    snapshot.call_changed = true;
    snapshot.dispatch.id = pending.proposed_id;
    snapshot.dispatch.create_time = now;
    if (const auto found = rosters.find(snapshot.business.id); found != rosters.end()) Fill(found->second, snapshot);
    snapshots.push_back(
        core::Step(std::move(snapshot), core::Started{pending.match.rule, pending.wanted->asks_model}, now, &NewId));
    pending.outcome->dispatch_id = pending.proposed_id;
    pending.outcome->created = true;
  }
  if (absl::Status status = InsertSnapshots(transaction, snapshots); !status.ok()) return status;
  auto written = snapshots.begin();
  for (Pending& pending : batch) {
    if (pending.outcome->created) pending.outcome->snapshot = std::move(*written++);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateDispatches(db::Transaction& transaction, std::optional<absl::Time> statement_time,
                              const std::vector<NewDispatch>& batch, std::vector<CreateOutcome>& outcomes) {
  outcomes.assign(batch.size(), CreateOutcome());
  std::vector<Pending> pending;
  for (std::size_t i = 0; i < batch.size(); ++i) pending.push_back({&batch[i], &outcomes[i], {}, NewId()});
  std::vector<core::Call> calls;
  for (const NewDispatch& wanted : batch) calls.push_back(wanted.call);
  absl::StatusOr<Matches> matches = FindBusinesses(transaction, statement_time, calls);
  if (!matches.ok()) return Annotate(matches.status(), "create dispatches");
  for (std::size_t i = 0; i < pending.size(); ++i) pending[i].match = std::move(matches->of_calls[i]);
  const absl::Time now = matches->now;
  std::vector<Key> keys;
  absl::Status status = ClaimIds(transaction, now, pending, keys);
  if (status.ok() && HasReportsOfOneCall(pending)) status = SameCall();
  if (status.ok()) status = ReportAgain(transaction, now, pending);
  if (status.ok()) status = Start(transaction, now, matches->rosters, pending);
  // Those of calls that joined.
  if (status.ok()) status = PointKeys(transaction, keys);
  return Annotate(status, "create dispatches");
}

std::vector<const db::Statement*> CreateStatements() { return {&kFindRunning, &kInsertKeys, &kReadKeys, &kPointKeys}; }

}  // namespace afterhours::store
