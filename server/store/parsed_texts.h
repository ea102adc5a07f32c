#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace afterhours::store {

// What was parsed last of texts that are read with each step of each dispatch and
// hardly ever change: policies, rosters. Known by the text itself, so that nothing in
// here can be out of date. Bounded. Thread safe.
template <typename Parsed>
class ParsedTexts {
 public:
  // Returns nullptr for a text that cannot be parsed.
  using Parse = std::function<std::shared_ptr<const Parsed>(const std::string& text)>;

  explicit ParsedTexts(Parse parse) : parse_(std::move(parse)) {}

  // What `text` says, or nullptr.
  std::shared_ptr<const Parsed> Get(const std::string& text) {
    {
      const MutexLock lock(mutex_);
      if (const auto found = recent_.find(text); found != recent_.end()) return found->second;
      if (const auto found = older_.find(text); found != older_.end()) {
        std::shared_ptr<const Parsed> parsed = std::move(found->second);
        older_.erase(found);
        Keep(text, parsed);
        return parsed;
      }
    }
    std::shared_ptr<const Parsed> parsed = parse_(text);
    const MutexLock lock(mutex_);
    if (parsed != nullptr) Keep(text, parsed);
    return parsed;
  }

 private:
  static constexpr std::size_t kRecentBytesMax = 4 << 20;  // of texts; as much again is older

  void Keep(const std::string& text, std::shared_ptr<const Parsed> parsed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (recent_bytes_ + text.size() > kRecentBytesMax) {
      older_ = std::exchange(recent_, {});
      recent_bytes_ = 0;
    }
    if (recent_.insert_or_assign(text, std::move(parsed)).second) recent_bytes_ += text.size();
  }

  const Parse parse_;
  Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Parsed>> recent_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::shared_ptr<const Parsed>> older_ ABSL_GUARDED_BY(mutex_);
  std::size_t recent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace afterhours::store
