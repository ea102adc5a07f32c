#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/bridge/sqlite.h"
#include "base/mutex.h"

namespace afterhours::bridge {

// Which RPC an entry is for: its payload is that RPC's request, serialized.
enum class JournalKind { kDispatch, kAck, kDelivery };
constexpr std::array kJournalKinds = {JournalKind::kDispatch, JournalKind::kAck, JournalKind::kDelivery};

// The kind's name, in the file and in logs: "DISPATCH", "ACK", "DELIVERY".
absl::string_view Name(JournalKind kind);

// A request that waits for dispatchd.
struct JournalEntry {
  JournalKind kind = JournalKind::kDispatch;
  std::int64_t sequence = 0;  // grows in order of arrival
  std::string key;
  std::string payload;
  absl::Time time;  // of arrival
};

// Requests that dispatchd could not take, on disk in a SQLite file: a line for
// each kind, in order of arrival. What the journal took is synced: it survives a
// kill and a power cut. A file belongs to one process at a time. Thread safe.
//
// Errors after Open: RESOURCE_EXHAUSTED (JOURNAL_FULL) when a bound is reached,
// UNAVAILABLE (JOURNAL_FAILED) when SQLite or the disk fails.
class Journal {
 public:
  struct Options {
    std::string path;
    std::int64_t payload_bytes_max = 256 << 20;  // of all entries that wait
    std::int64_t entries_max = 1000000;          // that wait
    std::int64_t refused_max = 1000;             // kept; then the oldest goes
    std::int64_t file_pages_max = 0;             // for tests of a full disk; 0: no bound
  };

  struct Stats {
    std::int64_t entries() const { return by_kind[0] + by_kind[1] + by_kind[2]; }
    std::int64_t entries_of(JournalKind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }

    std::array<std::int64_t, kJournalKinds.size()> by_kind = {};  // entries
    std::int64_t payload_bytes = 0;
    std::optional<absl::Time> oldest_time;  // when the first of all came; unset when none waits
  };

  // Opens the journal, makes it when it is not there, and checks all of it.
  // Errors say what to do: FAILED_PRECONDITION when another process has it or
  // another version made it, DATA_LOSS when it is damaged or no journal,
  // INTERNAL when it cannot be opened or written.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(Options options);

  // Puts a request at the end of its kind's line. OK: it is on disk. `key` tells
  // whom or what it is about.
  absl::Status Append(JournalKind kind, absl::string_view key, absl::string_view payload, absl::Time now);

  // Whether a request of that kind and key waits.
  bool HasWaiting(JournalKind kind, const std::string& key);

  // The first `entries_max` of a line.
  absl::StatusOr<std::vector<JournalEntry>> Head(JournalKind kind, int entries_max);

  // Removes a line's entries up to and with this sequence.
  absl::Status RemoveThrough(JournalKind kind, std::int64_t sequence);

  // Takes an entry out of its line and keeps it apart, with the error for which
  // it was refused.
  absl::Status Refuse(const JournalEntry& entry, const absl::Status& error, absl::Time now);

  Stats stats();
  bool empty(JournalKind kind) { return stats().entries_of(kind) == 0; }

  // Whether an Append would succeed, as far as one can tell: there is room, and
  // the last write succeeded. If it did not, tries one.
  bool CanTake();

 private:
  explicit Journal(Options options) : options_(std::move(options)) {}

  absl::Status Check() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Prepare() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Remove(JournalKind kind, std::int64_t first, std::int64_t last) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FindOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Written(const char* doing, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsFull(std::int64_t more_bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Mutex mutex_;
  SqliteConnection connection_ ABSL_GUARDED_BY(mutex_);  // before its statements, so that it goes after them
  SqliteStatement append_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement head_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement oldest_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement remove_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement refuse_ ABSL_GUARDED_BY(mutex_);
  SqliteStatement trim_refused_ ABSL_GUARDED_BY(mutex_);
  Stats stats_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<JournalKind, std::string>, std::int64_t> keys_ ABSL_GUARDED_BY(mutex_);  // how many wait
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;                                              // the last write failed
};

}  // namespace afterhours::bridge
