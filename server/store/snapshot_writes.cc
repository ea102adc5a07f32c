#include "absl/strings/match.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/store/snapshot_changes.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using core::Name;

// All of new dispatches in one statement, for one round trip. Its parts do not see
// each other's rows, and need not: foreign keys are checked at its end.
constexpr db::Statement kInsertSnapshots{"insert_snapshots", R"sql(
  with dispatch as (
    insert into dispatches (id, business_id, status, urgency, urgency_confidence, urgency_reason, acked_by,
                            acked_by_technician_id, event_count, create_time, update_time, end_time, policy_id, chain,
                            screening, caller_number)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[],
                         $8::uuid[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
                         $13::uuid[], $14::jsonb[], $15::text[], $16::text[])),
  call as (
    insert into calls (dispatch_id, business_id, source, external_call_id, caller_number, called_number,
                       summary, transcript, given_urgency, start_time, end_time, twilio_call_sid, retell_agent_id)
    select * from unnest($17::uuid[], $18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[],
                         $24::text[], $25::text[], $26::timestamptz[], $27::timestamptz[], $28::text[], $29::text[])),
  page as (
    insert into pages (id, business_id, provider, state, attempt_count, epoch, owner, lease_expire_time, due_time,
                       provider_message_id, error_code, error_message, update_time, send_time, check_count, over,
                       dispatch_id, technician_id, technician_name, channel, to_address, from_address, body,
                       reply_code, create_time)
    select * from unnest($30::uuid[], $31::uuid[], $32::text[], $33::text[], $34::int[], $35::bigint[], $36::text[],
                         $37::timestamptz[], $38::timestamptz[], $39::text[], $40::text[], $41::text[],
                         $42::timestamptz[], $43::timestamptz[], $44::int[], $45::bool[], $46::uuid[], $47::uuid[],
                         $48::text[], $49::text[], $50::text[], $51::text[], $52::text[], $53::text[],
                         $54::timestamptz[])),
  queued as (
    insert into outbox (page_id, business_id, dispatch_id, due_time)
    select * from unnest($55::uuid[], $56::uuid[], $57::uuid[], $58::timestamptz[])),
  timer as (
    insert into timers (dispatch_id, business_id, kind, page_id, due_time)
    select * from unnest($59::uuid[], $60::uuid[], $61::text[], $62::uuid[], $63::timestamptz[]))
  insert into events (dispatch_id, business_id, sequence, event_time, kind, actor, page_id, message, attributes)
  select * from unnest($64::uuid[], $65::uuid[], $66::int[], $67::timestamptz[], $68::text[], $69::text[],
                       $70::uuid[], $71::text[], $72::jsonb[]))sql"};

