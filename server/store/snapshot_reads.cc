#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/directory.h"
#include "server/core/names.h"
#include "server/core/roster.h"
#include "server/core/step.h"
#include "server/db/row_reader.h"
#include "server/store/directory_json.h"
#include "server/store/json.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using db::RowReader;

constexpr db::Statement kLockDispatches{"lock_dispatches", R"sql(
  select micros(coalesce($2, now())), id, event_count
  from dispatches where id = any($1::uuid[]) order by id for no key update)sql"};

// `offset 0` keeps a lookup by key a lookup by key: see statements.h. $3 and $4 are the
// bounds of $1, so that only the months that these are of are opened.
constexpr db::Statement kReadDispatches{"read_dispatches", R"sql(
  select micros(coalesce($2, now())), d.id, d.business_id, b.name, b.sms_sender, b.time_zone, b.owner_name,
         b.owner_phone, d.policy_id, p.content, d.chain, d.status, d.urgency, d.urgency_confidence, d.urgency_reason,
         d.screening, d.acked_by, d.acked_by_technician_id, d.event_count, micros(d.create_time),
         micros(d.update_time), micros(d.end_time),
         c.source, c.external_call_id, c.caller_number, c.called_number, c.summary, c.transcript,
         c.given_urgency, micros(c.start_time), micros(c.end_time), c.twilio_call_sid, c.retell_agent_id,
         -- Not "exists": that may become a look at all of them.
         coalesce((select true from repeat_calls r where r.dispatch_id = d.id and r.business_id = d.business_id limit 1),
                  false),
         coalesce((select true from suppressions s
                   where s.business_id = d.business_id and s.expire_time > coalesce($2, now()) limit 1), false),
         -- "KIND PAGE MICROS", one after the other.
         (select string_agg(t.kind || ' ' || t.page_id || ' ' || micros(t.due_time), ' ')
          from timers t where t.dispatch_id = d.id)
  from unnest($1::uuid[]) w(id)
  cross join lateral (select * from dispatches where id = w.id offset 0) d
  cross join lateral (select * from businesses where id = d.business_id offset 0) b
  left join lateral (select * from policies where id = d.policy_id offset 0) p on true
  cross join lateral (select * from calls where dispatch_id = d.id and business_id = d.business_id
                      and dispatch_id between $3::uuid and $4::uuid offset 0) c)sql"};

constexpr db::Statement kReadPages{"read_pages", R"sql(
  select p.dispatch_id, p.id, p.technician_id, p.technician_name, p.channel, p.provider, p.to_address,
         p.from_address, p.body, p.reply_code, p.state, p.attempt_count, p.epoch, p.owner,
         micros(p.lease_expire_time), micros(p.due_time), o.page_id is not null, micros(p.send_time), p.check_count,
         p.over, p.provider_message_id, p.error_code, p.error_message, micros(p.create_time), micros(p.update_time)
  from unnest($1::uuid[]) w(dispatch_id)
  cross join lateral (select * from pages where dispatch_id = w.dispatch_id offset 0) p
  left join lateral (select * from outbox where page_id = p.id and business_id = p.business_id offset 0) o on true
  order by p.create_time, p.id)sql"};

constexpr db::Statement kReadSuppressions{"read_suppressions", R"sql(
  select business_id, channel, address, sender, reason, micros(expire_time)
  from suppressions where business_id = any($1::uuid[]) and expire_time > coalesce($2, now()))sql"};

constexpr db::Statement kReadRosters{"read_rosters", R"sql(
  select r.business_id, r.time_zone, r.details, r.technicians
  from unnest($1::uuid[]) w(id)
  cross join lateral (select * from rosters where business_id = w.id offset 0) r)sql"};

constexpr db::Statement kReadRepeatCalls{"read_repeat_calls", R"sql(
  select dispatch_id, source, external_call_id, caller_number, called_number, summary, transcript, given_urgency,
         micros(start_time), micros(end_time), twilio_call_sid, retell_agent_id
  from repeat_calls where dispatch_id = any($1::uuid[]) order by dispatch_id, position)sql"};

