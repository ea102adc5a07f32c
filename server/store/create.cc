#include "server/store/create.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/core/step.h"
#include "server/db/row_reader.h"
#include "server/store/content_hash.h"
#include "server/store/json.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kMatchBusinesses{"match_businesses", R"sql(
  with sole as materialized (select id from businesses where active limit 2),
  matched as materialized (
    select u.place, coalesce(n.business_id, s.id) as id, n.business_id is not null as by_number
    from unnest($1::text[]) with ordinality u(number, place)
    left join lateral (select * from business_numbers where number = u.number offset 0) n on true
    left join sole s on n.number is null and (select count(*) from sole) = 1)
  select micros(coalesce($2, now())), b.id, b.name, b.sms_sender, b.time_zone, b.owner_name, b.owner_phone,
         b.policy_id, p.content, m.by_number and b.id is not null
  from matched m
  left join lateral (select * from businesses where id = m.id and active offset 0) b on true
  left join lateral (select * from policies where id = b.policy_id offset 0) p on true
  order by m.place)sql"};

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

struct Match {
  core::Business business;
  std::string policy_id;
  std::string policies;
  std::string rule;
};

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

absl::Status MatchBusinesses(db::Transaction& transaction, std::optional<absl::Time>& now,
                             std::vector<Pending>& batch) {
  db::Column numbers;
  for (const Pending& pending : batch) numbers.Add(pending.wanted->call.called_number);
  const auto result = transaction.Run(kMatchBusinesses, {numbers, now});
  if (!result.ok()) return result.status();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    db::RowReader row((*result)[static_cast<int>(i)]);
    now = row.Time();
    Match& match = batch[i].match;
    match.business.id = row.Text();
    match.business.name = row.Text();
    match.business.sms_sender = row.Text();
    match.business.time_zone = row.Text();
    match.business.owner_name = row.Text();
    match.business.owner_phone = row.Text();
    match.policy_id = row.Text();
    match.policies = row.Text();
    const bool by_number = row.Bool();
    const std::string& called = batch[i].wanted->call.called_number;
    if (by_number) {
      match.rule = absl::StrCat("it owns the called number ", called);
    } else if (!match.business.id.empty()) {
      match.rule = "it is the only business";
    } else {
      match.business.id = std::string(kNilId);
      match.rule = called.empty() ? "the called number is missing" : absl::StrCat("nobody owns ", called);
    }
  }
  return absl::OkStatus();
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
  const auto result = transaction.Run(kReadKeys, {business_id, kind, key});
  if (!result.ok()) return result.status();
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    const Key& k = keys[static_cast<std::size_t>(row.Int() - 1)];
    const std::string holder = row.Text();
    const std::string known_hash = absl::StrCat("\\x", row.Text());
    if (holder == k.pending->proposed_id || !k.pending->outcome->dispatch_id.empty()) continue;
    if (known_hash != k.content_hash) {
      k.pending->outcome->status =
          Error(absl::StatusCode::kInvalidArgument, reused_reason,
                absl::StrCat("\"", k.key, "\" was used before for something else; choose a new id"), {{"id", k.key}});
    } else {
      k.pending->outcome->dispatch_id = holder;
    }
  }
  return absl::OkStatus();
}

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
    if (k.pending->outcome->dispatch_id.empty()) continue;
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

absl::Status ClaimIds(db::Transaction& transaction, absl::Time now, std::vector<Pending>& batch) {
  std::vector<Key> keys = RequestKeys(batch);
  absl::Status status = ClaimKeys(transaction, now, keys, "REQUEST_ID_REUSED");
  if (!status.ok()) return status;
  const std::vector<Key> call_keys = CallKeys(batch);
  status = ClaimKeys(transaction, now, call_keys, "CALL_ID_REUSED");
  keys.insert(keys.end(), call_keys.begin(), call_keys.end());
  return status.ok() ? PointKeys(transaction, keys) : status;
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
    found->second = core::Step(std::move(found->second), core::CallReportedAgain{pending.wanted->call}, now, &NewId);
  }
  std::vector<core::Snapshot> snapshots;
  for (auto& [id, snapshot] : known->by_id) snapshots.push_back(std::move(snapshot));
  return WriteSnapshots(transaction, snapshots);
}

absl::Status Start(db::Transaction& transaction, absl::Time now, std::vector<Pending>& batch) {
  std::set<std::string> business_ids;
  for (const Pending& pending : batch) {
    if (IsOpen(pending)) business_ids.insert(pending.match.business.id);
  }
  if (business_ids.empty()) return absl::OkStatus();
  const auto on_call = ReadOnCall(transaction, business_ids);
  if (!on_call.ok()) return on_call.status();
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
    const auto found = on_call->find(snapshot.business.id);
    if (found != on_call->end()) snapshot.on_call = found->second;
    snapshots.push_back(core::Step(std::move(snapshot), core::Started{pending.match.rule}, now, &NewId));
    pending.outcome->dispatch_id = pending.proposed_id;
    pending.outcome->created = true;
  }
  return InsertSnapshots(transaction, snapshots);
}

}  // namespace

absl::Status CreateDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                              const std::vector<NewDispatch>& batch, std::vector<CreateOutcome>& outcomes) {
  outcomes.assign(batch.size(), CreateOutcome());
  std::vector<Pending> pending;
  for (std::size_t i = 0; i < batch.size(); ++i) pending.push_back({&batch[i], &outcomes[i], {}, NewId()});
  absl::Status status = MatchBusinesses(transaction, now, pending);
  if (status.ok()) status = ClaimIds(transaction, *now, pending);
  if (status.ok()) status = ReportAgain(transaction, *now, pending);
  if (status.ok()) status = Start(transaction, *now, pending);
  return Annotate(status, "create dispatches");
}

std::vector<const db::Statement*> CreateStatements() {
  return {&kMatchBusinesses, &kInsertKeys, &kReadKeys, &kPointKeys};
}

}  // namespace afterhours::store