// The same for those that are there already. The outbox holds exactly the planned pages.
constexpr db::Statement kUpdateSnapshots{"update_snapshots", R"sql(
  with dispatch as (
    update dispatches d
    set status = n.status, urgency = n.urgency, urgency_confidence = n.urgency_confidence,
        urgency_reason = n.urgency_reason, acked_by = n.acked_by,
        acked_by_technician_id = n.acked_by_technician_id, event_count = n.event_count,
        update_time = n.update_time, end_time = n.end_time, chain = n.chain, screening = n.screening,
        caller_number = n.caller_number
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[],
                $8::uuid[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::uuid[],
                $14::jsonb[], $15::text[], $16::text[])
         n(id, business_id, status, urgency, urgency_confidence, urgency_reason, acked_by,
           acked_by_technician_id, event_count, create_time, update_time, end_time, policy_id, chain, screening,
           caller_number)
    where d.id = n.id and d.business_id = n.business_id),
  page as (
    update pages p
    set provider = n.provider, state = n.state, attempt_count = n.attempt_count, epoch = n.epoch, owner = n.owner,
        lease_expire_time = n.lease_expire_time, due_time = n.due_time, provider_message_id = n.provider_message_id,
        error_code = n.error_code, error_message = n.error_message, update_time = n.update_time,
        send_time = n.send_time, check_count = n.check_count, over = n.over
    from unnest($17::uuid[], $18::uuid[], $19::text[], $20::text[], $21::int[], $22::bigint[], $23::text[],
                $24::timestamptz[], $25::timestamptz[], $26::text[], $27::text[], $28::text[], $29::timestamptz[],
                $30::timestamptz[], $31::int[], $32::bool[])
         n(id, business_id, provider, state, attempt_count, epoch, owner, lease_expire_time, due_time,
           provider_message_id, error_code, error_message, update_time, send_time, check_count, over)
    where p.id = n.id and p.business_id = n.business_id),
  new_page as (
    insert into pages (id, business_id, provider, state, attempt_count, epoch, owner, lease_expire_time, due_time,
                       provider_message_id, error_code, error_message, update_time, send_time, check_count, over,
                       dispatch_id, technician_id, technician_name, channel, to_address, from_address, body,
                       reply_code, create_time)
    select * from unnest($33::uuid[], $34::uuid[], $35::text[], $36::text[], $37::int[], $38::bigint[], $39::text[],
                         $40::timestamptz[], $41::timestamptz[], $42::text[], $43::text[], $44::text[],
                         $45::timestamptz[], $46::timestamptz[], $47::int[], $48::bool[], $49::uuid[], $50::uuid[],
                         $51::text[], $52::text[], $53::text[], $54::text[], $55::text[], $56::text[],
                         $57::timestamptz[])),
  unqueued as (
    delete from outbox o using unnest($58::uuid[], $59::uuid[]) n(page_id, business_id)
    where o.page_id = n.page_id and o.business_id = n.business_id),
  queued as (
    insert into outbox (page_id, business_id, dispatch_id, due_time)
    select * from unnest($60::uuid[], $61::uuid[], $62::uuid[], $63::timestamptz[])
    on conflict do nothing),
  gone_timer as (
    delete from timers t
    using unnest($64::uuid[], $65::uuid[], $66::text[], $67::uuid[]) n(dispatch_id, business_id, kind, page_id)
    where t.dispatch_id = n.dispatch_id and t.business_id = n.business_id and t.kind = n.kind
      and t.page_id = n.page_id),
  timer as (
    insert into timers (dispatch_id, business_id, kind, page_id, due_time)
    select * from unnest($68::uuid[], $69::uuid[], $70::text[], $71::uuid[], $72::timestamptz[])
    on conflict (dispatch_id, kind, page_id, business_id) do update set due_time = excluded.due_time)
  insert into events (dispatch_id, business_id, sequence, event_time, kind, actor, page_id, message, attributes)
  select * from unnest($73::uuid[], $74::uuid[], $75::int[], $76::timestamptz[], $77::text[], $78::text[],
                       $79::uuid[], $80::text[], $81::jsonb[]))sql"};

// A call is written again when a later report added to it.
constexpr db::Statement kPutCalls{"put_calls", R"sql(
  insert into calls (dispatch_id, business_id, source, external_call_id, caller_number, called_number,
                     summary, transcript, given_urgency, start_time, end_time, twilio_call_sid, retell_agent_id)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
  on conflict (dispatch_id, business_id) do update
  set caller_number = excluded.caller_number, called_number = excluded.called_number, summary = excluded.summary,
      transcript = excluded.transcript, given_urgency = excluded.given_urgency, start_time = excluded.start_time,
      end_time = excluded.end_time, twilio_call_sid = excluded.twilio_call_sid,
      retell_agent_id = excluded.retell_agent_id)sql"};

constexpr db::Statement kPutRepeatCalls{"put_repeat_calls", R"sql(
  insert into repeat_calls (dispatch_id, business_id, source, external_call_id, caller_number, called_number,
                            summary, transcript, given_urgency, start_time, end_time, twilio_call_sid,
                            retell_agent_id, position)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[],
                       $14::int[])
  on conflict (dispatch_id, business_id, position) do update
  set caller_number = excluded.caller_number, called_number = excluded.called_number, summary = excluded.summary,
      transcript = excluded.transcript, given_urgency = excluded.given_urgency, start_time = excluded.start_time,
      end_time = excluded.end_time, twilio_call_sid = excluded.twilio_call_sid,
      retell_agent_id = excluded.retell_agent_id)sql"};

