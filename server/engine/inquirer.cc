#include "server/engine/inquirer.h"

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "server/store/answers.h"
#include "server/store/pages.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr absl::Duration kFailureWait = absl::Milliseconds(200);

}  // namespace

Inquirer::Inquirer(Options options, std::vector<Provider*> providers, const Clock& clock, Metrics& metrics,
                   std::function<void()> changed)
    : options_(std::move(options)),
      providers_(std::move(providers)),
      clock_(clock),
      changed_(std::move(changed)),
      connection_(options_.database_url),
      found_total_(
          metrics.Counter("afterhours_look_ups_total", "Look-ups of pages by outcome", {{"outcome", "found"}})),
      not_found_total_(
          metrics.Counter("afterhours_look_ups_total", "Look-ups of pages by outcome", {{"outcome", "not_found"}})),
      unknown_total_(
          metrics.Counter("afterhours_look_ups_total", "Look-ups of pages by outcome", {{"outcome", "unknown"}})),
      found_replies_total_(metrics.Counter("afterhours_replies_found_total", "Replies whose webhook never came")),
      loop_("inquirer", kIdle, [this] { return RunOnce(); }) {}

void Inquirer::Ask(std::vector<Inquiry> inquiries) {
  {
    MutexLock lock(mutex_);
    for (Inquiry& inquiry : inquiries) {
      if (waiting_.size() < options_.queue_length_max) waiting_.push_back(std::move(inquiry));
    }
  }
  loop_.Wake();
}

absl::Duration Inquirer::RunOnce() {
  absl::Status status = WriteAnswers();
  if (status.ok()) status = WriteReplies();
  for (;;) {
    Inquiry next;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty() || in_flight_ >= options_.in_flight_max) break;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      ++in_flight_;
    }
    Begin(std::move(next));
  }
  if (status.ok()) return kIdle;
  LogWarning("what a provider answered could not be written", {{"error", status}});
  return kFailureWait;
}

void Inquirer::Begin(Inquiry inquiry) {
  Provider* provider = nullptr;
  for (Provider* candidate : providers_) {
    if (candidate->Carries(inquiry.page.channel)) provider = candidate;
  }
  if (provider == nullptr) return End();
  if (inquiry.kind == core::Command::Kind::kListReplies) {
    return provider->ListReplies(inquiry.page.to_address, inquiry.page.send_time,
                                 [this](const absl::StatusOr<std::vector<v1::TextReply>>& replies) {
                                   TakeReplies(replies);
                                   End();
                                 });
  }
  if (const absl::Status status = ReadOtherMessageIds(inquiry); !status.ok()) {
    LogWarning("look-up could not begin", {{"dispatch_id", inquiry.dispatch_id}, {"error", status}});
    return End();
  }
  provider->LookUp(inquiry.page, [this, inquiry, provider](LookUpResult result) {
    TakeLookUp(inquiry, *provider, std::move(result));
    End();
  });
}

absl::Status Inquirer::ReadOtherMessageIds(Inquiry& inquiry) {
  if (!inquiry.page.provider_message_id.empty()) return absl::OkStatus();
  return connection_.Transact([&](db::Transaction& transaction) {
    auto ids = store::OtherMessageIds(transaction, inquiry.business_id, inquiry.technician_id, inquiry.page.page_id);
    if (ids.ok()) inquiry.page.other_message_ids = *std::move(ids);
    return ids.status();
  });
}

void Inquirer::TakeLookUp(const Inquiry& inquiry, Provider& provider, LookUpResult result) {
  if (result.outcome == LookUpResult::Outcome::kUnknown) {
    unknown_total_.Increment();
    LogWarning(
        "a provider could not say what became of a page",
        {{"dispatch_id", inquiry.dispatch_id}, {"page_id", inquiry.page.page_id}, {"error", result.error_message}});
    return;
  }
  const bool found = result.outcome == LookUpResult::Outcome::kFound;
  (found ? found_total_ : not_found_total_).Increment();
  core::PageLookedUp looked_up;
  looked_up.page_id = inquiry.page.page_id;
  looked_up.epoch = inquiry.epoch;
  looked_up.check = inquiry.check;
  looked_up.outcome = found ? core::PageLookedUp::Outcome::kFound : core::PageLookedUp::Outcome::kNotFound;
  looked_up.provider_message_id = std::move(result.provider_message_id);
  looked_up.state = result.state;
  looked_up.provider_status = std::move(result.provider_status);
  looked_up.decision = provider.DecisionFor(result.error_code);
  looked_up.error_code = std::move(result.error_code);
  looked_up.call_over = result.call_over;
  MutexLock lock(mutex_);
  answers_.push_back({inquiry.dispatch_id, std::move(looked_up)});
}

void Inquirer::TakeReplies(const absl::StatusOr<std::vector<v1::TextReply>>& replies) {
  if (!replies.ok()) return LogWarning("replies could not be listed", {{"error", replies.status()}});
  MutexLock lock(mutex_);
  replies_.insert(replies_.end(), replies->begin(), replies->end());
}

void Inquirer::End() {
  {
    MutexLock lock(mutex_);
    --in_flight_;
  }
  loop_.Wake();
}

absl::Status Inquirer::WriteAnswers() {
  std::vector<DispatchInput> answers;
  {
    MutexLock lock(mutex_);
    answers = std::exchange(answers_, {});
  }
  if (answers.empty()) return absl::OkStatus();
  std::vector<Inquiry> more;
  const absl::Status status = Apply(connection_, clock_, answers, more);
  if (!status.ok()) return Annotate(status, "write what became of pages");
  if (!more.empty()) Ask(std::move(more));
  changed_();
  return absl::OkStatus();
}

absl::Status Inquirer::WriteReplies() {
  std::vector<v1::TextReply> replies;
  {
    MutexLock lock(mutex_);
    replies = std::exchange(replies_, {});
  }
  for (const v1::TextReply& reply : replies) {
    bool is_new = false;
    const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
      const auto known = store::FindInboundMessage(transaction, reply.provider(), reply.provider_message_id());
      if (!known.ok() || known->has_value()) return known.status();
      is_new = true;
      store::InboundMessage message;
      message.provider = reply.provider();
      message.provider_message_id = reply.provider_message_id();
      message.from_number = reply.from_number();
      message.to_number = reply.to_number();
      message.body = reply.body();
      return store::TakeTextReply(transaction, clock_.StatementTime(), std::move(message)).status();
    });
    if (!status.ok()) return Annotate(status, "write a reply that was found");
    if (!is_new) continue;
    found_replies_total_.Increment();
    LogWarning("a reply was found whose webhook never came",
               {{"provider_message_id", reply.provider_message_id()}, {"from", reply.from_number()}});
    changed_();
  }
  return absl::OkStatus();
}

}  // namespace afterhours::engine
