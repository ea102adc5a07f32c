#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/promises.h"

namespace afterhours::simulation {
namespace {

constexpr int kStepsMax = 20000;
constexpr absl::Duration kSendTimeout = absl::Seconds(10);
constexpr absl::Duration kActsEnd = absl::Minutes(40);
const absl::Duration kLease = kSendTimeout + absl::Seconds(5);

// In order, as real ids are. One world lives at a time, in each thread.
thread_local std::uint64_t page_count = 0;
std::string NextPageId() { return absl::StrFormat("00000000-0000-7000-8000-%012x", ++page_count); }

}  // namespace

World::World(std::uint64_t seed, std::vector<std::string>* trace)
    : random_(seed), trace_(trace), setting_(DrawSetting(random_)) {
  page_count = 0;
  answers_percent_ = random_.Of<int>({0, 0, 5, 10, 20, 50});
  clock_ = setting_.begin;
  PlanRosters();
  absl::Duration longest;
  bool holds = false;
  for (const auto& [urgency, policy] : setting_.policies) {
    longest = std::max(longest, policy.cutoff);
    holds = holds || policy.hold.has_value();
  }
  // It may be reopened, or get its business, as late as anything is done to it. And
  // each of two raised urgencies can begin another hold.
  end_bound_ = clock_ + kActsEnd + absl::Minutes(5) + core::kReportGrace + longest +
               (holds ? absl::Hours(4 * 26) : absl::Minutes(1));
  for (const core::Call& call : setting_.calls) {
    core::Snapshot& snapshot = stored_.emplace_back();
    if (setting_.matched) snapshot.business = setting_.business;
    if (!setting_.matched) snapshot.business.id = std::string(kNilId);
    snapshot.policies = setting_.policies;
    snapshot.call = call;
    snapshot.dispatch.id = absl::StrCat("dispatch-", stored_.size());
    const std::size_t dispatch = stored_.size() - 1;
    Plan(clock_ + (dispatch == 0 ? absl::ZeroDuration() : random_.UpTo(absl::Minutes(4))), Where::kOutside,
         [this, dispatch] { Start(dispatch); });
    PlanActs(dispatch);
  }
  started_.resize(stored_.size());
  PlanFaults();
}

std::string World::Run() {
  while (broken_.empty()) {
    const std::vector<DueWork> works = NextWork();
    const absl::Time work_time = works.empty() ? absl::InfiniteFuture() : std::max({clock_, down_until_, works[0].due});
    const absl::Time next = agenda_.empty() ? absl::InfiniteFuture() : agenda_.top().time;
    if (next == absl::InfiniteFuture() && works.empty()) break;
    if (work_time < next || (work_time == next && random_.OneIn(2))) {
      clock_ = work_time;
      Work(works[static_cast<std::size_t>(random_.Below(static_cast<int>(works.size())))]);
    } else {
      clock_ = std::max(clock_, next);
      const Happening happening = agenda_.top();
      agenda_.pop();
      if (happening.where == Where::kEngine && happening.life != life_) continue;  // it died with the engine
      if (clock_ < down_until_) {
        Plan(down_until_ + random_.UpTo(absl::Seconds(2)), happening.where, happening.act);
      } else {
        happening.act();
      }
    }
    for (const core::Snapshot& snapshot : stored_) {
      if (!core::IsFinal(snapshot.dispatch.status) && clock_ > end_bound_ + down_time_) Fail("a dispatch does not end");
    }
    if (step_count_ > kStepsMax) Fail("it does not come to rest");
  }
  return broken_.empty() ? NotAtRest() : broken_;
}

std::string World::NotAtRest() const {
  for (const core::Snapshot& snapshot : stored_) {
    if (!core::IsFinal(snapshot.dispatch.status)) return "a dispatch did not end";
    if (!snapshot.timers.empty()) return "timers are left over";
    for (const core::Page& page : snapshot.pages) {
      const Message* message = provider_.Find(page.id, clock_);
      const bool open = page.state == v1::PAGE_STATE_PLANNED || page.state == v1::PAGE_STATE_SENDING ||
                        (page.state == v1::PAGE_STATE_UNCERTAIN && page.check_count < core::kSettleChecksMax);
      if (open) return absl::StrCat(ShortId(page.id), " was left ", core::Name(page.state));
      if (message == nullptr) continue;
      const bool denied = page.state == v1::PAGE_STATE_CANCELED || page.state == v1::PAGE_STATE_SUPPRESSED ||
                          (page.state == v1::PAGE_STATE_FAILED && message->Last().error_code.empty());
      if (denied) return absl::StrCat(ShortId(page.id), " was sent, and is ", core::Name(page.state));
    }
  }
  return "";
}

void World::Fail(const std::string& broken) {
  if (broken_.empty()) broken_ = broken;
}

void World::Plan(absl::Time time, Where where, std::function<void()> act) {
  agenda_.push({time, ++happening_count_, where, life_, std::move(act)});
}

// The store: a snapshot is as it was committed, and what belongs to the business is read each time.

absl::Time World::TransactionTime(absl::Time not_before) {
  // One that waits for a lock has begun a little before.
  return random_.OneIn(6) ? std::max(not_before, clock_ - random_.UpTo(absl::Milliseconds(kLockWaitMaxMs))) : clock_;
}

void World::Load(std::size_t dispatch, absl::Time now) {
  core::Snapshot& snapshot = stored_[dispatch];
  const bool matched = snapshot.business.id != kNilId;
  snapshot.on_call = matched ? RosterAt(now) : std::vector<core::OnCallTechnician>();
  const auto next = rosters_.upper_bound(now);
  const bool near = matched && next != rosters_.end() && next->first <= now + core::kOnCallHorizon;
  snapshot.next_on_call_change = near ? std::optional(next->first) : std::nullopt;
  snapshot.suppressions.clear();
  for (const core::Suppression& suppression : suppressions_) {
    if (suppression.expire_time > now) snapshot.suppressions.push_back(suppression);
  }
  snapshot.stored_timers = snapshot.timers;
  for (core::Page& page : snapshot.pages) page.queued = outbox_.count(page.id) > 0;
  std::stable_sort(snapshot.pages.begin(), snapshot.pages.end(), [](const core::Page& a, const core::Page& b) {
    return std::tie(a.create_time, a.id) < std::tie(b.create_time, b.id);
  });
}

const std::vector<core::OnCallTechnician>& World::RosterAt(absl::Time time) const {
  return std::prev(rosters_.upper_bound(std::max(time, setting_.begin)))->second;
}

bool World::Apply(std::size_t dispatch, const core::Input& input) {
  const core::TimerFired* fired = std::get_if<core::TimerFired>(&input);
  const auto timer =
      fired == nullptr ? core::Timers::const_iterator() : stored_[dispatch].timers.find({fired->kind, fired->page_id});
  const absl::Time now = TransactionTime(fired == nullptr ? absl::InfinitePast() : timer->second);
  Load(dispatch, now);
  const core::Snapshot& before = stored_[dispatch];
  core::Snapshot after = core::Step(before, input, now, &NextPageId);
  const bool lost = random_.OneIn(40);  // the database went away; nothing was written
  ++step_count_;
  if (trace_ != nullptr) {
    trace_->push_back(absl::StrCat(step_count_, ". ", absl::FormatTime("%m-%d %H:%M:%E3S", now, absl::UTCTimeZone()),
                                   " ", before.dispatch.id, ": ", Describe(input), lost ? " (not committed)" : ""));
    for (const core::Event& event : after.new_events) trace_->push_back(absl::StrCat("       ", event.message));
  }
  for (const core::Event& event : after.new_events) event_kinds_.insert(event.kind);
  Fail(BrokenPromise({before, after, input, now, clock_, provider_, tampered_}));
  if (lost) return false;
  Commit(dispatch, std::move(after));
  return true;
}

void World::Commit(std::size_t dispatch, core::Snapshot after) {
  const std::vector<core::Command> commands = std::exchange(after.commands, {});
  for (const core::Page& page : after.pages) {
    if (after.changed_pages.count(page.id) == 0) continue;
    if (page.due_time.has_value()) {
      outbox_.insert(page.id);
    } else {
      outbox_.erase(page.id);
    }
  }
  suppressions_.insert(suppressions_.end(), after.new_suppressions.begin(), after.new_suppressions.end());
  after.new_suppressions.clear();
  after.new_events.clear();
  after.changed_pages.clear();
  after.call_changed = false;
  after.changed_repeats.clear();
  stored_[dispatch] = std::move(after);
  Load(dispatch, clock_);
  for (const core::Trouble& trouble : core::FindTroubles(stored_[dispatch], clock_)) {
    // That of a sender that died is found when its lease is over, which is now or later.
    if (trouble.problem != v1::RECOVER_PROBLEM_STALE_CLAIM) {
      Fail(absl::StrCat("there is trouble: ", v1::RecoverProblem_Name(trouble.problem)));
    }
  }
  if (!random_.OneIn(30)) Ask(dispatch, commands);  // or it died before it could
}

// The engine.

std::vector<World::DueWork> World::NextWork() const {
  std::vector<DueWork> works;
  absl::Time first = absl::InfiniteFuture();
  const auto add = [&](DueWork work) {
    work.due = std::max(work.due, clock_);
    if (work.due < first) works.clear();
    if (work.due <= first) works.push_back(std::move(work));
    first = std::min(first, works.back().due);
  };
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    for (const auto& [key, due] : stored_[i].timers) {
      if (due <= first || due <= clock_) add({DueWork::Kind::kTimer, i, key, "", due});
    }
    for (const core::Page& page : stored_[i].pages) {
      if (page.due_time.has_value() && outbox_.count(page.id) > 0) {
        add({DueWork::Kind::kSend, i, {}, page.id, *page.due_time});
      }
      if (page.lease_expire_time.has_value()) add({DueWork::Kind::kLease, i, {}, page.id, *page.lease_expire_time});
    }
  }
  return works;
}