constexpr absl::string_view kReplyCodeOnce = "pages_reply_code_once";

// Two dispatches may find out the same.
constexpr db::Statement kPutSuppressions{"put_suppressions", R"sql(
  insert into suppressions (business_id, channel, address, sender, reason, create_time, expire_time)
  select distinct on (1, 2, 3, 4) * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                                                $6::timestamptz[], $7::timestamptz[])
  order by 1, 2, 3, 4, 7 desc
  on conflict (business_id, channel, address, sender) do update
  set reason = excluded.reason, create_time = excluded.create_time, expire_time = excluded.expire_time)sql"};

// A page drew a code that another page to that address has: it draws again when
// the transaction starts over.
absl::Status DrawAgain(const absl::Status& written) {
  const bool code_is_taken = absl::IsAlreadyExists(written) && absl::StrContains(written.message(), kReplyCodeOnce);
  return code_is_taken ? absl::AbortedError(written.message()) : written;
}

absl::Status PutCalls(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  CallColumns calls, repeats;
  db::Column position;
  for (const core::Snapshot& snapshot : snapshots) {
    if (snapshot.call_changed) calls.Add(snapshot, snapshot.call);
    for (const std::size_t place : snapshot.changed_repeats) {
      repeats.Add(snapshot, snapshot.repeat_calls[place]);
      position.Add(static_cast<int>(place) + 1);
    }
  }
  if (calls.any()) {
    if (auto put = transaction.Run(kPutCalls, calls.Params()); !put.ok()) return put.status();
  }
  if (!repeats.any()) return absl::OkStatus();
  db::Params params = repeats.Params();
  params.push_back(position);
  return transaction.Run(kPutRepeatCalls, params).status();
}

absl::Status PutSuppressions(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  db::Column business_id, channel, address, sender, reason, create_time, expire_time;
  bool any = false;
  for (const core::Snapshot& snapshot : snapshots) {
    for (const core::Suppression& suppression : snapshot.new_suppressions) {
      any = true;
      business_id.Add(snapshot.business.id);
      channel.Add(Name(suppression.channel));
      address.Add(suppression.address);
      sender.Add(suppression.sender);
      reason.Add(suppression.reason);
      create_time.Add(snapshot.dispatch.update_time);
      expire_time.Add(suppression.expire_time);
    }
  }
  if (!any) return absl::OkStatus();
  return transaction.Run(kPutSuppressions, {business_id, channel, address, sender, reason, create_time, expire_time})
      .status();
}

}  // namespace

absl::Status WriteSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  const Changes changes(snapshots);
  absl::Status status;
  if (changes.any()) status = DrawAgain(transaction.Run(kUpdateSnapshots, changes.ForUpdate()).status());
  if (status.ok()) status = PutCalls(transaction, snapshots);
  if (status.ok()) status = PutSuppressions(transaction, snapshots);
  return Annotate(status, "write dispatches");
}

absl::Status InsertSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  if (snapshots.empty()) return absl::OkStatus();
  CallColumns calls;
  for (const core::Snapshot& snapshot : snapshots) calls.Add(snapshot, snapshot.call);
  const Changes changes(snapshots);
  absl::Status status = DrawAgain(transaction.Run(kInsertSnapshots, changes.ForInsert(calls)).status());
  if (status.ok()) status = PutSuppressions(transaction, snapshots);
  return Annotate(status, "insert dispatches");
}

std::vector<const db::Statement*> SnapshotWriteStatements() {
  return {&kInsertSnapshots, &kUpdateSnapshots, &kPutCalls, &kPutRepeatCalls, &kPutSuppressions};
}

}  // namespace afterhours::store