core::Call ReadCall(RowReader& row) {
  core::Call call;
  call.source = core::ParseCallSource(row.Text());
  call.external_call_id = row.Text();
  call.caller_number = row.Text();
  call.called_number = row.Text();
  call.summary = row.Text();
  call.transcript = row.Text();
  call.given_urgency = core::ParseUrgency(row.Text());
  call.start_time = row.OptionalTime();
  call.end_time = row.OptionalTime();
  call.twilio_call_sid = row.Text();
  call.retell_agent_id = row.Text();
  return call;
}

core::Snapshot ReadDispatchRow(RowReader& row) {
  core::Snapshot snapshot;
  core::Dispatch& dispatch = snapshot.dispatch;
  dispatch.id = row.Text();
  snapshot.business.id = row.Text();
  snapshot.business.name = row.Text();
  snapshot.business.sms_sender = row.Text();
  snapshot.business.time_zone = row.Text();
  snapshot.business.owner_name = row.Text();
  snapshot.business.owner_phone = row.Text();
  snapshot.policy_id = row.Text();
  snapshot.policies = PoliciesFromJson(row.Text());
  dispatch.chain = ChainFromJson(row.Text());
  dispatch.status = core::ParseDispatchStatus(row.Text());
  dispatch.urgency = core::ParseUrgency(row.Text());
  dispatch.urgency_confidence = row.Real();
  dispatch.urgency_reason = row.Text();
  dispatch.screening = core::ParseScreening(row.Text());
  dispatch.acked_by = row.Text();
  dispatch.acked_by_technician_id = row.Text();
  dispatch.event_count = static_cast<int>(row.Int());
  dispatch.create_time = row.Time();
  dispatch.update_time = row.Time();
  dispatch.end_time = row.OptionalTime();
  snapshot.call = ReadCall(row);
  return snapshot;
}

core::Timers ParseTimers(const std::string& text) {
  core::Timers timers;
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
  for (std::size_t i = 0; i + 2 < words.size(); i += 3) {
    std::int64_t micros = 0;
    if (!absl::SimpleAtoi(words[i + 2], &micros)) continue;  // it is a number: we asked for one
    const core::TimerKind kind = core::ParseTimerKind(std::string(words[i]));
    std::string page_id = words[i + 1] == kNilId ? "" : std::string(words[i + 1]);
    timers[{kind, std::move(page_id)}] = absl::FromUnixMicros(micros);
  }
  return timers;
}

core::Page ReadPageRow(RowReader& row) {
  core::Page page;
  page.stored = true;
  page.id = row.Text();
  page.technician_id = row.Text();
  page.technician_name = row.Text();
  page.channel = core::ParseChannel(row.Text());
  page.provider = row.Text();
  page.to_address = row.Text();
  page.from_address = row.Text();
  page.body = row.Text();
  page.reply_code = row.Text();
  page.state = core::ParsePageState(row.Text());
  page.attempt_count = static_cast<int>(row.Int());
  page.epoch = row.Int();
  page.owner = row.Text();
  page.lease_expire_time = row.OptionalTime();
  page.due_time = row.OptionalTime();
  page.queued = row.Bool();
  page.send_time = row.OptionalTime();
  page.check_count = static_cast<int>(row.Int());
  page.over = row.Bool();
  page.provider_message_id = row.Text();
  page.error_code = row.Text();
  page.error_message = row.Text();
  page.create_time = row.Time();
  page.update_time = row.Time();
  return page;
}

absl::Status ReadRepeatCalls(db::Transaction& transaction, const db::Column& ids, Snapshots& snapshots) {
  const auto result = transaction.Run(kReadRepeatCalls, {ids});
  if (!result.ok()) return result.status();
  for (const pqxx::row& fields : *result) {
    RowReader row(fields);
    const auto found = snapshots.by_id.find(row.Text());
    if (found == snapshots.by_id.end()) continue;
    found->second.repeat_calls.push_back(ReadCall(row));
  }
  return absl::OkStatus();
}