void World::Work(const DueWork& work) {
  switch (work.kind) {
    case DueWork::Kind::kTimer:
      Apply(work.dispatch, core::TimerFired{work.timer.first, work.timer.second});
      return;
    case DueWork::Kind::kSend:
      return Send(work.dispatch, work.page_id);
    case DueWork::Kind::kLease: {
      const core::Page* page = core::FindPage(stored_[work.dispatch], work.page_id);
      Apply(work.dispatch, core::PageOutcomeUnknown{page->id, page->epoch, "its sender is gone"});
      return;
    }
  }
}

void World::Send(std::size_t dispatch, const std::string& page_id) {
  const core::PageClaimed claim{page_id, "provider", "sender", clock_ + kLease};
  if (!Apply(dispatch, claim)) return;
  const core::Page page = *core::FindPage(stored_[dispatch], page_id);
  if (page.state != v1::PAGE_STATE_SENDING) return Fail("a claimed page is not sent");
  if (random_.OneIn(20)) Apply(dispatch, claim);  // a second sender comes too late
  if (page.channel == v1::CHANNEL_EMAIL) {
    Apply(dispatch, core::PageRefused{page_id, page.epoch, "NO_PROVIDER", "no provider is set up for this channel",
                                      core::FailureDecision::kOtherChannel, absl::ZeroDuration()});
    return;
  }
  if (!epochs_handed_over_.insert({page_id, page.epoch}).second)
    return Fail("a page was handed over twice in an epoch");
  const auto earlier = handed_over_.find(page_id);
  if (earlier != handed_over_.end() && !earlier->second) return Fail("a page was sent again that may have been sent");
  handed_over_[page_id] = false;
  HandOver(dispatch, page);
}

