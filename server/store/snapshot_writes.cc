#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/store/json.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using core::Name;

constexpr db::Statement kInsertDispatches{"insert_dispatches", R"sql(
  insert into dispatches (id, business_id, status, urgency, urgency_confidence, urgency_reason, acked_by,
                          acked_by_technician_id, event_count, create_time, update_time, end_time, policy_id, chain,
                          screening, caller_number)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[],
                       $8::uuid[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
                       $13::uuid[], $14::jsonb[], $15::text[], $16::text[]))sql"};

constexpr db::Statement kUpdateDispatches{"update_dispatches", R"sql(
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
  where d.id = n.id and d.business_id = n.business_id)sql"};

// A call is inserted with its dispatch, and written again when a later report
// added to it.
constexpr db::Statement kPutCalls{"put_calls", R"sql(
  insert into calls (dispatch_id, business_id, source, external_call_id, caller_number, called_number,
                     summary, transcript, given_urgency, start_time, end_time, twilio_call_sid, retell_agent_id)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
  on conflict (dispatch_id, business_id) do update
  set caller_number = excluded.caller_number, called_number = excluded.called_number, summary = excluded.summary, transcript = excluded.transcript, given_urgency = excluded.given_urgency,
      start_time = excluded.start_time, end_time = excluded.end_time, twilio_call_sid = excluded.twilio_call_sid,
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

constexpr db::Statement kPutPages{"put_pages", R"sql(
  insert into pages (id, business_id, dispatch_id, technician_id, technician_name, channel, provider,
                     to_address, from_address, body, reply_code, state, attempt_count, epoch, owner,
                     lease_expire_time, due_time, provider_message_id, error_code, error_message,
                     create_time, update_time, send_time, check_count, over)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::int[],
                       $14::bigint[], $15::text[], $16::timestamptz[], $17::timestamptz[], $18::text[],
                       $19::text[], $20::text[], $21::timestamptz[], $22::timestamptz[], $23::timestamptz[],
                       $24::int[], $25::bool[])
  on conflict (id, business_id) do update
  set provider = excluded.provider, state = excluded.state, attempt_count = excluded.attempt_count,
      epoch = excluded.epoch, owner = excluded.owner, lease_expire_time = excluded.lease_expire_time,
      due_time = excluded.due_time, provider_message_id = excluded.provider_message_id,
      error_code = excluded.error_code, error_message = excluded.error_message,
      update_time = excluded.update_time, send_time = excluded.send_time,
      check_count = excluded.check_count, over = excluded.over)sql"};

// The outbox holds exactly the planned pages.
constexpr db::Statement kDeleteOutbox{"delete_outbox", R"sql(
  delete from outbox o using unnest($1::uuid[], $2::uuid[]) n(page_id, business_id)
  where o.page_id = n.page_id and o.business_id = n.business_id)sql"};

constexpr db::Statement kInsertOutbox{"insert_outbox", R"sql(
  insert into outbox (page_id, business_id, dispatch_id, due_time)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
  on conflict do nothing)sql"};

constexpr db::Statement kDeleteTimers{"delete_timers", R"sql(
  delete from timers t using unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) n(dispatch_id, business_id, kind, page_id)
  where t.dispatch_id = n.dispatch_id and t.business_id = n.business_id and t.kind = n.kind
    and t.page_id = n.page_id)sql"};

constexpr db::Statement kInsertTimers{"insert_timers", R"sql(
  insert into timers (dispatch_id, business_id, kind, page_id, due_time)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[]))sql"};

// Two dispatches may find out the same.
constexpr db::Statement kPutSuppressions{"put_suppressions", R"sql(
  insert into suppressions (business_id, channel, address, sender, reason, create_time, expire_time)
  select distinct on (1, 2, 3, 4) * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                                                $6::timestamptz[], $7::timestamptz[])
  order by 1, 2, 3, 4, 7 desc
  on conflict (business_id, channel, address, sender) do update
  set reason = excluded.reason, create_time = excluded.create_time, expire_time = excluded.expire_time)sql"};

constexpr db::Statement kInsertEvents{"insert_events", R"sql(
  insert into events (dispatch_id, business_id, sequence, event_time, kind, actor, page_id, message, attributes)
  select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::text[], $6::text[],
                       $7::uuid[], $8::text[], $9::jsonb[]))sql"};

