#pragma once

#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "server/core/step.h"
#include "tests/simulation/provider.h"
#include "tests/simulation/random.h"
#include "tests/simulation/setting.h"

namespace afterhours::simulation {

// The rules in a world that a seed decides: a business, its calls, the engine
// that fires timers and sends pages, the provider, the phones, and all that goes
// wrong between them. Time jumps from one happening to the next. State is only
// what was committed; what is in the engine's memory goes when it dies.
class World {
 public:
  // `trace`, if any, gets a line per input.
  World(std::uint64_t seed, std::vector<std::string>* trace);

  // Runs until nothing is to happen any more. The promise that was broken, or "".
  std::string Run();

  int step_count() const { return step_count_; }
  // What was seen to happen.
  const std::set<v1::EventKind>& event_kinds() const { return event_kinds_; }

 private:
  // Where the engine lives as well: its memory, its hands.
  enum class Where { kOutside, kEngine };
  struct Happening {
    absl::Time time;
    int order;
    Where where;
    int life;  // of the engine that it belongs to
    std::function<void()> act;
    bool operator<(const Happening& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  // Something that the engine finds in the store when it is due.
  struct DueWork {
    enum class Kind { kTimer, kSend, kLease } kind;
    std::size_t dispatch;
    core::TimerKey timer;
    std::string page_id;
    absl::Time due;
  };
  // A reply whose webhook was lost; the provider's list has it.
  struct UnreadReply {
    absl::Time time;
    std::size_t dispatch;
    core::Input answer;
  };

  void Plan(absl::Time time, Where where, std::function<void()> act);
  void PlanFaults();
  void PlanActs(std::size_t dispatch);
  void PlanRosters();

  // The store. Whether the commit took place.
  bool Apply(std::size_t dispatch, const core::Input& input);
  void Load(std::size_t dispatch, absl::Time now);
  void Commit(std::size_t dispatch, core::Snapshot after);
  absl::Time TransactionTime(absl::Time not_before);
  const std::vector<core::OnCallTechnician>& RosterAt(absl::Time time) const;

  // The engine.
  std::vector<DueWork> NextWork() const;
  void Work(const DueWork& work);
  void Send(std::size_t dispatch, const std::string& page_id);
  void HandOver(std::size_t dispatch, const core::Page& page);
  void Ask(std::size_t dispatch, const std::vector<core::Command>& commands);
  void AskModel(std::size_t dispatch);
  void LookUp(std::size_t dispatch, const core::Page& asked);
  void ListReplies(const std::string& address);
  void TamperAndRecover();

  // Outside.
  void Start(std::size_t dispatch);
  // Applies it, again and again until it is committed.
  void Deliver(absl::Time time, std::size_t dispatch, const core::Input& input);
  // Its business becomes known, whoever says so.
  void Assign(std::size_t dispatch);
  // Somebody changed the directory, or takes texts again, in the same transaction.
  void TellWaiting();
  void SendReceipts(std::size_t dispatch, const Message& message);
  void LetAnswer(std::size_t dispatch, const core::Page& page, const Message& message);

  std::string NotAtRest() const;
  void Fail(const std::string& broken);

  Random random_;
  std::vector<std::string>* const trace_;
  Setting setting_;
  Provider provider_{random_};
  int answers_percent_;  // how many of those who are reached answer

  absl::Time clock_;
  std::priority_queue<Happening> agenda_;
  int happening_count_ = 0;
  int step_count_ = 0;
  std::set<v1::EventKind> event_kinds_;
  std::string broken_;

  // What is stored.
  std::vector<core::Snapshot> stored_;
  std::vector<bool> started_;
  std::map<absl::Time, std::vector<core::OnCallTechnician>> rosters_;  // each from then on
  std::vector<core::Suppression> suppressions_;
  std::set<std::string> outbox_;
  bool tampered_ = false;
  absl::Time end_bound_;  // by then all have ended, but for the time that the engine was down

  // What the engine is, and what it does.
  int life_ = 1;
  absl::Time down_until_ = absl::InfinitePast();
  absl::Duration down_time_;
  absl::Time provider_away_from_ = absl::InfiniteFuture();
  absl::Time provider_away_until_ = absl::InfiniteFuture();
  std::map<std::string, bool> handed_over_;  // by page: whether the last hand-over was certainly none
  std::set<std::pair<std::string, std::int64_t>> epochs_handed_over_;
  std::map<std::string, std::vector<UnreadReply>> unread_replies_;  // by address
};

}  // namespace afterhours::simulation
