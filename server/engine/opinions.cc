#include "server/engine/opinions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "server/core/names.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr absl::Duration kFailureWait = absl::Milliseconds(200);
// What waits is bounded. More than any model is sent; the end is what is newest.
constexpr std::size_t kWordsBytesMax = 32 << 10;

void AddWords(std::string& words, absl::string_view more) {
  if (more.empty()) return;
  absl::StrAppend(&words, words.empty() ? "" : "\n(The caller called again.)\n", more);
  if (words.size() <= kWordsBytesMax) return;
  std::size_t begin = words.size() - kWordsBytesMax;
  while (begin < words.size() && (static_cast<unsigned char>(words[begin]) & 0xc0) == 0x80) ++begin;
  words.erase(0, begin);
}

OpinionQuestion QuestionAbout(const core::Snapshot& snapshot) {
  OpinionQuestion question;
  question.trade = snapshot.business.trade;
  question.summary = snapshot.call.summary;
  AddWords(question.transcript, snapshot.call.transcript);
  for (const core::Call& repeat : snapshot.repeat_calls) {
    AddWords(question.summary, repeat.summary);
    AddWords(question.transcript, repeat.transcript);
  }
  return question;
}

const char* OutcomeOf(const Opinion& opinion, v1::Urgency before) {
  switch (opinion.outcome) {
    case Opinion::Outcome::kGiven:
      return opinion.urgency > before ? "raised" : opinion.urgency == before ? "agreed" : "lower";
    case Opinion::Outcome::kTimeout:
      return "timeout";
    case Opinion::Outcome::kRefused:
      return "refused";
    case Opinion::Outcome::kFailed:
      break;
  }
  return "failed";
}

}  // namespace

Opinions::Opinions(Options options, OpinionSource& source, const Clock& clock, Metrics& metrics,
                   std::function<void()> changed)
    : options_(std::move(options)),
      source_(source),
      clock_(clock),
      changed_(std::move(changed)),
      connection_(options_.database_url),
      metrics_(metrics),
      seconds_(metrics.Seconds("afterhours_opinion_seconds", "From a question to a model to its answer")),
      loop_("opinions", kIdle, [this] { return RunOnce(); }) {}

void Opinions::Take(const core::Snapshot& snapshot) {
  const bool asks = std::any_of(snapshot.commands.begin(), snapshot.commands.end(), [](const core::Command& command) {
    return command.kind == core::Command::Kind::kAskModel;
  });
  if (!asks) return;
  Asked asked{snapshot.dispatch.id, snapshot.dispatch.urgency, QuestionAbout(snapshot)};
  bool dropped = false;
  {
    MutexLock lock(mutex_);
    const auto same = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const Asked& other) { return other.dispatch_id == asked.dispatch_id; });
    dropped = same == waiting_.end() && waiting_.size() >= options_.queue_length_max;
    if (same != waiting_.end()) {
      *same = std::move(asked);
    } else if (!dropped) {
      waiting_.push_back(std::move(asked));
    }
  }
  if (!dropped) return loop_.Wake();
  Count("dropped");
  LogWarning("a model is not asked: too many questions wait", {{"dispatch_id", snapshot.dispatch.id}});
}

absl::Duration Opinions::RunOnce() {
  std::vector<Answer> answers;
  {
    MutexLock lock(mutex_);
    answers = std::exchange(answers_, {});
  }
  for (const Answer& answer : answers) Judge(answer);
  for (;;) {
    Asked next;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty() || in_flight_ >= options_.in_flight_max) break;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      ++in_flight_;
    }
    Begin(std::move(next));
  }
  const absl::Status status = WriteRaised();
  if (status.ok()) return kIdle;
  LogWarning("a model's opinion could not be written", {{"error", status}});
  return kFailureWait;
}

void Opinions::Begin(Asked asked) {
  const OpinionQuestion question = std::move(asked.question);
  source_.Ask(question,
              [this, id = std::move(asked.dispatch_id), urgency = asked.urgency, begin = absl::Now()](Opinion opinion) {
                {
                  MutexLock lock(mutex_);
                  answers_.push_back({id, urgency, std::move(opinion), absl::ToDoubleSeconds(absl::Now() - begin)});
                  --in_flight_;
                }
                loop_.Wake();
              });
}

void Opinions::Judge(const Answer& answer) {
  const Opinion& opinion = answer.opinion;
  const char* outcome = OutcomeOf(opinion, answer.urgency);
  Count(outcome);
  seconds_.Observe(answer.seconds);
  if (opinion.outcome != Opinion::Outcome::kGiven) {
    return LogWarning("a model gave no opinion", {{"dispatch_id", answer.dispatch_id},
                                                  {"outcome", outcome},
                                                  {"seconds", answer.seconds},
                                                  {"error", opinion.error_message}});
  }
  LogInfo("a model gave its opinion", {{"dispatch_id", answer.dispatch_id},
                                       {"outcome", outcome},
                                       {"seconds", answer.seconds},
                                       {"urgency", core::Name(opinion.urgency)},
                                       {"model", source_.name()}});
  if (opinion.urgency <= answer.urgency) return;
  const std::string model(source_.name());
  unwritten_.push_back(
      {answer.dispatch_id, core::ModelJudged{opinion.urgency, opinion.confidence, opinion.reason, model}});
}

absl::Status Opinions::WriteRaised() {
  if (unwritten_.empty()) return absl::OkStatus();
  Aftermath aftermath;  // an urgency asks nothing of providers
  const absl::Status status =
      ApplyEach(connection_, clock_, unwritten_, aftermath, [](const DispatchInput& input, const absl::Status& error) {
        LogError("a model's opinion cannot be written", {{"dispatch_id", input.dispatch_id}, {"error", error}});
      });
  if (!status.ok()) return Annotate(status, "write a model's opinion");
  unwritten_.clear();
  changed_();
  return absl::OkStatus();
}

void Opinions::Count(const char* outcome) {
  metrics_.Counter("afterhours_opinions_total", "Questions to a model by what came of them", {{"outcome", outcome}})
      .Increment();
}

}  // namespace afterhours::engine