void World::HandOver(std::size_t dispatch, const core::Page& page) {
  const bool away = clock_ >= provider_away_from_ && clock_ < provider_away_until_;
  const absl::Duration took = random_.OneIn(6) ? random_.UpTo(kSendTimeout) : random_.UpTo(absl::Seconds(1));
  const int fate = away ? (random_.OneIn(3) ? 80 : 99) : random_.Below(100);
  if (random_.OneIn(60)) ++life_;  // the engine dies; it is up again at once
  if (fate >= 82) {
    handed_over_[page.id] = true;
    const absl::Duration delay = random_.OneIn(3) ? random_.UpTo(absl::Minutes(2)) : absl::ZeroDuration();
    const core::PageRefused refused{
        page.id, page.epoch, "40000", "no", away ? core::FailureDecision::kRetry : DrawDecision(random_), delay};
    return Plan(clock_ + took, Where::kEngine, [this, dispatch, refused] {
      if (!Apply(dispatch, refused)) Deliver(clock_ + absl::Seconds(1), dispatch, refused);
    });
  }
  const bool taken = fate < 74;
  if (taken) {
    const Message message = provider_.Accept(page, clock_ + random_.UpTo(took));
    SendReceipts(dispatch, message);
    LetAnswer(dispatch, page, message);
  }
  if (fate >= 60 && random_.OneIn(3)) return;  // the answer is lost: its lease will tell
  core::Input result = core::PageOutcomeUnknown{page.id, page.epoch, "timeout"};
  if (fate < 60) result = core::PageAccepted{page.id, page.epoch, provider_.messages().at(page.id).id};
  // Now and then the database is so slow that the lease is over before the result is written.
  const absl::Duration late = random_.OneIn(40) ? random_.UpTo(2 * kLease) : absl::ZeroDuration();
  Plan(clock_ + took + late, Where::kEngine, [this, dispatch, result] {
    if (!Apply(dispatch, result)) Deliver(clock_ + absl::Seconds(1), dispatch, result);
  });
}

