#include "server/store/replies.h"

#include <google/protobuf/util/time_util.h>

#include "server/db/row_reader.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kFindInboundMessage{"find_inbound_message", R"sql(
  select provider, provider_message_id, business_id, dispatch_id, from_number, to_number, body, outcome, reply_text
  from inbound_messages where provider = $1 and provider_message_id = $2)sql"};

// In the order of their keys, so that two batches cannot deadlock.
constexpr db::Statement kInsertInboundMessages{"insert_inbound_messages", R"sql(
  insert into inbound_messages (provider, provider_message_id, business_id, dispatch_id, from_number, to_number,
                                body, outcome, reply_text, receive_time)
  select n.*, coalesce($10, now())
  from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[]) n
  order by 1, 2
  on conflict do nothing returning 1)sql"};

// A page without a sender of its own ('', or a messaging service) may have come
// from any of our numbers. $4 is when the answer arrived; clocks may differ. $5
// is the code in it, if any.
constexpr db::Statement kFindSender{"find_sender", R"sql(
  select p.dispatch_id, p.id, p.technician_id, p.technician_name, p.reply_code,
         coalesce(p.send_time <= $4::timestamptz + interval '10 seconds', true),
         coalesce(p.state <> 'FAILED' or p.provider_message_id <> '', false)
  from (select 1 where exists (select 1 from contact_methods where address = $2)
                    or exists (select 1 from businesses where owner_phone = $2 and owner_phone <> '' and active)
                    or exists (select 1 from pages where to_address = $2)) known
  left join lateral (
    select p.*
    from ((select id, business_id from pages where to_address = $2 order by create_time desc limit 50)
          union
          select id, business_id from pages where to_address = $2 and reply_code = $5) found
    cross join lateral (
      select * from pages where id = found.id and business_id = found.business_id offset 0) p
    where p.channel in ('SMS', 'VOICE')
      and (p.from_address in ('', $3) or p.from_address like 'MG%')
      and p.state not in ('PLANNED', 'CANCELED', 'SUPPRESSED')
      and p.create_time > coalesce($1, now()) - interval '1 day') p on true
  order by p.create_time desc nulls last)sql"};

constexpr db::Statement kLiftSuppressions{"lift_suppressions", R"sql(
  delete from suppressions where channel = 'SMS' and address = $1 and (sender in ('', $2) or sender like 'MG%')
  returning business_id)sql"};

}  // namespace

InboundMessage MessageOf(const v1::TextReply& reply) {
  using google::protobuf::util::TimeUtil;
  InboundMessage message;
  message.provider = reply.provider();
  message.provider_message_id = reply.provider_message_id();
  message.from_number = reply.from_number();
  message.to_number = reply.to_number();
  message.body = reply.body();
  if (reply.has_receive_time()) {
    message.receive_time = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(reply.receive_time()));
  }
  return message;
}

absl::StatusOr<std::optional<InboundMessage>> FindInboundMessage(db::Transaction& transaction,
                                                                 const std::string& provider,
                                                                 const std::string& provider_message_id) {
  const auto result = transaction.Run(kFindInboundMessage, {provider, provider_message_id});
  if (!result.ok()) return result.status();
  if (result->empty()) return std::nullopt;
  db::RowReader row((*result)[0]);
  InboundMessage message;
  message.provider = row.Text();
  message.provider_message_id = row.Text();
  message.business_id = row.Text();
  message.dispatch_id = row.Text();
  message.from_number = row.Text();
  message.to_number = row.Text();
  message.body = row.Text();
  message.outcome = row.Text();
  message.reply_text = row.Text();
  return message;
}

absl::StatusOr<std::size_t> InsertInboundMessages(db::Transaction& transaction, std::optional<absl::Time> now,
                                                  const std::vector<InboundMessage>& messages) {
  db::Column provider, message_id, business_id, dispatch_id, from, to, body, outcome, reply_text;
  for (const InboundMessage& message : messages) {
    provider.Add(message.provider);
    message_id.Add(message.provider_message_id);
    business_id.Add(message.business_id);
    dispatch_id.AddOrNull(message.dispatch_id);
    from.Add(message.from_number);
    to.Add(message.to_number);
    body.Add(message.body);
    outcome.Add(message.outcome);
    reply_text.Add(message.reply_text);
  }
  const auto result = transaction.Run(kInsertInboundMessages, {provider, message_id, business_id, dispatch_id, from, to,
                                                               body, outcome, reply_text, now});
  if (!result.ok()) return result.status();
  return static_cast<std::size_t>(result->size());
}

absl::StatusOr<Sender> FindSender(db::Transaction& transaction, std::optional<absl::Time> now,
                                  const std::string& from_number, const std::string& to_number,
                                  std::optional<absl::Time> receive_time, const std::string& code) {
  const auto result = transaction.Run(kFindSender, {now, from_number, to_number, receive_time, code});
  if (!result.ok()) return result.status();
  Sender sender;
  for (const pqxx::row& fields : *result) {
    sender.known = true;
    db::RowReader row(fields);
    core::AnswerablePage page;
    page.dispatch_id = row.Text();
    page.page_id = row.Text();
    page.technician_id = row.Text();
    page.technician_name = row.Text();
    page.reply_code = row.Text();
    page.had_left = row.Bool();
    page.may_have_arrived = row.Bool();
    if (!page.page_id.empty()) sender.pages.push_back(std::move(page));
  }
  return sender;
}

absl::StatusOr<std::set<std::string>> LiftSuppressions(db::Transaction& transaction, const std::string& from_number,
                                                       const std::string& to_number) {
  const auto lifted = transaction.Run(kLiftSuppressions, {from_number, to_number});
  if (!lifted.ok()) return lifted.status();
  std::set<std::string> business_ids;
  for (const pqxx::row& fields : *lifted) business_ids.insert(db::RowReader(fields).Text());
  return business_ids;
}

std::vector<const db::Statement*> ReplyStatements() {
  return {&kFindInboundMessage, &kInsertInboundMessages, &kFindSender, &kLiftSuppressions};
}

}  // namespace afterhours::store