db::Column ColumnOf(const std::set<std::string>& values) {
  db::Column column;
  for (const std::string& value : values) column.Add(value);
  return column;
}

}  // namespace

absl::StatusOr<Snapshots> ReadDispatches(db::Transaction& transaction, std::optional<absl::Time> now,
                                         const std::set<std::string>& dispatch_ids) {
  Snapshots snapshots;
  if (dispatch_ids.empty()) return snapshots;
  const db::Column ids = ColumnOf(dispatch_ids);
  const auto [first, last] = IdBounds({dispatch_ids.begin(), dispatch_ids.end()});
  const auto dispatches = transaction.Run(kReadDispatches, {ids, now, first, last});
  if (!dispatches.ok()) return dispatches.status();
  bool any_repeats = false;
  for (const pqxx::row& fields : *dispatches) {
    RowReader row(fields);
    snapshots.now = row.Time();
    core::Snapshot snapshot = ReadDispatchRow(row);
    any_repeats = row.Bool() || any_repeats;
    snapshots.suppressed = row.Bool() || snapshots.suppressed;
    snapshot.timers = ParseTimers(row.Text());
    snapshot.stored_timers = snapshot.timers;
    snapshots.by_id.emplace(snapshot.dispatch.id, std::move(snapshot));
  }
  const auto pages = transaction.Run(kReadPages, {ids});
  if (!pages.ok()) return pages.status();
  for (const pqxx::row& fields : *pages) {
    RowReader row(fields);
    const auto found = snapshots.by_id.find(row.Text());
    if (found != snapshots.by_id.end()) found->second.pages.push_back(ReadPageRow(row));
  }
  if (any_repeats) {
    if (absl::Status status = ReadRepeatCalls(transaction, ids, snapshots); !status.ok()) return status;
  }
  return snapshots;
}

absl::StatusOr<Snapshots> ReadSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids) {
  absl::StatusOr<Snapshots> snapshots = ReadDispatches(transaction, now, dispatch_ids);
  if (!snapshots.ok() || snapshots->by_id.empty()) return snapshots;
  std::set<std::string> business_ids;
  for (const auto& [id, snapshot] : snapshots->by_id) business_ids.insert(snapshot.business.id);
  const auto rosters = ReadRosters(transaction, snapshots->now, business_ids);
  if (!rosters.ok()) return rosters.status();
  std::map<std::string, std::vector<core::Suppression>> known_suppressions;
  if (snapshots->suppressed) {
    auto suppressions = ReadSuppressions(transaction, now, business_ids);
    if (!suppressions.ok()) return suppressions.status();
    known_suppressions = *std::move(suppressions);
  }
  for (auto& [id, snapshot] : snapshots->by_id) {
    if (const auto known = known_suppressions.find(snapshot.business.id); known != known_suppressions.end()) {
      snapshot.suppressions = known->second;
    }
    const auto found = rosters->find(snapshot.business.id);
    if (found != rosters->end()) Fill(found->second, snapshot);
  }
  return snapshots;
}

absl::StatusOr<Snapshots> LockSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids) {
  return LockSnapshots(transaction, now, dispatch_ids, {});
}

absl::StatusOr<Snapshots> LockSnapshots(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::set<std::string>& dispatch_ids,
                                        const std::map<std::string, const core::Snapshot*>& known) {
  if (dispatch_ids.empty()) return Snapshots();
  // Locked first and read after: a statement that waited for a lock would see
  // the rows of other tables as they were before the wait.
  const auto locked = transaction.Run(kLockDispatches, {ColumnOf(dispatch_ids), now});
  if (!locked.ok()) return locked.status();
  Snapshots unchanged;
  std::set<std::string> others;
  for (const pqxx::row& fields : *locked) {
    RowReader row(fields);
    unchanged.now = row.Time();
    std::string id = row.Text();
    const auto found = known.find(id);
    if (found != known.end() && found->second->dispatch.event_count == row.Int()) {
      unchanged.by_id.emplace(std::move(id), *found->second);
    } else {
      others.insert(std::move(id));
    }
  }
  absl::StatusOr<Snapshots> read = ReadSnapshots(transaction, now, others);
  if (!read.ok() || unchanged.by_id.empty()) return read;
  unchanged.by_id.merge(read->by_id);
  return unchanged;
}

