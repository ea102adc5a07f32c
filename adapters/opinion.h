#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours {

// What is said of a call to whoever gives an opinion on it.
struct OpinionQuestion {
  v1::Trade trade = v1::TRADE_UNSPECIFIED;
  std::string summary;     // the voice agent's; may be empty
  std::string transcript;  // may be empty
};

// How urgent somebody else thinks that a call is.
struct Opinion {
  enum class Outcome {
    kGiven,    // `urgency`, `confidence` and `reason` hold it
    kTimeout,  // no answer in time
    kRefused,  // the question is not taken: the set-up needs attention
    kFailed,   // no answer, or one that is no opinion
  };
  Outcome outcome = Outcome::kFailed;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;  // LOW, MEDIUM or HIGH when given
  double confidence = 0;                          // 0 to 1
  std::string reason;                             // for people: one clean line of at most 200 bytes; may be empty
  std::string error_message;                      // when not given; without any of the call's words
};

// Gives opinions on the urgency of calls. Thread safe.
class OpinionSource {
 public:
  virtual ~OpinionSource() = default;

  // The model's name, for the history.
  virtual absl::string_view name() const = 0;

  // Asks, once: never tries again by itself. Returns at once; `done` is called
  // exactly once, on a thread of the source's, and must not block.
  virtual void Ask(const OpinionQuestion& question, std::function<void(Opinion)> done) = 0;
};

}  // namespace afterhours
