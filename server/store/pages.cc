#include "server/store/pages.h"

#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/db/row_reader.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

// One business with thousands of pages due must not make the others wait. While no
// more are due than are wanted, all are taken. Else `turn` hops through the index from
// business to business, once around at most, and each gives the first of its pages; it
// takes more of them than are wanted, for another sender may hold some.
constexpr db::Statement kLockDuePages{"lock_due_pages", R"sql(
  with recursive head as materialized (
    select page_id, business_id, due_time from outbox where due_time <= coalesce($1, now())
    order by due_time limit $2 + 1),
  crowd as materialized (select count(*) > $2 as is_one from head),
  turn (business_id, hop, around) as (
    select (select business_id from outbox where business_id > $5::uuid and due_time <= coalesce($1, now())
            order by business_id limit 1), 1, false
    from crowd where is_one
    union all
    select (select o.business_id from outbox o
            where o.business_id > coalesce(t.business_id, '00000000-0000-0000-0000-000000000000')
              and o.due_time <= coalesce($1, now())
              and (o.business_id <= $5::uuid or not (t.around or t.business_id is null))
            order by o.business_id limit 1),
           t.hop + 1, t.around or t.business_id is null
    from turn t where t.hop <= greatest($2, 64) and (t.business_id is not null or not t.around)),
  share as materialized (select greatest(4, 2 * $2 / greatest(count(business_id), 1)::int) as pages from turn),
  candidate as materialized (
    select page_id, business_id, due_time, 0 as place from head where not (select is_one from crowd)
    union all
    (select c.page_id, c.business_id, c.due_time, c.place + coalesce(f.count, 0)
     from turn t
     left join unnest($3::uuid[], $4::int[]) f(business_id, count) on f.business_id = t.business_id
     cross join lateral (
       select o.page_id, o.business_id, o.due_time, row_number() over (order by o.due_time) as place
       from (select * from outbox where business_id = t.business_id and due_time <= coalesce($1, now())
             order by due_time limit (select pages from share)) o) c
     order by 4, 3 limit 2 * greatest($2, 64)))
  select o.dispatch_id, o.page_id,
         (select business_id from turn where business_id is not null order by hop desc limit 1)
  from candidate c
  join outbox o on o.page_id = c.page_id and o.business_id = c.business_id
  join dispatches d on d.id = o.dispatch_id and d.business_id = o.business_id
  order by c.place, o.due_time
  limit $2
  for update of o skip locked
  for no key update of d skip locked)sql"};

constexpr db::Statement kPostponePage{"postpone_page", R"sql(
  update outbox set due_time = coalesce($1, now()) + interval '1 minute' where page_id = $2::uuid)sql"};

constexpr db::Statement kReadOutboxState{"read_outbox_state", R"sql(
  select (select micros(min(due_time)) from outbox) - micros(coalesce($1, now())),
         exists (select 1 from pages where state = 'SENDING' and lease_expire_time <= coalesce($1, now())))sql"};

constexpr db::Statement kFindExpiredLeases{"find_expired_leases", R"sql(
  select dispatch_id, id, epoch from pages
  where state = 'SENDING' and lease_expire_time <= coalesce($1, now())
  order by lease_expire_time limit $2)sql"};

constexpr db::Statement kFindPages{"find_pages", R"sql(
  select coalesce(i.id, m.id), coalesce(i.dispatch_id, m.dispatch_id)
  from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality w(page_id, message_id, provider, place)
  left join lateral (select id, dispatch_id from pages where id = w.page_id offset 0) i on true
  left join lateral (select id, dispatch_id from pages
                     where i.id is null and provider_message_id = w.message_id and provider = w.provider
                       and provider_message_id <> '' limit 1) m on true
  order by w.place)sql"};

constexpr db::Statement kOtherPages{"other_pages", R"sql(
  select provider_message_id,
         channel = $3 and state in ('SENDING', 'UNCERTAIN') and provider_message_id = ''
         and create_time > coalesce($4, now()) - interval '1 hour'
  from (
    select id, channel, state, provider_message_id, create_time from pages
    where to_address = $1 order by create_time desc limit 500) p
  where id <> $2::uuid)sql"};

