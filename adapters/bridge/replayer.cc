#include "adapters/bridge/replayer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "client/retry.h"

namespace afterhours::bridge {
namespace {

constexpr int kBatchMax = 32;
constexpr absl::Duration kWaitMax = absl::Seconds(5);
constexpr absl::Duration kPauseFirst = absl::Milliseconds(100), kPauseMax = absl::Seconds(1);
// How long one request that dispatchd fails at may hold up the others.
constexpr absl::Duration kStuckMax = absl::Minutes(1);

// Whether dispatchd or its database was away or busy, whatever was asked of it.
bool IsAway(const absl::Status& error) {
  return absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error) || absl::IsResourceExhausted(error) ||
         absl::IsAborted(error) || absl::IsCancelled(error);
}

}  // namespace

bool MayPass(const absl::Status& error) {
  return !absl::IsInvalidArgument(error) && !absl::IsNotFound(error) && !absl::IsFailedPrecondition(error);
}

Replayer::Replayer(JournalKind kind, Journal& journal, const Clock& clock, Metrics& metrics, Call call)
    : kind_(kind),
      journal_(journal),
      clock_(clock),
      replayed_(metrics.Counter("afterhours_journal_replayed_total", "Requests of the journal that dispatchd took")),
      refused_(metrics.Counter("afterhours_journal_refused_total", "Requests of the journal that dispatchd refused")),
      errors_(metrics.Counter("afterhours_journal_errors_total", "Reads and writes of the journal that failed")),
      call_(std::move(call)),
      loop_(absl::StrCat("journal-", Name(kind)), kWaitMax, [this] { return ReplayOnce(); }) {}

void Replayer::Stop() {
  stopping_ = true;
  loop_.Stop();
}

absl::Duration Replayer::ReplayOnce() {
  const absl::StatusOr<std::vector<JournalEntry>> entries = journal_.Head(kind_, kBatchMax);
  if (!entries.ok()) return ComeBackAfter(entries.status());
  if (entries->empty()) return absl::InfiniteDuration();
  absl::Status failure;
  std::int64_t taken_count = 0, taken_through = 0;
  for (std::size_t i = 0; i < entries->size() && !stopping_; ++i) {
    const JournalEntry& entry = (*entries)[i];
    const absl::Status status = HandOver(entry);
    if (status.ok()) {
      stuck_sequence_ = 0;
      ++taken_count;
      taken_through = entry.sequence;
      continue;
    }
    // If dispatchd takes the next one, it is this one that is wrong. The next one
    // comes twice then, which is harmless.
    const bool give_up =
        !MayPass(status) || (IsStuck(entry, status) && i + 1 < entries->size() && HandOver((*entries)[i + 1]).ok());
    failure = give_up ? Refuse(entry, status) : status;
    if (!failure.ok()) break;
    failures_ = 0;
  }
  if (taken_count > 0) {
    failures_ = 0;
    // One sync for all of them. Should it fail, they come again.
    if (absl::Status removed = journal_.RemoveThrough(kind_, taken_through); !removed.ok()) {
      return ComeBackAfter(removed);
    }
    replayed_.Increment(static_cast<double>(taken_count));
    if (journal_.empty(kind_)) {
      LogInfo("nothing waits in the journal any more", {{"kind", Name(kind_)}, {"replayed_last", taken_count}});
    }
  }
  return failure.ok() ? absl::ZeroDuration() : ComeBackAfter(failure);
}

absl::Status Replayer::HandOver(const JournalEntry& entry) {
  absl::Status status = call_(entry.payload);
  blocked_ = !status.ok() && MayPass(status);
  return status;
}

// Whether dispatchd has been failing at this one for long, though it was there.
bool Replayer::IsStuck(const JournalEntry& entry, const absl::Status& error) {
  if (IsAway(error)) {
    stuck_sequence_ = 0;
    return false;
  }
  if (stuck_sequence_ != entry.sequence) {
    stuck_sequence_ = entry.sequence;
    stuck_since_ = clock_.Now();
  }
  return clock_.Now() - stuck_since_ >= kStuckMax;
}

absl::Status Replayer::Refuse(const JournalEntry& entry, const absl::Status& error) {
  const absl::Status status = journal_.Refuse(entry, error, clock_.Now());
  if (!status.ok()) return status;
  refused_.Increment();
  LogError("dispatchd refuses a webhook that was in the journal; it is kept in the table \"refused\"",
           {{"kind", Name(kind_)}, {"arrived", absl::FormatTime(entry.time, absl::UTCTimeZone())}, {"error", error}});
  return absl::OkStatus();
}

absl::Duration Replayer::ComeBackAfter(const absl::Status& error) {
  if (ErrorReason(error) == "JOURNAL_FAILED") {
    errors_.Increment();
    LogError("the journal cannot be replayed", {{"kind", Name(kind_)}, {"error", error}});
  } else {
    LogWarning("dispatchd cannot be had: the journal waits",
               {{"kind", Name(kind_)}, {"entries", journal_.stats().entries_of(kind_)}, {"error", error}});
  }
  return RetryPause(error, ++failures_, kPauseFirst, kPauseMax);
}

}  // namespace afterhours::bridge
