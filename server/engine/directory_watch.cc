#include "server/engine/directory_watch.h"

#include <utility>

#include "base/log.h"
#include "server/core/names.h"
#include "server/store/directory.h"
#include "server/store/review.h"

namespace afterhours::engine {
namespace {

// So few at once that nobody waits for it: ten thousand businesses take minutes.
constexpr int kBusinessesMax = 100;
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr absl::Duration kInterval = absl::Minutes(1);
constexpr absl::Duration kFailureWait = absl::Seconds(30);

}  // namespace

DirectoryWatch::DirectoryWatch(std::string database_url, std::set<v1::Channel> channels, const Clock& clock,
                               Metrics& metrics)
    : channels_(std::move(channels)),
      clock_(clock),
      metrics_(metrics),
      connection_(std::move(database_url)),
      loop_("directory", kInterval, [this] { return RunOnce(); }) {}

absl::Duration DirectoryWatch::RunOnce() {
  std::vector<v1::BusinessDirectory> directories;
  std::vector<v1::DirectoryFinding> findings;
  const absl::Status status = connection_.Transact([&](db::Transaction& transaction) {
    store::DirectorySelection selection;
    selection.now = clock_.StatementTime();
    selection.after_key = after_key_;
    selection.count_max = kBusinessesMax;
    auto read = store::ReadDirectories(transaction, selection);
    if (!read.ok()) return read.status();
    directories = *std::move(read);
    // What was created while the directory changed may have missed it.
    if (after_key_.empty()) {
      if (absl::Status moved = store::MoveOn(transaction, clock_.StatementTime(), {}, "system"); !moved.ok()) {
        return moved;
      }
    }
    auto found = store::CheckDirectories(transaction, clock_.StatementTime(), directories, channels_);
    if (found.ok()) findings = *std::move(found);
    return found.status();
  });
  if (!status.ok()) {
    LogWarning("the directory could not be checked", {{"error", status}});
    return kFailureWait;
  }
  for (const v1::DirectoryFinding& finding : findings) ++counts_[finding.problem()];
  if (directories.size() == kBusinessesMax) {
    after_key_ = directories.back().business().key();
    return kPause;
  }
  Publish();
  return kInterval;
}

void DirectoryWatch::Publish() {
  for (int number = v1::DirectoryProblem_MIN + 1; number <= v1::DirectoryProblem_MAX; ++number) {
    if (!v1::DirectoryProblem_IsValid(number)) continue;
    const auto problem = static_cast<v1::DirectoryProblem>(number);
    metrics_
        .Gauge("afterhours_directory_problems", "What would fail tonight, by the last look through the directory",
               {{"problem", core::Name(problem)}})
        .Set(counts_[problem]);
  }
  counts_.clear();
  after_key_.clear();
}

}  // namespace afterhours::engine
