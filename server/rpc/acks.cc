#include "server/rpc/acks.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/phone.h"
#include "base/status.h"
#include "server/core/answer.h"
#include "server/core/step.h"
#include "server/rpc/convert.h"
#include "server/store/replies.h"
#include "server/store/snapshots.h"

namespace afterhours::rpc {
namespace {

constexpr absl::string_view kOutcomePrefix = "ACK_OUTCOME_";

std::string OutcomeName(v1::AckOutcome outcome) { return v1::AckOutcome_Name(outcome).substr(kOutcomePrefix.size()); }

v1::AckOutcome ParseOutcome(const std::string& name) {
  v1::AckOutcome outcome = v1::ACK_OUTCOME_UNSPECIFIED;
  v1::AckOutcome_Parse(absl::StrCat(kOutcomePrefix, name), &outcome);
  return outcome;
}

// Applies an accept or decline to `snapshot`; returns what became of it.
v1::AckOutcome Take(core::Snapshot& snapshot, bool accept, const core::Acked& acked, absl::Time now) {
  const v1::AckOutcome verdict = core::JudgeAck(snapshot, acked);
  // Passing on what has ended changes nothing: they are told how it stands, the
  // one who took it as well.
  if (!accept && core::IsFinal(snapshot.dispatch.status)) {
    return verdict == v1::ACK_OUTCOME_ACCEPTED ? v1::ACK_OUTCOME_ALREADY_TAKEN : verdict;
  }
  if (!accept) {
    const core::Declined declined{acked.technician_id, acked.acked_by, acked.actor, acked.page_id};
    snapshot = core::Step(std::move(snapshot), declined, now, &NewId);
    return v1::ACK_OUTCOME_DECLINED;
  }
  snapshot = core::Step(std::move(snapshot), acked, now, &NewId);
  return verdict;
}

// The same answer as the first time.
absl::Status Repeat(db::Transaction& transaction, std::optional<absl::Time> now, const store::InboundMessage& message,
                    v1::AckResponse* response) {
  response->set_outcome(ParseOutcome(message.outcome));
  response->set_reply_text(message.reply_text);
  if (message.dispatch_id.empty()) return absl::OkStatus();
  const auto snapshots = store::ReadSnapshots(transaction, now, {message.dispatch_id});
  if (!snapshots.ok()) return snapshots.status();
  for (const auto& [id, snapshot] : snapshots->by_id) Write(snapshot, response->mutable_dispatch());
  return absl::OkStatus();
}

absl::Status RecordTextReply(db::Transaction& transaction, std::optional<absl::Time> now, const v1::TextReply& reply,
                             v1::AckResponse* response) {
  const auto known = store::FindInboundMessage(transaction, reply.provider(), reply.provider_message_id());
  if (!known.ok()) return known.status();
  if (known->has_value()) return Repeat(transaction, now, **known, response);

  store::InboundMessage message;
  message.provider = reply.provider();
  message.provider_message_id = reply.provider_message_id();
  message.business_id = std::string(kNilId);
  message.from_number = ToE164(reply.from_number()).value_or(reply.from_number());
  message.to_number = ToE164(reply.to_number()).value_or(reply.to_number());
  message.body = reply.body();

  const auto sender = store::FindSender(transaction, now, message.from_number, message.to_number);
  if (!sender.ok()) return sender.status();
  std::set<std::string> dispatch_ids;
  for (const core::AnswerablePage& page : sender->pages) {
    dispatch_ids.insert(page.dispatch_id);
  }
  auto snapshots = store::LockSnapshots(transaction, now, dispatch_ids);
  if (!snapshots.ok()) return snapshots.status();

  const core::Answer answer = core::FindAnswer(reply.body(), sender->known, sender->pages, snapshots->by_id);
  v1::AckOutcome outcome = answer.outcome;
  core::Snapshot* about = nullptr;
  if (outcome == v1::ACK_OUTCOME_ACCEPTED || outcome == v1::ACK_OUTCOME_DECLINED) {
    about = &snapshots->by_id.at(answer.page.dispatch_id);
    const core::Acked acked{answer.page.technician_name, answer.page.technician_id,
                            absl::StrCat("technician:", answer.page.technician_name), answer.page.page_id};
    outcome = Take(*about, outcome == v1::ACK_OUTCOME_ACCEPTED, acked, snapshots->now);
    if (absl::Status status = store::WriteSnapshots(transaction, {*about}); !status.ok()) return status;
    message.business_id = about->business.id;
    message.dispatch_id = about->dispatch.id;
    Write(*about, response->mutable_dispatch());
  }
  message.outcome = OutcomeName(outcome);
  message.reply_text = core::ReplyText(outcome, about, sender->pages, snapshots->by_id);
  response->set_outcome(outcome);
  response->set_reply_text(message.reply_text);
  const absl::StatusOr<bool> inserted = store::InsertInboundMessage(transaction, now, message);
  if (!inserted.ok()) return inserted.status();
  // The same message at the same time: start over, and find its answer.
  return *inserted ? absl::OkStatus() : absl::AbortedError("the message was recorded by another request");
}

absl::Status RecordOperatorAck(db::Transaction& transaction, std::optional<absl::Time> now, const v1::OperatorAck& ack,
                               v1::AckResponse* response) {
  auto snapshots = store::LockSnapshots(transaction, now, {ack.dispatch_id()});
  if (!snapshots.ok()) return snapshots.status();
  if (snapshots->by_id.empty()) return DispatchNotFound(ack.dispatch_id());
  core::Snapshot& snapshot = snapshots->by_id.begin()->second;
  const core::Acked acked{ack.acked_by(), "", absl::StrCat("operator:", ack.acked_by()), ""};
  const v1::AckOutcome outcome = Take(snapshot, ack.act() == v1::ACK_ACT_ACCEPT, acked, snapshots->now);
  response->set_outcome(outcome);
  response->set_reply_text(core::ReplyText(outcome, &snapshot, {}, {}));
  Write(snapshot, response->mutable_dispatch());
  return store::WriteSnapshots(transaction, {snapshot});
}

}  // namespace

absl::Status RecordAck(db::Transaction& transaction, std::optional<absl::Time> now, const v1::AckRequest& request,
                       v1::AckResponse* response) {
  response->Clear();
  const absl::Status status = request.has_text_reply()
                                  ? RecordTextReply(transaction, now, request.text_reply(), response)
                                  : RecordOperatorAck(transaction, now, request.operator_ack(), response);
  return Annotate(status, "record ack");
}

absl::Status DispatchNotFound(const std::string& id) {
  return Error(absl::StatusCode::kNotFound, "DISPATCH_NOT_FOUND",
               absl::StrCat("no dispatch \"", id, "\"; list them to find its id"), {{"id", id}});
}

}  // namespace afterhours::rpc
