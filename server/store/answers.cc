#include "server/store/answers.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/phone.h"
#include "server/core/answer.h"
#include "server/core/step.h"
#include "server/store/pages.h"
#include "server/store/review.h"
#include "server/store/snapshots.h"

namespace afterhours::store {
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
absl::StatusOr<TakenAnswer> Repeat(db::Transaction& transaction, std::optional<absl::Time> now,
                                   const InboundMessage& message) {
  TakenAnswer taken;
  taken.outcome = ParseOutcome(message.outcome);
  taken.reply_text = message.reply_text;
  if (message.dispatch_id.empty()) return taken;
  auto snapshots = ReadSnapshots(transaction, now, {message.dispatch_id});
  if (!snapshots.ok()) return snapshots.status();
  for (auto& [id, snapshot] : snapshots->by_id) taken.about = std::move(snapshot);
  return taken;
}

// Writes what was taken, and the message that it came by.
absl::StatusOr<TakenAnswer> Write(db::Transaction& transaction, std::optional<absl::Time> now, TakenAnswer taken,
                                  InboundMessage message) {
  message.business_id = std::string(kNilId);
  if (taken.about.has_value()) {
    if (absl::Status status = WriteSnapshots(transaction, {*taken.about}); !status.ok()) return status;
    message.business_id = taken.about->business.id;
    message.dispatch_id = taken.about->dispatch.id;
  }
  message.outcome = OutcomeName(taken.outcome);
  message.reply_text = taken.reply_text;
  const absl::StatusOr<bool> inserted = InsertInboundMessage(transaction, now, message);
  if (!inserted.ok()) return inserted.status();
  // The same message at the same time: start over, and find its answer.
  if (!*inserted) return absl::AbortedError("the message was recorded by another request");
  return taken;
}

}  // namespace

absl::StatusOr<TakenAnswer> TakeTextReply(db::Transaction& transaction, std::optional<absl::Time> now,
                                          InboundMessage message) {
  const auto known = FindInboundMessage(transaction, message.provider, message.provider_message_id);
  if (!known.ok()) return known.status();
  if (known->has_value()) return Repeat(transaction, now, **known);

  message.from_number = ToE164(message.from_number).value_or(message.from_number);
  message.to_number = ToE164(message.to_number).value_or(message.to_number);
  const auto sender = FindSender(transaction, now, message.from_number, message.to_number, message.receive_time,
                                 core::ParseReply(message.body).code);
  if (!sender.ok()) return sender.status();
  std::set<std::string> dispatch_ids;
  for (const core::AnswerablePage& page : sender->pages) dispatch_ids.insert(page.dispatch_id);
  auto snapshots = LockSnapshots(transaction, now, dispatch_ids);
  if (!snapshots.ok()) return snapshots.status();

  const core::Answer answer = core::FindAnswer(message.body, sender->known, sender->pages, snapshots->by_id);
  TakenAnswer taken;
  taken.outcome = answer.outcome;
  if (core::IsOptIn(message.body)) {
    const auto lifted = LiftSuppressions(transaction, message.from_number, message.to_number);
    if (!lifted.ok()) return lifted.status();
    const absl::Status moved = MoveWaiting(
        transaction, now, *lifted,
        {absl::StrCat("phone:", message.from_number), absl::StrCat(message.from_number, " takes texts again")});
    if (!moved.ok()) return moved;
  }
  if (answer.outcome == v1::ACK_OUTCOME_ACCEPTED || answer.outcome == v1::ACK_OUTCOME_DECLINED) {
    taken.about = snapshots->by_id.at(answer.page.dispatch_id);
    const core::Acked acked{answer.page.technician_name, answer.page.technician_id,
                            absl::StrCat("technician:", answer.page.technician_name), answer.page.page_id};
    taken.outcome = Take(*taken.about, answer.outcome == v1::ACK_OUTCOME_ACCEPTED, acked, snapshots->now);
  }
  taken.reply_text = core::ReplyText(taken.outcome, taken.about.has_value() ? &*taken.about : nullptr, sender->pages,
                                     snapshots->by_id);
  return Write(transaction, now, std::move(taken), std::move(message));
}

absl::StatusOr<TakenAnswer> TakeKeyPress(db::Transaction& transaction, std::optional<absl::Time> now,
                                         const KeyPress& press) {
  core::Receipt about;
  about.page_id = press.page_id;
  about.provider = press.provider;
  about.provider_message_id = press.provider_call_id;
  const auto keys = FindPages(transaction, {about});
  if (!keys.ok()) return keys.status();
  const PageKey& key = keys->front();
  TakenAnswer taken;
  taken.outcome = v1::ACK_OUTCOME_UNKNOWN_PAGE;
  taken.reply_text = "This page is not known any more. Goodbye.";
  if (key.page_id.empty()) return taken;

  // One press is one answer, however often it is delivered.
  const bool means_something = press.digits == "1" || press.digits == "2";
  InboundMessage message;
  message.provider = press.provider;
  message.provider_message_id = absl::StrCat(press.provider_call_id, "/", press.digits);
  if (means_something) {
    const auto known = FindInboundMessage(transaction, message.provider, message.provider_message_id);
    if (!known.ok()) return known.status();
    if (known->has_value()) return Repeat(transaction, now, **known);
  }
  auto snapshots = LockSnapshots(transaction, now, {key.dispatch_id});
  if (!snapshots.ok()) return snapshots.status();
  core::Snapshot& snapshot = snapshots->by_id.at(key.dispatch_id);
  const core::Page page = *core::FindPage(snapshot, key.page_id);
  if (!means_something) {
    const core::Acked nobody;
    taken.ask_again = !core::IsFinal(snapshot.dispatch.status);
    taken.outcome = taken.ask_again ? v1::ACK_OUTCOME_NOT_UNDERSTOOD : core::JudgeAck(snapshot, nobody);
    taken.reply_text = taken.ask_again ? page.body : core::SpokenReply(taken.outcome, snapshot);
    taken.about = std::move(snapshot);
    return taken;
  }
  const core::Acked acked{page.technician_name, page.technician_id, absl::StrCat("technician:", page.technician_name),
                          page.id};
  taken.outcome = Take(snapshot, press.digits == "1", acked, snapshots->now);
  taken.reply_text = core::SpokenReply(taken.outcome, snapshot);
  taken.about = std::move(snapshot);
  message.from_number = page.to_address;
  message.to_number = page.from_address;
  message.body = press.digits;
  return Write(transaction, now, std::move(taken), std::move(message));
}

absl::StatusOr<TakenAnswer> TakeOperatorAck(db::Transaction& transaction, std::optional<absl::Time> now,
                                            const std::string& dispatch_id, bool accept, const std::string& acked_by) {
  auto snapshots = LockSnapshots(transaction, now, {dispatch_id});
  if (!snapshots.ok()) return snapshots.status();
  if (snapshots->by_id.empty()) return absl::NotFoundError(dispatch_id);
  TakenAnswer taken;
  taken.about = std::move(snapshots->by_id.begin()->second);
  const core::Acked acked{acked_by, "", absl::StrCat("operator:", acked_by), ""};
  taken.outcome = Take(*taken.about, accept, acked, snapshots->now);
  taken.reply_text = core::ReplyText(taken.outcome, &*taken.about, {}, {});
  if (absl::Status status = WriteSnapshots(transaction, {*taken.about}); !status.ok()) return status;
  return taken;
}

}  // namespace afterhours::store
