#include "tests/simulation/provider.h"

#include "absl/strings/str_cat.h"

namespace afterhours::simulation {
namespace {

std::vector<Stage> DrawTextsLife(Random& random, absl::Time time) {
  std::vector<Stage> stages = {{time, v1::PAGE_STATE_ACCEPTED, "", {}, false}};
  time += random.UpTo(absl::Seconds(4));
  if (!random.OneIn(5)) stages.push_back({time, v1::PAGE_STATE_SENT, "", {}, false});
  time += random.UpTo(absl::Seconds(random.OneIn(5) ? 90 : 10));
  if (random.Percent(65)) {
    stages.push_back({time, v1::PAGE_STATE_DELIVERED, "", {}, false});
  } else if (random.Percent(70)) {
    stages.push_back({time, random.OneIn(2) ? v1::PAGE_STATE_UNDELIVERED : v1::PAGE_STATE_FAILED, "30000",
                      DrawDecision(random), false});
  }  // some carriers never confirm
  return stages;
}

std::vector<Stage> DrawCallsLife(Random& random, absl::Time time) {
  std::vector<Stage> stages = {{time, v1::PAGE_STATE_ACCEPTED, "", {}, false}};
  time += random.Between(absl::Seconds(1), absl::Seconds(5));
  stages.push_back({time, v1::PAGE_STATE_SENT, "", {}, false});  // it rings
  time += random.Between(absl::Seconds(5), absl::Seconds(60));
  if (random.Percent(70)) {
    stages.push_back({time, v1::PAGE_STATE_DELIVERED, "", {}, true});
  } else {
    stages.push_back({time, v1::PAGE_STATE_UNDELIVERED, "busy", DrawDecision(random), true});
  }
  return stages;
}

}  // namespace

const Stage& Message::At(absl::Time time) const {
  const Stage* latest = &stages.front();
  for (const Stage& stage : stages) {
    if (stage.time <= time) latest = &stage;
  }
  return *latest;
}

const Message& Provider::Accept(const core::Page& page, absl::Time time) {
  Message message;
  message.id = absl::StrCat("SM", messages_.size() + 1);
  message.page_id = page.id;
  message.accept_time = time;
  message.list_time = time + random_.UpTo(random_.OneIn(3) ? kListLagMax : absl::Seconds(1));
  message.stages = page.channel == v1::CHANNEL_VOICE ? DrawCallsLife(random_, time) : DrawTextsLife(random_, time);
  return messages_[page.id] = std::move(message);
}

const Message* Provider::Find(const std::string& page_id, absl::Time time) const {
  const auto found = messages_.find(page_id);
  return found == messages_.end() || found->second.accept_time > time ? nullptr : &found->second;
}

const Message* Provider::List(const std::string& page_id, absl::Time time) const {
  const Message* message = Find(page_id, time);
  return message == nullptr || message->list_time > time ? nullptr : message;
}

core::FailureDecision DrawDecision(Random& random) {
  using core::FailureDecision;
  return random.Of<FailureDecision>({FailureDecision::kRetry, FailureDecision::kRetry, FailureDecision::kOtherSender,
                                     FailureDecision::kOtherChannel, FailureDecision::kOtherChannel,
                                     FailureDecision::kAddressBlocked, FailureDecision::kSenderBlocked,
                                     FailureDecision::kNextTechnician, FailureDecision::kConfigurationAlarm});
}

}  // namespace afterhours::simulation