void World::Ask(std::size_t dispatch, const std::vector<core::Command>& commands) {
  for (const core::Command& command : commands) {
    if (command.kind == core::Command::Kind::kAskModel) {
      AskModel(dispatch);
      continue;
    }
    const core::Page page = *core::FindPage(stored_[dispatch], command.page_id);
    const absl::Duration queued = random_.OneIn(10) ? random_.UpTo(absl::Seconds(20)) : random_.UpTo(absl::Seconds(1));
    Plan(clock_ + queued, Where::kEngine, [this, dispatch, page, kind = command.kind] {
      if (random_.OneIn(6) || (clock_ >= provider_away_from_ && clock_ < provider_away_until_)) return;  // no answer
      if (kind == core::Command::Kind::kLookUp) return LookUp(dispatch, page);
      ListReplies(page.to_address);
    });
  }
}

// It may be slow, of any opinion, or say nothing. Nobody asks twice.
void World::AskModel(std::size_t dispatch) {
  if (random_.OneIn(4)) return;
  const core::ModelJudged judged{static_cast<v1::Urgency>(random_.Below(4)), 0.6, "it said so", "model"};
  Plan(clock_ + random_.UpTo(absl::Seconds(30)), Where::kEngine, [this, dispatch, judged] { Apply(dispatch, judged); });
}

void World::LookUp(std::size_t dispatch, const core::Page& asked) {
  core::PageLookedUp answer{};
  answer.page_id = asked.id;
  answer.epoch = asked.epoch;
  answer.check = asked.check_count;
  answer.outcome = core::PageLookedUp::Outcome::kNotFound;
  const Message* message =
      asked.provider_message_id.empty() ? provider_.List(asked.id, clock_) : provider_.Find(asked.id, clock_);
  if (message != nullptr) {
    const Stage& stage = message->At(clock_);
    answer.outcome = core::PageLookedUp::Outcome::kFound;
    answer.provider_message_id = message->id;
    answer.state = stage.state;
    answer.provider_status = "status";
    answer.error_code = stage.error_code;
    answer.decision = stage.decision;
    answer.call_over = stage.call_over;
  }
  const absl::Duration took = random_.OneIn(10) ? random_.UpTo(absl::Seconds(20)) : random_.UpTo(absl::Seconds(1));
  Plan(clock_ + took, Where::kEngine, [this, dispatch, answer] { Apply(dispatch, answer); });
}

void World::ListReplies(const std::string& address) {
  std::vector<UnreadReply> later;
  for (const UnreadReply& reply : std::exchange(unread_replies_[address], {})) {
    if (reply.time > clock_) {
      later.push_back(reply);
    } else {
      Deliver(clock_ + absl::Milliseconds(200), reply.dispatch, reply.answer);
    }
  }
  unread_replies_[address] = std::move(later);
}

