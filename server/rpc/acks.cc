#include "server/rpc/acks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "server/rpc/convert.h"
#include "server/store/answers.h"
#include "server/store/review.h"

namespace afterhours::rpc {
namespace {

absl::StatusOr<store::TakenAnswer> Take(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const v1::AckRequest& request) {
  if (request.has_text_reply()) {
    return store::TakeTextReply(transaction, now, store::MessageOf(request.text_reply()));
  }
  if (request.has_key_press()) {
    const v1::KeyPress& press = request.key_press();
    return store::TakeKeyPress(transaction, now,
                               {press.provider(), press.page_id(), press.provider_call_id(), press.digits()});
  }
  const v1::OperatorAck& ack = request.operator_ack();
  auto taken =
      store::TakeOperatorAck(transaction, now, ack.dispatch_id(), ack.act() == v1::ACK_ACT_ACCEPT, ack.acked_by());
  if (absl::IsNotFound(taken.status())) return store::DispatchNotFound(ack.dispatch_id());
  return taken;
}

}  // namespace

absl::Status RecordAck(db::Transaction& transaction, std::optional<absl::Time> now, const v1::AckRequest& request,
                       v1::AckResponse* response) {
  response->Clear();
  const absl::StatusOr<store::TakenAnswer> taken = Take(transaction, now, request);
  if (!taken.ok()) return Annotate(taken.status(), "record ack");
  response->set_outcome(taken->outcome);
  response->set_reply_text(taken->reply_text);
  response->set_ask_again(taken->ask_again);
  if (taken->about.has_value()) Write(*taken->about, response->mutable_dispatch());
  return absl::OkStatus();
}

}  // namespace afterhours::rpc
