#include "server/rpc/acks.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/log.h"
#include "base/status.h"
#include "server/rpc/convert.h"
#include "server/store/answers.h"

namespace afterhours::rpc {
namespace {

store::HumanAnswer AnswerOf(const v1::AckRequest& request) {
  if (request.has_text_reply()) return store::MessageOf(request.text_reply());
  if (request.has_key_press()) {
    const v1::KeyPress& press = request.key_press();
    return store::KeyPress{press.provider(), press.page_id(), press.provider_call_id(), press.digits()};
  }
  const v1::OperatorAck& ack = request.operator_ack();
  return store::OperatorAnswer{absl::AsciiStrToLower(ack.dispatch_id()), ack.act() == v1::ACK_ACT_ACCEPT,
                               ack.acked_by()};
}

}  // namespace

absl::Status RecordAcks(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<AckCall> acks) {
  std::vector<store::HumanAnswer> answers;
  for (const AckCall& ack : acks) answers.push_back(AnswerOf(*ack.request));
  std::vector<store::TakenAnswer> taken;
  const absl::Status status = store::TakeAnswers(transaction, now, answers, taken);
  if (!status.ok()) return Annotate(status, "record ack");
  for (std::size_t i = 0; i < taken.size(); ++i) {
    v1::AckResponse& response = *acks[i].response;
    response.Clear();
    response.set_outcome(taken[i].outcome);
    response.set_reply_text(taken[i].reply_text);
    response.set_ask_again(taken[i].ask_again);
    const std::optional<core::Snapshot>& about = taken[i].about;
    if (about.has_value()) Write(*about, response.mutable_dispatch());
    acks[i].due_soon = !about.has_value() || !core::IsFinal(about->dispatch.status);
  }
  return absl::OkStatus();
}

void TellOf(const AckCall& ack, Metrics& metrics) {
  const v1::AckResponse& response = *ack.response;
  const std::string outcome = v1::AckOutcome_Name(response.outcome());
  metrics.Counter("afterhours_acks_total", "Answers of humans by outcome", {{"outcome", outcome}}).Increment();
  LogInfo(
      "ack recorded",
      {{"dispatch_id", response.dispatch().id()}, {"outcome", outcome}, {"acked_by", response.dispatch().acked_by()}});
}

}  // namespace afterhours::rpc