// A timer or an outbox entry is lost, as no fault that we know of could lose it, and found by the sweep.
void World::TamperAndRecover() {
  const auto dispatch = static_cast<std::size_t>(random_.Below(static_cast<int>(stored_.size())));
  core::Snapshot& snapshot = stored_[dispatch];
  if (!started_[dispatch] || core::IsFinal(snapshot.dispatch.status)) return;
  tampered_ = true;
  for (auto timer = snapshot.timers.begin(); timer != snapshot.timers.end();) {
    const bool loses = timer->first.first != core::TimerKind::kReplies && random_.OneIn(2);
    timer = loses ? snapshot.timers.erase(timer) : std::next(timer);
  }
  for (const core::Page& page : snapshot.pages) {
    if (random_.OneIn(2)) outbox_.erase(page.id);
  }
  while (!Apply(dispatch, core::RecoverAsked{"system"}) && broken_.empty()) continue;
}

// Outside.

void World::Start(std::size_t dispatch) {
  stored_[dispatch].dispatch.create_time = clock_;
  stored_[dispatch].dispatch.update_time = clock_;
  started_[dispatch] = Apply(dispatch, core::Started{"called number", setting_.asks_model});
  if (!started_[dispatch]) Plan(clock_ + absl::Seconds(1), Where::kOutside, [this, dispatch] { Start(dispatch); });
}

void World::Deliver(absl::Time time, std::size_t dispatch, const core::Input& input) {
  Plan(time, Where::kOutside, [this, dispatch, input] {
    if (!started_[dispatch]) return;
    if (!Apply(dispatch, input)) Deliver(clock_ + random_.UpTo(absl::Seconds(5)), dispatch, input);
  });
}

void World::SendReceipts(std::size_t dispatch, const Message& message) {
  for (const Stage& stage : message.stages) {
    core::Receipt receipt{message.page_id, "provider",       message.id,     stage.state,
                          "status",        stage.error_code, stage.decision, stage.call_over};
    if (random_.OneIn(20)) receipt.provider_message_id.clear();
    const int copies = random_.OneIn(7) ? 0 : 1 + (random_.OneIn(10) ? 1 : 0);
    for (int i = 0; i < copies; ++i) {
      const absl::Duration late = random_.OneIn(10) ? random_.UpTo(absl::Minutes(3)) : random_.UpTo(absl::Seconds(1));
      Deliver(stage.time + late, dispatch, receipt);
    }
  }
}

void World::LetAnswer(std::size_t dispatch, const core::Page& page, const Message& message) {
  const Stage& last = message.Last();
  const bool reached = last.state == v1::PAGE_STATE_DELIVERED || last.state == v1::PAGE_STATE_SENT;
  if (!reached || !random_.Percent(answers_percent_)) return;
  core::Input answer = core::Acked{page.technician_name, page.technician_id, "technician", page.id};
  if (random_.OneIn(4)) answer = core::Declined{page.technician_id, page.technician_name, "technician", page.id};
  if (page.channel == v1::CHANNEL_VOICE) {  // a key, while the call lasts
    const absl::Time rings = message.stages[1].time;
    return Deliver(rings + random_.UpTo(last.time - rings), dispatch, answer);
  }
  const absl::Time time = last.time + random_.UpTo(random_.OneIn(5) ? absl::Minutes(40) : absl::Minutes(3));
  if (random_.OneIn(7)) {
    unread_replies_[page.to_address].push_back({time, dispatch, answer});
    return;
  }
  Deliver(time, dispatch, answer);
  if (random_.OneIn(5)) Deliver(time + random_.UpTo(absl::Minutes(2)), dispatch, answer);
}

void World::Assign(std::size_t dispatch) {
  core::Snapshot& snapshot = stored_[dispatch];
  if (!started_[dispatch] || snapshot.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW) return;
  const core::Business nobody = std::exchange(snapshot.business, setting_.business);
  if (Apply(dispatch, core::BusinessAssigned{"operator:kim", "kim said so"})) return;
  stored_[dispatch].business = nobody;  // nothing was written
  Plan(clock_ + absl::Seconds(1), Where::kOutside, [this, dispatch] { Assign(dispatch); });
}

void World::TellWaiting() {
  for (std::size_t dispatch = 0; dispatch < stored_.size(); ++dispatch) {
    if (!started_[dispatch] || stored_[dispatch].business.id == kNilId) continue;
    while (!Apply(dispatch, core::RosterChanged{"operator:kim"}) && broken_.empty()) continue;
  }
}

