#include "server/store/answers.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/phone.h"
#include "base/status.h"
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

absl::Status TakenAlone(absl::string_view why) {
  return Error(absl::StatusCode::kAlreadyExists, "TAKEN_ALONE", absl::StrCat("answers at once: ", why));
}

// Answers on their way through one transaction: what they may be about is looked up for
// each, then all of it is locked at once, in order, and each is judged by what the ones
// before it made of it; what changed is written once.
class Answering {
 public:
  Answering(db::Transaction& transaction, std::optional<absl::Time> now, std::size_t count)
      : transaction_(transaction), now_(now), alone_(count == 1) {}

  absl::Status Run(const std::vector<HumanAnswer>& answers, std::vector<TakenAnswer>& taken) {
    std::vector<Pending> pending(answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      pending[i].taken = &taken[i];
      const absl::Status found = std::visit([&](const auto& answer) { return LookUp(answer, pending[i]); }, answers[i]);
      if (!found.ok()) return found;
    }
    auto locked = LockSnapshots(transaction_, now_, dispatch_ids_);
    if (!locked.ok()) return locked.status();
    snapshots_ = *std::move(locked);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (pending[i].over) continue;
      const absl::Status judged = std::visit([&](const auto& answer) { return Judge(answer, pending[i]); }, answers[i]);
      if (!judged.ok()) return judged;
    }
    return Write(pending);
  }

 private:
  struct Pending {
    TakenAnswer* taken = nullptr;
    bool over = false;         // nothing is left to judge
    bool is_recorded = false;  // `message` is to be written
    InboundMessage message;    // what it came by
    Sender sender;             // of a text message
    PageKey page;              // of a key press
  };

  // Whether a message was taken before: it is over then. Two in one batch have no order.
  absl::Status LookForRepeat(Pending& pending) {
    const InboundMessage& message = pending.message;
    if (!message_ids_.emplace(message.provider, message.provider_message_id).second) {
      return TakenAlone("one message came twice");
    }
    const auto known = FindInboundMessage(transaction_, message.provider, message.provider_message_id);
    if (!known.ok() || !known->has_value()) return known.status();
    pending.over = true;
    auto repeated = Repeat(transaction_, now_, **known);
    if (repeated.ok()) *pending.taken = *std::move(repeated);
    return repeated.status();
  }

  absl::Status LookUp(const InboundMessage& text, Pending& pending) {
    InboundMessage& message = pending.message;
    message = text;
    if (absl::Status repeat = LookForRepeat(pending); !repeat.ok() || pending.over) return repeat;
    message.from_number = ToE164(message.from_number).value_or(message.from_number);
    message.to_number = ToE164(message.to_number).value_or(message.to_number);
    // What follows from it is done before the dispatches are read: "yes" is an answer, too.
    if (core::IsOptIn(message.body)) {
      if (absl::Status lifted = OptIn(message); !lifted.ok()) return lifted;
    }
    auto sender = FindSender(transaction_, now_, message.from_number, message.to_number, message.receive_time,
                             core::ParseReply(message.body).code);
    if (!sender.ok()) return sender.status();
    pending.sender = *std::move(sender);
    for (const core::AnswerablePage& page : pending.sender.pages) dispatch_ids_.insert(page.dispatch_id);
    return absl::OkStatus();
  }

  absl::Status LookUp(const KeyPress& press, Pending& pending) {
    core::Receipt about;
    about.page_id = press.page_id;
    about.provider = press.provider;
    about.provider_message_id = press.provider_call_id;
    const auto keys = FindPages(transaction_, {about});
    if (!keys.ok()) return keys.status();
    pending.page = keys->front();
    if (pending.page.page_id.empty()) {
      pending.over = true;
      pending.taken->outcome = v1::ACK_OUTCOME_UNKNOWN_PAGE;
      pending.taken->reply_text = "This page is not known any more. Goodbye.";
      return absl::OkStatus();
    }
    // One press is one answer, however often it is delivered.
    pending.message.provider = press.provider;
    pending.message.provider_message_id = absl::StrCat(press.provider_call_id, "/", press.digits);
    if (MeansSomething(press)) {
      if (absl::Status repeat = LookForRepeat(pending); !repeat.ok() || pending.over) return repeat;
    }
    dispatch_ids_.insert(pending.page.dispatch_id);
    return absl::OkStatus();
  }

  absl::Status LookUp(const OperatorAnswer& answer, Pending& /*pending*/) {
    dispatch_ids_.insert(answer.dispatch_id);
    return absl::OkStatus();
  }

  absl::Status Judge(const InboundMessage& text, Pending& pending) {
    const core::Answer answer =
        core::FindAnswer(text.body, pending.sender.known, pending.sender.pages, snapshots_.by_id);
    TakenAnswer& taken = *pending.taken;
    taken.outcome = answer.outcome;
    if (answer.outcome == v1::ACK_OUTCOME_ACCEPTED || answer.outcome == v1::ACK_OUTCOME_DECLINED) {
      const core::Acked acked{answer.page.technician_name, answer.page.technician_id,
                              absl::StrCat("technician:", answer.page.technician_name), answer.page.page_id};
      taken.outcome = Take(snapshots_.by_id.at(answer.page.dispatch_id), answer.outcome == v1::ACK_OUTCOME_ACCEPTED,
                           acked, snapshots_.now);
      Changed(answer.page.dispatch_id, pending);
    }
    taken.reply_text = core::ReplyText(taken.outcome, taken.about.has_value() ? &*taken.about : nullptr,
                                       pending.sender.pages, snapshots_.by_id);
    pending.is_recorded = true;
    return absl::OkStatus();
  }

  absl::Status OptIn(const InboundMessage& message) {
    const auto lifted = LiftSuppressions(transaction_, message.from_number, message.to_number);
    if (!lifted.ok() || lifted->empty()) return lifted.status();
    // It locks more.
    if (!alone_) return TakenAlone("one takes texts again");
    return MoveWaiting(
        transaction_, now_, *lifted,
        {absl::StrCat("phone:", message.from_number), absl::StrCat(message.from_number, " takes texts again")});
  }

  absl::Status Judge(const KeyPress& press, Pending& pending) {
    TakenAnswer& taken = *pending.taken;
    core::Snapshot& snapshot = snapshots_.by_id.at(pending.page.dispatch_id);
    const core::Page page = *core::FindPage(snapshot, pending.page.page_id);
    if (!MeansSomething(press)) {
      const core::Acked nobody;
      taken.ask_again = !core::IsFinal(snapshot.dispatch.status);
      taken.outcome = taken.ask_again ? v1::ACK_OUTCOME_NOT_UNDERSTOOD : core::JudgeAck(snapshot, nobody);
      taken.reply_text = taken.ask_again ? page.body : core::SpokenReply(taken.outcome, snapshot);
      taken.about = snapshot;
      return absl::OkStatus();
    }
    const core::Acked acked{page.technician_name, page.technician_id, absl::StrCat("technician:", page.technician_name),
                            page.id};
    taken.outcome = Take(snapshot, press.digits == "1", acked, snapshots_.now);
    taken.reply_text = core::SpokenReply(taken.outcome, snapshot);
    Changed(pending.page.dispatch_id, pending);
    pending.message.from_number = page.to_address;
    pending.message.to_number = page.from_address;
    pending.message.body = press.digits;
    pending.is_recorded = true;
    return absl::OkStatus();
  }

  absl::Status Judge(const OperatorAnswer& answer, Pending& pending) {
    const auto found = snapshots_.by_id.find(answer.dispatch_id);
    if (found == snapshots_.by_id.end()) return DispatchNotFound(answer.dispatch_id);
    const core::Acked acked{answer.acked_by, "", absl::StrCat("operator:", answer.acked_by), ""};
    pending.taken->outcome = Take(found->second, answer.accept, acked, snapshots_.now);
    Changed(answer.dispatch_id, pending);
    pending.taken->reply_text = core::ReplyText(pending.taken->outcome, &*pending.taken->about, {}, {});
    return absl::OkStatus();
  }

  // A dispatch as the answer left it is what the answer is about.
  void Changed(const std::string& dispatch_id, Pending& pending) {
    changed_ids_.insert(dispatch_id);
    pending.taken->about = snapshots_.by_id.at(dispatch_id);
  }

  absl::Status Write(std::vector<Pending>& pending) {
    std::vector<core::Snapshot> changed;
    for (const std::string& id : changed_ids_) changed.push_back(std::move(snapshots_.by_id.at(id)));
    if (absl::Status status = WriteSnapshots(transaction_, changed); !status.ok()) return status;
    std::vector<InboundMessage> messages;
    for (Pending& one : pending) {
      if (!one.is_recorded) continue;
      one.message.business_id = std::string(kNilId);
      if (one.taken->about.has_value()) {
        one.message.business_id = one.taken->about->business.id;
        one.message.dispatch_id = one.taken->about->dispatch.id;
      }
      one.message.outcome = OutcomeName(one.taken->outcome);
      one.message.reply_text = one.taken->reply_text;
      messages.push_back(std::move(one.message));
    }
    if (messages.empty()) return absl::OkStatus();
    const absl::StatusOr<std::size_t> inserted = InsertInboundMessages(transaction_, now_, messages);
    if (!inserted.ok()) return inserted.status();
    // The same message at the same time: start over, and find its answer.
    if (*inserted < messages.size()) return absl::AbortedError("a message was recorded by another request");
    return absl::OkStatus();
  }

  static bool MeansSomething(const KeyPress& press) { return press.digits == "1" || press.digits == "2"; }

  db::Transaction& transaction_;
  const std::optional<absl::Time> now_;
  const bool alone_;
  std::set<std::pair<std::string, std::string>> message_ids_;
  std::set<std::string> dispatch_ids_;  // what the answers may be about
  Snapshots snapshots_;                 // those, as the answers so far left them
  std::set<std::string> changed_ids_;
};

}  // namespace

absl::Status TakeAnswers(db::Transaction& transaction, std::optional<absl::Time> now,
                         const std::vector<HumanAnswer>& answers, std::vector<TakenAnswer>& taken) {
  taken.assign(answers.size(), TakenAnswer());
  return Answering(transaction, now, answers.size()).Run(answers, taken);
}

}  // namespace afterhours::store
