#include "server/engine/notices.h"

#include <utility>

#include "base/log.h"
#include "server/store/notices.h"

namespace afterhours::engine {
namespace {

constexpr absl::Duration kSpacing = absl::Milliseconds(10);
constexpr absl::Duration kListenSpan = absl::Milliseconds(250);
constexpr absl::Duration kIdle = absl::Hours(1);
constexpr absl::Duration kFailureWait = absl::Seconds(1);

}  // namespace

Notices::Notices(const std::string& database_url, std::function<void()> heard)
    : heard_(std::move(heard)),
      connection_(database_url),
      listener_(database_url, store::kNoticeChannel),
      tell_loop_("notify", kIdle, [this] { return TellOnce(); }),
      listen_loop_("listen", kFailureWait, [this] { return ListenOnce(); }) {}

void Notices::Start() {
  tell_loop_.Start();
  listen_loop_.Start();
}

void Notices::Stop() {
  listen_loop_.Stop();
  tell_loop_.Stop();
}

absl::Duration Notices::TellOnce() {
  if (std::exchange(first_round_, false)) return kIdle;
  // Nobody is told while the database is away; there is nothing to do there either.
  const absl::Status status = connection_.Transact(&store::TellNotice);
  if (!status.ok()) LogWarning("other processes could not be told", {{"error", status}});
  Pause(kSpacing);
  return kIdle;
}

absl::Duration Notices::ListenOnce() {
  const absl::StatusOr<bool> told = listener_.Wait(kListenSpan);
  if (!told.ok()) return kFailureWait;
  if (*told) heard_();
  return absl::ZeroDuration();
}

}  // namespace afterhours::engine
