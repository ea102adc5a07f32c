#include "server/engine/inquirer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "server/store/answers.h"
#include "server/store/pages.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr absl::Duration kFailureWait = absl::Milliseconds(200);

// Whose messages to whom a listing of replies is of; empty for a look-up.
std::pair<std::string, std::string> Conversation(const Inquiry& inquiry) {
  if (inquiry.kind != core::Command::Kind::kListReplies) return {};
  return {inquiry.page.to_address, inquiry.page.from_address};
}

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
      if (waiting_.size() >= options_.queue_length_max) break;
      if (inquiry.kind == core::Command::Kind::kListReplies) {
        const auto [listing, is_new] = listings_.try_emplace(Conversation(inquiry), inquiry.page.send_time);
        listing->second = std::min(listing->second, inquiry.page.send_time);
        if (!is_new) continue;
      }
      waiting_.push_back(std::move(inquiry));
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
      if (const auto listing = listings_.extract(Conversation(next)); !listing.empty()) {
        next.page.send_time = listing.mapped();
      }
      ++in_flight_;
    }
    Begin(next);
  }
  if (status.ok()) return kIdle;
  LogWarning("what a provider answered could not be written", {{"error", status}});
  return kFailureWait;
}

void Inquirer::Begin(const Inquiry& inquiry) {
  Provider* provider = ProviderFor(providers_, inquiry.page.channel);
  if (provider == nullptr) return End();
  if (inquiry.kind == core::Command::Kind::kListReplies) {
    return provider->ListReplies(inquiry.page.to_address, inquiry.page.from_address, inquiry.page.send_time,
                                 [this](const absl::StatusOr<std::vector<v1::TextReply>>& replies) {
                                   TakeReplies(replies);
                                   End();
                                 });
  }
  provider->LookUp(inquiry.page, [this, inquiry](LookUpResult result) {
    {
      MutexLock lock(mutex_);
      answers_.push_back({inquiry, std::move(result)});
    }
    End();
  });
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
  std::vector<Answer> answers;
  {
    MutexLock lock(mutex_);
    answers = std::exchange(answers_, {});
  }
  for (auto answer = answers.begin(); answer != answers.end(); ++answer) {
    auto looked_up = Judge(*answer);
    if (IsPassing(looked_up.status())) {
      MutexLock lock(mutex_);
      answers_.insert(answers_.begin(), answer, answers.end());
      return Annotate(looked_up.status(), "judge what became of a page");
    }
    if (!looked_up.ok()) {
      LogError("what became of a page cannot be judged",
               {{"dispatch_id", answer->inquiry.dispatch_id}, {"error", looked_up.status()}});
    } else if (looked_up->has_value()) {
      unwritten_.push_back({answer->inquiry.dispatch_id, **std::move(looked_up)});
    }
  }
  if (unwritten_.empty()) return absl::OkStatus();
  Aftermath more;
  // The timer of one that cannot be written asks again.
  const absl::Status status =
      ApplyEach(connection_, clock_, unwritten_, more, [](const DispatchInput& input, const absl::Status& error) {
        LogError("what became of a page cannot be written", {{"dispatch_id", input.dispatch_id}, {"error", error}});
      });
  if (!more.inquiries.empty()) Ask(std::move(more.inquiries));
  if (!status.ok()) return Annotate(status, "write what became of pages");
  unwritten_.clear();
  changed_();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<core::PageLookedUp>> Inquirer::Judge(const Answer& answer) {
  const PageInquiry& page = answer.inquiry.page;
  LookUpResult result = answer.result;
  if (result.outcome == LookUpResult::Outcome::kFound && page.provider_message_id.empty()) {
    if (absl::Status status = LeaveOutOthers(answer.inquiry, result); !status.ok()) return status;
  }
  if (result.outcome == LookUpResult::Outcome::kUnknown) {
    unknown_total_.Increment();
    LogWarning(
        "a provider could not say what became of a page",
        {{"dispatch_id", answer.inquiry.dispatch_id}, {"page_id", page.page_id}, {"error", result.error_message}});
    return std::nullopt;
  }
  core::PageLookedUp looked_up;
  looked_up.page_id = page.page_id;
  looked_up.epoch = answer.inquiry.epoch;
  looked_up.check = answer.inquiry.check;
  looked_up.outcome = core::PageLookedUp::Outcome::kNotFound;
  if (result.outcome == LookUpResult::Outcome::kNotFound) {
    not_found_total_.Increment();
    return looked_up;
  }
  found_total_.Increment();
  FoundPage& found = result.found.front();
  looked_up.outcome = core::PageLookedUp::Outcome::kFound;
  looked_up.provider_message_id = std::move(found.provider_message_id);
  looked_up.state = found.state;
  looked_up.provider_status = std::move(found.provider_status);
  looked_up.decision = ProviderFor(providers_, page.channel)->DecisionFor(found.error_code);
  if (looked_up.decision == core::FailureDecision::kSenderBlocked && !found.error_code.empty()) {
    LogError("page failed: our sender needs attention", {{"page_id", page.page_id}, {"error_code", found.error_code}});
  }
  looked_up.error_code = std::move(found.error_code);
  looked_up.call_over = found.call_over;
  return looked_up;
}

absl::Status Inquirer::LeaveOutOthers(const Inquiry& inquiry, LookUpResult& result) {
  // Read after the provider's answer: a page of which the answer shows something
  // was claimed before.
  store::OtherPages others;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    auto read = store::ReadOtherPages(transaction, clock_.StatementTime(), inquiry.page.to_address,
                                      inquiry.page.page_id, inquiry.page.channel);
    if (read.ok()) others = *std::move(read);
    return read.status();
  });
  if (!status.ok()) return status;
  std::erase_if(result.found,
                [&](const FoundPage& found) { return others.message_ids.count(found.provider_message_id) > 0; });
  if (result.found.empty() && result.is_complete) {
    result.outcome = LookUpResult::Outcome::kNotFound;
  } else if (result.found.empty()) {
    result.outcome = LookUpResult::Outcome::kUnknown;
    result.error_message = "the provider has more than it was asked for";
  } else if (!result.is_named && (result.found.size() > 1 || others.uncertain)) {
    result.outcome = LookUpResult::Outcome::kUnknown;
    result.error_message = "ambiguous: it may be another page's to that number";
  }
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
      is_new = false;
      const auto known = store::FindInboundMessage(transaction, reply.provider(), reply.provider_message_id());
      if (!known.ok() || known->has_value()) return known.status();
      is_new = true;
      std::vector<store::TakenAnswer> taken;
      return store::TakeAnswers(transaction, clock_.StatementTime(), {store::MessageOf(reply)}, taken);
    });
    if (absl::IsUnavailable(status)) return Annotate(status, "write a reply that was found");
    if (!status.ok()) {
      LogError("a reply that was found cannot be written",
               {{"provider_message_id", reply.provider_message_id()}, {"error", status}});
      continue;  // it must not hold up the others
    }
    if (!is_new) continue;
    found_replies_total_.Increment();
    LogWarning("a reply was found whose webhook never came",
               {{"provider_message_id", reply.provider_message_id()}, {"from", reply.from_number()}});
    changed_();
  }
  return absl::OkStatus();
}

}  // namespace afterhours::engine