void World::PlanActs(std::size_t dispatch) {
  const auto at = [this] { return clock_ + random_.UpTo(random_.OneIn(3) ? kActsEnd : absl::Minutes(5)); };
  if (random_.OneIn(25)) Deliver(at(), dispatch, core::Canceled{"operator:kim", "test call"});
  if (random_.OneIn(25)) Deliver(at(), dispatch, core::Acked{"kim", "", "operator:kim", ""});
  if (random_.OneIn(15)) Deliver(at(), dispatch, core::Declined{"", "kim", "operator:kim", ""});
  for (int i = random_.Below(3); i > 0; --i) Deliver(at(), dispatch, core::RecoverAsked{"operator:kim"});
  while (!setting_.matched && random_.OneIn(2)) Plan(at(), Where::kOutside, [this, dispatch] { Assign(dispatch); });
  while (random_.OneIn(4)) Deliver(at(), dispatch, core::Reopened{"operator:kim", "kim said so"});
  for (int number = 1; random_.OneIn(number < 3 ? 4 : 2); ++number) {
    core::CallRepeated repeated;
    repeated.call.source = random_.OneIn(3) ? v1::CALL_SOURCE_MANUAL : v1::CALL_SOURCE_RETELL;
    repeated.call.external_call_id = absl::StrCat("repeat-", number);
    repeated.call.summary = DrawSummary(random_);
    if (random_.OneIn(5)) repeated.call.given_urgency = static_cast<v1::Urgency>(random_.Below(4));
    const absl::Time time = at();
    Deliver(time, dispatch, repeated);
    core::CallReportedAgain more{repeated.call};
    more.call.transcript = absl::StrCat("User: ", DrawSummary(random_));
    if (random_.OneIn(3)) Deliver(time + random_.UpTo(absl::Minutes(2)), dispatch, more);
  }
  while (random_.OneIn(3)) {
    core::CallReportedAgain again;
    again.call.source = random_.OneIn(3) ? v1::CALL_SOURCE_TWILIO : v1::CALL_SOURCE_RETELL;
    again.call.summary = DrawSummary(random_);
    if (random_.OneIn(3)) again.call.transcript = absl::StrCat("User: ", DrawSummary(random_));
    if (random_.OneIn(5)) again.call.given_urgency = static_cast<v1::Urgency>(random_.Below(4));
    Deliver(random_.OneIn(2) ? clock_ + random_.UpTo(absl::Seconds(40)) : at(), dispatch, again);
  }
}

// The shifts that the directory has from the beginning.
void World::PlanRosters() {
  rosters_[setting_.begin] = DrawRoster(random_, setting_.staff);
  while (random_.OneIn(2)) {
    const absl::Duration later = random_.UpTo(random_.OneIn(3) ? absl::Hours(2) : absl::Minutes(15));
    rosters_[setting_.begin + later] = DrawRoster(random_, setting_.staff);
  }
}

void World::PlanFaults() {
  const auto at = [this] { return clock_ + random_.UpTo(absl::Minutes(20)); };
  while (random_.OneIn(3)) {
    Plan(at(), Where::kOutside, [this] {
      const bool dies = random_.OneIn(2);
      const absl::Duration span = random_.UpTo(random_.OneIn(4) ? absl::Minutes(30) : absl::Minutes(1));
      if (dies) ++life_;
      down_time_ += span + absl::Seconds(2);
      down_until_ = std::max(down_until_, clock_ + span);
    });
  }
  while (random_.OneIn(3)) {
    Plan(at(), Where::kOutside, [this] {
      rosters_[clock_] = DrawRoster(random_, setting_.staff);
      TellWaiting();
    });
  }
  if (random_.OneIn(6)) {
    Plan(at(), Where::kOutside, [this] {
      suppressions_.clear();
      TellWaiting();
    });
  }
  if (random_.OneIn(8)) {
    provider_away_from_ = at();
    provider_away_until_ = provider_away_from_ + random_.UpTo(absl::Minutes(20));
  }
  if (random_.OneIn(10)) Plan(at(), Where::kOutside, [this] { TamperAndRecover(); });
}

}  // namespace afterhours::simulation
