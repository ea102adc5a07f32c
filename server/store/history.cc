#include "server/store/history.h"

#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "server/core/names.h"
#include "server/db/row_reader.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using db::RowReader;

// All, or those of a business: a plan is made once, for both.
constexpr db::Statement kListDispatches{"list_dispatches", R"sql(
  select d.id, d.business_id, b.name, d.status, d.urgency, d.urgency_confidence, d.urgency_reason, d.acked_by,
         micros(d.create_time), micros(d.update_time), micros(d.end_time),
         c.source, c.external_call_id, c.caller_number, c.called_number, c.summary
  from (
    (select * from dispatches
     where $1 = '' and id < coalesce(nullif($2, ''), 'ffffffff-ffff-ffff-ffff-ffffffffffff')::uuid
       and (cardinality($3::text[]) = 0 or status = any($3::text[]))
     order by id desc limit $4)
    union all
    (select * from dispatches
     where $1 <> '' and business_id = nullif($1, '')::uuid
       and id < coalesce(nullif($2, ''), 'ffffffff-ffff-ffff-ffff-ffffffffffff')::uuid
       and (cardinality($3::text[]) = 0 or status = any($3::text[]))
     order by id desc limit $4)) d
  cross join lateral (select * from businesses where id = d.business_id offset 0) b
  left join lateral (select * from calls where dispatch_id = d.id and business_id = d.business_id offset 0) c on true
  order by d.id desc)sql"};

constexpr db::Statement kReadNews{"read_news", R"sql(
  select d.id, d.status, e.sequence, micros(e.event_time), e.kind, e.actor, e.page_id, e.message, e.attributes
  from unnest($1::uuid[], $2::int[]) w(dispatch_id, after_sequence)
  join dispatches d on d.id = w.dispatch_id
  left join events e on d.event_count > w.after_sequence and e.dispatch_id = d.id
    and e.business_id = d.business_id and e.sequence > w.after_sequence
    and e.dispatch_id between $3::uuid and $4::uuid
  order by d.id, e.sequence)sql"};

constexpr db::Statement kFindDispatchByCall{"find_dispatch_by_call", R"sql(
  select dispatch_id from dispatch_keys
  where kind in ('RETELL', 'TWILIO', 'MANUAL') and key = $1 order by create_time desc limit 1)sql"};

constexpr db::Statement kEnsurePartitions{"ensure_history_partitions", R"sql(
  select ensure_history_partitions(coalesce($1, now()), 3))sql"};

core::Event ReadEventRow(RowReader& row) {
  core::Event event;
  event.sequence = static_cast<int>(row.Int());
  event.event_time = row.Time();
  event.kind = core::ParseEventKind(row.Text());
  event.actor = row.Text();
  event.page_id = row.Text();
  event.message = row.Text();
  const nlohmann::json attributes = nlohmann::json::parse(row.Text(), nullptr, /*allow_exceptions=*/false);
  for (const auto& [name, value] : attributes.items()) {
    event.attributes[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return event;
}

}  // namespace

absl::StatusOr<std::vector<core::Snapshot>> ListDispatches(db::Transaction& transaction, const ListFilter& filter) {
  db::Column statuses;
  for (const std::string& status : filter.statuses) statuses.Add(status);
  const auto result =
      transaction.Run(kListDispatches, {filter.business_id, filter.before_id, statuses, filter.count_max});
  if (!result.ok()) return result.status();
  std::vector<core::Snapshot> snapshots;
  for (const pqxx::row& fields : *result) {
    RowReader row(fields);
    core::Snapshot snapshot;
    snapshot.dispatch.id = row.Text();
    snapshot.business.id = row.Text();
    snapshot.business.name = row.Text();
    snapshot.dispatch.status = core::ParseDispatchStatus(row.Text());
    snapshot.dispatch.urgency = core::ParseUrgency(row.Text());
    snapshot.dispatch.urgency_confidence = row.Real();
    snapshot.dispatch.urgency_reason = row.Text();
    snapshot.dispatch.acked_by = row.Text();
    snapshot.dispatch.create_time = row.Time();
    snapshot.dispatch.update_time = row.Time();
    snapshot.dispatch.end_time = row.OptionalTime();
    snapshot.call.source = core::ParseCallSource(row.Text());
    snapshot.call.external_call_id = row.Text();
    snapshot.call.caller_number = row.Text();
    snapshot.call.called_number = row.Text();
    snapshot.call.summary = row.Text();
    snapshots.push_back(std::move(snapshot));
  }
  return snapshots;
}

absl::StatusOr<std::map<std::string, DispatchNews>> ReadNews(db::Transaction& transaction,
                                                             const std::map<std::string, int>& after_sequence) {
  if (after_sequence.empty()) return std::map<std::string, DispatchNews>();
  db::Column ids, sequences;
  std::vector<std::string> names;
  for (const auto& [id, sequence] : after_sequence) {
    ids.Add(id);
    sequences.Add(sequence);
    names.push_back(id);
  }
  const auto [first, last] = IdBounds(names);
  const auto result = transaction.Run(kReadNews, {ids, sequences, first, last});
  if (!result.ok()) return result.status();
  std::map<std::string, DispatchNews> news;
  for (const pqxx::row& fields : *result) {
    RowReader row(fields);
    DispatchNews& of_dispatch = news[row.Text()];
    of_dispatch.status = core::ParseDispatchStatus(row.Text());
    if (!fields[2].is_null()) of_dispatch.events.push_back(ReadEventRow(row));
  }
  return news;
}

absl::StatusOr<std::string> FindDispatchByCall(db::Transaction& transaction, const std::string& external_call_id) {
  const auto result = transaction.Run(kFindDispatchByCall, {external_call_id});
  if (!result.ok()) return result.status();
  return result->empty() ? std::string() : (*result)[0][0].as<std::string>();
}

absl::Status EnsureHistoryPartitions(db::Transaction& transaction, std::optional<absl::Time> now) {
  return transaction.Run(kEnsurePartitions, {now}).status();
}

std::vector<const db::Statement*> HistoryStatements() {
  return {&kListDispatches, &kReadNews, &kFindDispatchByCall, &kEnsurePartitions};
}

}  // namespace afterhours::store