absl::Status WriteDispatches(db::Transaction& transaction, const db::Statement& statement,
                             const std::vector<core::Snapshot>& snapshots) {
  db::Column id, business_id, status, urgency, confidence, reason, acked_by, technician_id, event_count, create_time,
      update_time, end_time, policy_id, chain, screening, caller_number;
  bool any = false;
  for (const core::Snapshot& snapshot : snapshots) {
    if (snapshot.new_events.empty()) continue;
    const core::Dispatch& dispatch = snapshot.dispatch;
    any = true;
    id.Add(dispatch.id);
    business_id.Add(snapshot.business.id);
    status.Add(Name(dispatch.status));
    urgency.Add(Name(dispatch.urgency));
    confidence.Add(dispatch.urgency_confidence);
    reason.Add(dispatch.urgency_reason);
    acked_by.Add(dispatch.acked_by);
    technician_id.AddOrNull(dispatch.acked_by_technician_id);
    event_count.Add(dispatch.event_count);
    create_time.Add(dispatch.create_time);
    update_time.Add(dispatch.update_time);
    end_time.Add(dispatch.end_time);
    policy_id.AddOrNull(snapshot.policy_id);
    chain.Add(ChainToJson(dispatch.chain));
    screening.Add(dispatch.screening == v1::SCREENING_UNSPECIFIED ? "" : Name(dispatch.screening));
    caller_number.Add(snapshot.call.caller_number);
  }
  if (!any) return absl::OkStatus();
  return transaction
      .Run(statement, {id, business_id, status, urgency, confidence, reason, acked_by, technician_id, event_count,
                       create_time, update_time, end_time, policy_id, chain, screening, caller_number})
      .status();
}

// Calls as columns, in the order of both statements.
class CallColumns {
 public:
  void Add(const core::Snapshot& snapshot, const core::Call& call) {
    any_ = true;
    dispatch_id_.Add(snapshot.dispatch.id);
    business_id_.Add(snapshot.business.id);
    source_.Add(Name(call.source));
    external_call_id_.Add(call.external_call_id);
    caller_.Add(call.caller_number);
    called_.Add(call.called_number);
    summary_.Add(call.summary);
    transcript_.Add(call.transcript);
    urgency_.Add(Name(call.given_urgency));
    start_time_.Add(call.start_time);
    end_time_.Add(call.end_time);
    twilio_call_sid_.Add(call.twilio_call_sid);
    retell_agent_id_.Add(call.retell_agent_id);
  }
  bool any() const { return any_; }
  db::Params Params() const {
    return {dispatch_id_, business_id_, source_,     external_call_id_, caller_,          called_,         summary_,
            transcript_,  urgency_,     start_time_, end_time_,         twilio_call_sid_, retell_agent_id_};
  }

 private:
  bool any_ = false;
  db::Column dispatch_id_, business_id_, source_, external_call_id_, caller_, called_, summary_, transcript_, urgency_,
      start_time_, end_time_, twilio_call_sid_, retell_agent_id_;
};

