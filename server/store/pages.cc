#include "server/store/pages.h"

#include "base/ids.h"
#include "base/status.h"
#include "server/db/row_reader.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kLockDuePages{"lock_due_pages", R"sql(
  select o.dispatch_id, o.page_id
  from outbox o
  join dispatches d on d.id = o.dispatch_id and d.business_id = o.business_id
  where o.due_time <= coalesce($1, now())
  order by o.due_time
  limit $2
  for update of o skip locked
  for no key update of d skip locked)sql"};

constexpr db::Statement kReadOutboxState{"read_outbox_state", R"sql(
  select (select micros(min(due_time)) from outbox) - micros(coalesce($1, now())),
         exists (select 1 from pages where state = 'SENDING' and lease_expire_time <= coalesce($1, now())))sql"};

constexpr db::Statement kFindExpiredLeases{"find_expired_leases", R"sql(
  select dispatch_id, id, epoch from pages
  where state = 'SENDING' and lease_expire_time <= coalesce($1, now())
  order by lease_expire_time limit $2)sql"};

constexpr db::Statement kFindPageById{"find_page_by_id", R"sql(
  select id, dispatch_id from pages where id = $1::uuid)sql"};

constexpr db::Statement kFindPageByMessage{"find_page_by_message", R"sql(
  select id, dispatch_id from pages
  where provider_message_id = $1 and provider = $2 and provider_message_id <> '')sql"};

constexpr db::Statement kKeepUnmatchedReceipt{"keep_unmatched_receipt", R"sql(
  insert into unmatched_receipts (provider, provider_message_id, page_id, provider_status, error_code,
                                  receive_count, first_time, last_time)
  values ($1, $2, $3, $4, $5, 1, coalesce($6, now()), coalesce($6, now()))
  on conflict (provider, provider_message_id, page_id, provider_status) do update
  set receive_count = unmatched_receipts.receive_count + 1, last_time = excluded.last_time,
      error_code = excluded.error_code)sql"};

}  // namespace

absl::StatusOr<std::map<std::string, std::vector<std::string>>> LockDuePages(db::Transaction& transaction,
                                                                             std::optional<absl::Time> now,
                                                                             int count_max) {
  const auto result = transaction.Run(kLockDuePages, {now, count_max});
  if (!result.ok()) return result.status();
  std::map<std::string, std::vector<std::string>> pages;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::vector<std::string>& page_ids = pages[row.Text()];
    page_ids.push_back(row.Text());
  }
  return pages;
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

absl::StatusOr<PageKey> FindPage(db::Transaction& transaction, const core::Receipt& receipt) {
  PageKey key;
  const auto take = [&key](const pqxx::result& result) {
    if (result.empty()) return;
    db::RowReader row(result[0]);
    key.page_id = row.Text();
    key.dispatch_id = row.Text();
  };
  if (IsId(receipt.page_id)) {
    const auto result = transaction.Run(kFindPageById, {receipt.page_id});
    if (!result.ok()) return result.status();
    take(*result);
  }
  if (key.page_id.empty()) {
    const auto result = transaction.Run(kFindPageByMessage, {receipt.provider_message_id, receipt.provider});
    if (!result.ok()) return result.status();
    take(*result);
  }
  return key;
}

absl::Status KeepUnmatchedReceipt(db::Transaction& transaction, std::optional<absl::Time> now,
                                  const core::Receipt& receipt) {
  return transaction
      .Run(kKeepUnmatchedReceipt, {receipt.provider, receipt.provider_message_id, receipt.page_id,
                                   receipt.provider_status, receipt.error_code, now})
      .status();
}

std::vector<const db::Statement*> PageStatements() {
  return {&kLockDuePages, &kReadOutboxState,   &kFindExpiredLeases,
          &kFindPageById, &kFindPageByMessage, &kKeepUnmatchedReceipt};
}

}  // namespace afterhours::store