constexpr db::Statement kKeepUnmatchedReceipt{"keep_unmatched_receipt", R"sql(
  insert into unmatched_receipts (provider, provider_message_id, page_id, provider_status, error_code,
                                  receive_count, first_time, last_time)
  values ($1, $2, $3, $4, $5, 1, coalesce($6, now()), coalesce($6, now()))
  on conflict (provider, provider_message_id, page_id, provider_status) do update
  set receive_count = unmatched_receipts.receive_count + 1, last_time = excluded.last_time,
      error_code = excluded.error_code)sql"};

}  // namespace

absl::StatusOr<DuePages> LockDuePages(db::Transaction& transaction, std::optional<absl::Time> now, int count_max,
                                      const Turns& turns) {
  db::Column business_id, count;
  for (const auto& [id, of_business] : turns.in_flight) {
    business_id.Add(id);
    count.Add(of_business);
  }
  const std::string last(turns.last_business_id.empty() ? kNilId : turns.last_business_id);
  const auto result = transaction.Run(kLockDuePages, {now, count_max, business_id, count, last});
  if (!result.ok()) return result.status();
  DuePages due;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::vector<std::string>& page_ids = due.by_dispatch_id[row.Text()];
    page_ids.push_back(row.Text());
    due.last_business_id = row.Text();
  }
  return due;
}

absl::Status PostponePage(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& page_id) {
  return transaction.Run(kPostponePage, {now, page_id}).status();
}

absl::StatusOr<OutboxState> ReadOutboxState(db::Transaction& transaction, std::optional<absl::Time> now) {
  const auto result = transaction.Run(kReadOutboxState, {now});
  if (!result.ok()) return result.status();
  OutboxState state;
  const pqxx::field micros = (*result)[0][0];
  if (!micros.is_null()) state.next_due = absl::Microseconds(micros.as<std::int64_t>());
  state.lease_expired = (*result)[0][1].as<bool>();
  return state;
}

absl::StatusOr<std::vector<ExpiredLease>> FindExpiredLeases(db::Transaction& transaction, std::optional<absl::Time> now,
                                                            int count_max) {
  const auto result = transaction.Run(kFindExpiredLeases, {now, count_max});
  if (!result.ok()) return result.status();
  std::vector<ExpiredLease> leases;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    ExpiredLease lease;
    lease.dispatch_id = row.Text();
    lease.page_id = row.Text();
    lease.epoch = row.Int();
    leases.push_back(std::move(lease));
  }
  return leases;
}

absl::StatusOr<std::vector<PageKey>> FindPages(db::Transaction& transaction,
                                               const std::vector<core::Receipt>& receipts) {
  db::Column page_id, message_id, provider;
  for (const core::Receipt& receipt : receipts) {
    page_id.AddOrNull(IsId(receipt.page_id) ? receipt.page_id : "");
    message_id.Add(receipt.provider_message_id);
    provider.Add(receipt.provider);
  }
  const auto result = transaction.Run(kFindPages, {page_id, message_id, provider});
  if (!result.ok()) return result.status();
  std::vector<PageKey> keys;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    PageKey key;
    key.page_id = row.Text();
    key.dispatch_id = row.Text();
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<OtherPages> ReadOtherPages(db::Transaction& transaction, std::optional<absl::Time> now,
                                          const std::string& to_address, const std::string& page_id,
                                          v1::Channel channel) {
  const auto result = transaction.Run(kOtherPages, {to_address, page_id, core::Name(channel), now});
  if (!result.ok()) return result.status();
  OtherPages others;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::string message_id = row.Text();
    if (!message_id.empty()) others.message_ids.insert(std::move(message_id));
    others.uncertain = row.Bool() || others.uncertain;
  }
  return others;
}

absl::Status KeepUnmatchedReceipt(db::Transaction& transaction, std::optional<absl::Time> now,
                                  const core::Receipt& receipt) {
  return transaction
      .Run(kKeepUnmatchedReceipt, {receipt.provider, receipt.provider_message_id, receipt.page_id,
                                   receipt.provider_status, receipt.error_code, now})
      .status();
}

std::vector<const db::Statement*> PageStatements() {
  return {&kLockDuePages, &kPostponePage, &kReadOutboxState,     &kFindExpiredLeases,
          &kFindPages,    &kOtherPages,   &kKeepUnmatchedReceipt};
}

}  // namespace afterhours::store