absl::Status WriteCalls(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
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

// Every changed page of `snapshots`, with the snapshot that it is of.
template <typename Visit>
void ForEachChangedPage(const std::vector<core::Snapshot>& snapshots, const Visit& visit) {
  for (const core::Snapshot& snapshot : snapshots) {
    for (const core::Page& page : snapshot.pages) {
      if (snapshot.changed_pages.count(page.id) > 0) visit(snapshot, page);
    }
  }
}

absl::Status WritePages(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  db::Column id, business_id, dispatch_id, technician_id, technician_name, channel, provider, to, from, body,
      reply_code, state, attempt_count, epoch, owner, lease, due, message_id, error_code, error_message, create_time,
      update_time, send_time, check_count, over;
  bool any = false;
  ForEachChangedPage(snapshots, [&](const core::Snapshot& snapshot, const core::Page& page) {
    any = true;
    id.Add(page.id);
    business_id.Add(snapshot.business.id);
    dispatch_id.Add(snapshot.dispatch.id);
    technician_id.Add(page.technician_id);
    technician_name.Add(page.technician_name);
    channel.Add(Name(page.channel));
    provider.Add(page.provider);
    to.Add(page.to_address);
    from.Add(page.from_address);
    body.Add(page.body);
    reply_code.Add(page.reply_code);
    state.Add(Name(page.state));
    attempt_count.Add(page.attempt_count);
    epoch.Add(page.epoch);
    owner.Add(page.owner);
    lease.Add(page.lease_expire_time);
    due.Add(page.due_time);
    message_id.Add(page.provider_message_id);
    error_code.Add(page.error_code);
    error_message.Add(page.error_message);
    create_time.Add(page.create_time);
    update_time.Add(page.update_time);
    send_time.Add(page.send_time);
    check_count.Add(page.check_count);
    over.Add(page.over ? "t" : "f");
  });
  if (!any) return absl::OkStatus();
  const absl::Status written =
      transaction
          .Run(kPutPages,
               {id,          business_id, dispatch_id, technician_id, technician_name, channel,       provider,
                to,          from,        body,        reply_code,    state,           attempt_count, epoch,
                owner,       lease,       due,         message_id,    error_code,      error_message, create_time,
                update_time, send_time,   check_count, over})
          .status();
  // A page drew a code that another page to that address has: it draws again when
  // the transaction starts over.
  const bool code_is_taken = absl::IsAlreadyExists(written) && absl::StrContains(written.message(), kReplyCodeOnce);
  return code_is_taken ? absl::AbortedError(written.message()) : written;
}

absl::Status WriteOutbox(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  db::Column gone, gone_business, id, business_id, dispatch_id, due_time;
  bool any_gone = false, any_new = false;
  ForEachChangedPage(snapshots, [&](const core::Snapshot& snapshot, const core::Page& page) {
    if (!page.due_time.has_value()) {
      any_gone = true;
      gone.Add(page.id);
      gone_business.Add(snapshot.business.id);
      return;
    }
    any_new = true;
    id.Add(page.id);
    business_id.Add(snapshot.business.id);
    dispatch_id.Add(snapshot.dispatch.id);
    due_time.Add(page.due_time);
  });
  if (any_gone) {
    const auto deleted = transaction.Run(kDeleteOutbox, {gone, gone_business});
    if (!deleted.ok()) return deleted.status();
  }
  if (!any_new) return absl::OkStatus();
  return transaction.Run(kInsertOutbox, {id, business_id, dispatch_id, due_time}).status();
}

// What a timer's page is in the database.
std::string PageOf(const core::TimerKey& key) { return key.second.empty() ? std::string(kNilId) : key.second; }

// Timers are inserted and deleted, never updated: one that moves is both.
absl::Status WriteTimers(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  db::Column gone, gone_business, gone_kind, gone_page, id, business_id, kind, page_id, due_time;
  bool any_gone = false, any_new = false;
  for (const core::Snapshot& snapshot : snapshots) {
    for (const auto& [key, due] : snapshot.stored_timers) {
      const auto kept = snapshot.timers.find(key);
      if (kept != snapshot.timers.end() && kept->second == due) continue;
      any_gone = true;
      gone.Add(snapshot.dispatch.id);
      gone_business.Add(snapshot.business.id);
      gone_kind.Add(Name(key.first));
      gone_page.Add(PageOf(key));
    }
    for (const auto& [key, due] : snapshot.timers) {
      const auto stored = snapshot.stored_timers.find(key);
      if (stored != snapshot.stored_timers.end() && stored->second == due) continue;
      any_new = true;
      id.Add(snapshot.dispatch.id);
      business_id.Add(snapshot.business.id);
      kind.Add(Name(key.first));
      page_id.Add(PageOf(key));
      due_time.Add(due);
    }
  }
  if (any_gone) {
    const auto deleted = transaction.Run(kDeleteTimers, {gone, gone_business, gone_kind, gone_page});
    if (!deleted.ok()) return deleted.status();
  }
  if (!any_new) return absl::OkStatus();
  return transaction.Run(kInsertTimers, {id, business_id, kind, page_id, due_time}).status();
}

absl::Status WriteSuppressions(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
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

absl::Status WriteEvents(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  db::Column dispatch_id, business_id, sequence, event_time, kind, actor, page_id, message, attributes;
  bool any = false;
  for (const core::Snapshot& snapshot : snapshots) {
    for (const core::Event& event : snapshot.new_events) {
      any = true;
      dispatch_id.Add(snapshot.dispatch.id);
      business_id.Add(snapshot.business.id);
      sequence.Add(event.sequence);
      event_time.Add(event.event_time);
      kind.Add(Name(event.kind));
      actor.Add(event.actor);
      page_id.AddOrNull(event.page_id);
      message.Add(event.message);
      attributes.Add(nlohmann::json(event.attributes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }
  if (!any) return absl::OkStatus();
  return transaction
      .Run(kInsertEvents, {dispatch_id, business_id, sequence, event_time, kind, actor, page_id, message, attributes})
      .status();
}

absl::Status WriteWith(db::Transaction& transaction, const db::Statement& dispatch_statement,
                       const std::vector<core::Snapshot>& snapshots) {
  absl::Status status = WriteDispatches(transaction, dispatch_statement, snapshots);
  if (status.ok()) status = WriteCalls(transaction, snapshots);
  if (status.ok()) status = WritePages(transaction, snapshots);
  if (status.ok()) status = WriteOutbox(transaction, snapshots);
  if (status.ok()) status = WriteTimers(transaction, snapshots);
  if (status.ok()) status = WriteSuppressions(transaction, snapshots);
  if (status.ok()) status = WriteEvents(transaction, snapshots);
  return status;
}

}  // namespace

absl::Status WriteSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  return Annotate(WriteWith(transaction, kUpdateDispatches, snapshots), "write dispatches");
}

absl::Status InsertSnapshots(db::Transaction& transaction, const std::vector<core::Snapshot>& snapshots) {
  return Annotate(WriteWith(transaction, kInsertDispatches, snapshots), "insert dispatches");
}

std::vector<const db::Statement*> SnapshotWriteStatements() {
  return {&kInsertDispatches, &kUpdateDispatches, &kPutCalls,     &kPutRepeatCalls,  &kPutPages,    &kDeleteOutbox,
          &kInsertOutbox,     &kDeleteTimers,     &kInsertTimers, &kPutSuppressions, &kInsertEvents};
}

}  // namespace afterhours::store
