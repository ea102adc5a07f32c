#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/core/decision.h"
#include "server/core/snapshot.h"
#include "tests/simulation/random.h"

namespace afterhours::simulation {

// A provider's list shows a message at the latest this long after it was taken.
// What the provider is known for; the rules rely on it.
inline constexpr absl::Duration kListLagMax = absl::Seconds(10);

// A step in a message's life at the provider.
struct Stage {
  absl::Time time;
  v1::PageState state = v1::PAGE_STATE_UNSPECIFIED;
  std::string error_code;
  core::FailureDecision decision = core::FailureDecision::kOtherChannel;
  bool call_over = false;
};

// A page that the provider really took.
struct Message {
  std::string id;
  std::string page_id;
  absl::Time accept_time;
  absl::Time list_time;       // when its list shows it
  std::vector<Stage> stages;  // in order of time

  // Where it stands at `time`, which is not before it was accepted.
  const Stage& At(absl::Time time) const;
  const Stage& Last() const { return stages.back(); }
};

// The truth about what was sent: a provider, and the phones behind it.
class Provider {
 public:
  explicit Provider(Random& random) : random_(random) {}

  // Takes the page at `time` and decides all that becomes of it.
  const Message& Accept(const core::Page& page, absl::Time time);

  // The page's message that was accepted by `time`, or nullptr.
  const Message* Find(const std::string& page_id, absl::Time time) const;
  // The same, as the provider's list shows it.
  const Message* List(const std::string& page_id, absl::Time time) const;

  const std::map<std::string, Message>& messages() const { return messages_; }  // by page id

 private:
  Random& random_;
  std::map<std::string, Message> messages_;
};

// Any decision, as a provider's error codes ask for them.
core::FailureDecision DrawDecision(Random& random);

}  // namespace afterhours::simulation
