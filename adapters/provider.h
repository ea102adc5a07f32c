#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "afterhours/v1/dispatch.pb.h"
#include "server/core/decision.h"

namespace afterhours {

// A page as a provider needs it.
struct OutgoingPage {
  std::string page_id;  // goes into the callback URL
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string to_address;
  std::string from_address;  // empty: the provider's default sender
  std::string body;
};

// What became of the hand-over.
struct SendResult {
  enum class Outcome {
    kAccepted,  // the provider has it: `provider_message_id`
    kRefused,   // certainly not sent: `decision` says what to do
    kUnknown,   // it may have been sent
  };
  Outcome outcome = Outcome::kUnknown;
  std::string provider_message_id;
  core::FailureDecision decision = core::FailureDecision::kNextTechnician;
  std::string error_code;
  std::string error_message;
  absl::Duration retry_delay;  // what the provider asked for; zero: nothing
};

// A way to the outside, with the channels that it can carry. Thread safe.
class Provider {
 public:
  virtual ~Provider() = default;

  // Its word in the database and the API: "twilio".
  virtual absl::string_view name() const = 0;

  virtual bool Carries(v1::Channel channel) const = 0;

  // Hands a page over, once: never tries again by itself. Returns at once;
  // `done` is called exactly once, on a thread of the provider's, within
  // `SendTimeout()`.
  virtual void Send(const OutgoingPage& page, std::function<void(SendResult)> done) = 0;

  // The longest that a hand-over takes.
  virtual absl::Duration SendTimeout() const = 0;
};

}  // namespace afterhours