void ReadRoster(RowReader& row, absl::Time now, std::map<std::string, Roster>& rosters) {
  const std::string business_id = row.Text(), time_zone = row.Text(), details = row.Text(), technicians = row.Text();
  const auto [place, is_new] = rosters.try_emplace(business_id);
  if (!is_new) return;
  Roster& roster = place->second;
  v1::BusinessDirectory directory;
  directory.mutable_business()->set_id(business_id);
  directory.mutable_business()->set_time_zone(time_zone);
  if (!AddDetails(details, directory)) {
    LogError("a business's roster cannot be read: only its owner is paged", {{"business", business_id}});
  }
  AddTechnicians(technicians, directory);
  for (const v1::OnCall& line : core::WhoIsOnCall(directory, now)) {
    for (const v1::Technician& technician : directory.technicians()) {
      if (technician.key() != line.technician()) continue;
      core::OnCallTechnician on_call{technician.id(), technician.name(), {}, line.reason()};
      for (const v1::ContactMethod& contact : technician.contact_methods()) {
        on_call.contact_methods.push_back({contact.channel(), contact.address()});
      }
      roster.on_call.push_back(std::move(on_call));
    }
  }
  roster.next_change = core::NextOnCallChange(directory, now, now + core::kOnCallHorizon);
  roster.trade = directory.business().trade();
  const auto& rules = directory.business().urgency_rules();
  roster.urgency_rules.assign(rules.begin(), rules.end());
  roster.repeat_call_window = core::RepeatCallWindow(directory.business());
}

absl::StatusOr<std::map<std::string, Roster>> ReadRosters(db::Transaction& transaction, absl::Time now,
                                                          const std::set<std::string>& business_ids) {
  const auto result = transaction.Run(kReadRosters, {ColumnOf(business_ids)});
  if (!result.ok()) return result.status();
  std::map<std::string, Roster> rosters;
  for (const pqxx::row& fields : *result) {
    RowReader row(fields);
    ReadRoster(row, now, rosters);
  }
  return rosters;
}

void Fill(const Roster& roster, core::Snapshot& snapshot) {
  snapshot.on_call = roster.on_call;
  snapshot.next_on_call_change = roster.next_change;
  snapshot.business.trade = roster.trade;
  snapshot.business.urgency_rules = roster.urgency_rules;
}

absl::StatusOr<std::map<std::string, std::vector<core::Suppression>>> ReadSuppressions(
    db::Transaction& transaction, std::optional<absl::Time> now, const std::set<std::string>& business_ids) {
  std::map<std::string, std::vector<core::Suppression>> suppressions;
  if (business_ids.empty()) return suppressions;
  const auto result = transaction.Run(kReadSuppressions, {ColumnOf(business_ids), now});
  if (!result.ok()) return result.status();
  for (const pqxx::row& fields : *result) {
    RowReader row(fields);
    std::vector<core::Suppression>& of_business = suppressions[row.Text()];
    core::Suppression suppression;
    suppression.channel = core::ParseChannel(row.Text());
    suppression.address = row.Text();
    suppression.sender = row.Text();
    suppression.reason = row.Text();
    suppression.expire_time = row.Time();
    of_business.push_back(std::move(suppression));
  }
  return suppressions;
}

std::vector<const db::Statement*> SnapshotReadStatements() {
  return {&kLockDispatches, &kReadDispatches, &kReadPages, &kReadRosters, &kReadRepeatCalls, &kReadSuppressions};
}

}  // namespace afterhours::store
