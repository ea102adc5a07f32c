#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/provider.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "server/engine/directory_watch.h"
#include "server/engine/hand_overs.h"
#include "server/engine/inquirer.h"
#include "server/engine/notices.h"
#include "server/engine/opinions.h"
#include "server/engine/partitions.h"
#include "server/engine/results.h"
#include "server/engine/sender.h"
#include "server/engine/sweeper.h"
#include "server/engine/timers.h"

namespace afterhours::engine {

// All that happens by itself: timers fire, pages are sent, providers are asked,
// a model is asked, what is wrong is put right. Any number of engines may work on one database.
class Engine {
 public:
  static constexpr int kInFlightMax = 64;  // pages with providers at once

  // `owner` names this process in claims; unique. `clock` and `metrics` must
  // outlive this; `providers` must have called back for all pages before this
  // goes; so must `model`, which may be null: no second opinion is asked for.
  // `changed` is called after each commit.
  Engine(const std::string& database_url, const std::string& owner, const std::vector<Provider*>& providers,
         OpinionSource* model, const Clock& clock, Metrics& metrics, std::function<void()> changed,
         int in_flight_max = kInFlightMax);

  // Tells other engines what this process has committed, and hears from them.
  void StartNotices();
  // Makes things happen.
  void Start();

  // Begins nothing more; waits for what is with providers until `grace` is over,
  // and writes what came of it.
  void Stop(absl::Duration grace);

  // Says that a page or a timer may be due, here and to the other processes.
  // Thread safe.
  void Wake();

 private:
  void WakeOwn();

  const std::function<void()> changed_;
  HandOvers hand_overs_;
  Results results_;
  Sender sender_;
  Inquirer inquirer_;
  const std::unique_ptr<Opinions> opinions_;  // null: there is no model
  Timers timers_;
  Sweeper sweeper_;
  PartitionKeeper partitions_;
  DirectoryWatch directory_watch_;
  Notices notices_;
};

}  // namespace afterhours::engine
