#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/core/decision.h"

namespace afterhours {

// A page as a provider needs it.
struct OutgoingPage {
  std::string page_id;  // goes into the callback URL
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string to_address;
  std::string from_address;  // empty: the provider's default sender
  std::string body;          // what to write or say
};

// A page that a provider is asked about.
struct PageInquiry {
  std::string page_id;
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string to_address;
  std::string from_address;         // empty: the provider's default sender
  std::string provider_message_id;  // empty: not known; it is looked for
  std::string reply_code;           // stands in the text of a message
  absl::Time send_time;             // when it was handed over, as far as we know
};

// What a provider has, and says of it.
struct FoundPage {
  std::string provider_message_id;
  v1::PageState state = v1::PAGE_STATE_UNSPECIFIED;
  std::string provider_status;
  std::string error_code;
  bool call_over = false;
};

// What a provider knows of a page.
struct LookUpResult {
  enum class Outcome {
    kFound,     // `found` has at least one
    kNotFound,  // the provider certainly has no such page, now
    kUnknown,   // it could not be asked
  };
  Outcome outcome = Outcome::kUnknown;
  // What may be the page, the likeliest first. Some may be other pages' of ours.
  std::vector<FoundPage> found;
  // Whether they name the page. If not, they only went to its address then, and
  // one of them is the page only when nothing else can have caused it.
  bool is_named = false;
  bool is_complete = true;    // whether there is nothing else that may be the page
  std::string error_message;  // for kUnknown
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

  // Asks what became of a page: by its id, or else by looking through what went
  // to that address since `send_time`. Returns at once; `done` is called exactly
  // once, on a thread of the provider's.
  virtual void LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) = 0;

  // What an error code of this provider's receipts asks for.
  virtual core::FailureDecision DecisionFor(absl::string_view error_code) const = 0;

  // The text messages that came from `from_address` to our sender (empty: the
  // default one) since then: replies whose webhook may have been lost. As LookUp.
  // Errors: UNAVAILABLE.
  virtual void ListReplies(const std::string& /*from_address*/, const std::string& /*sender*/, absl::Time /*since*/,
                           std::function<void(absl::StatusOr<std::vector<v1::TextReply>>)> done) {
    done(std::vector<v1::TextReply>());
  }
};

// The one of them that carries a channel, or nullptr.
inline Provider* ProviderFor(const std::vector<Provider*>& providers, v1::Channel channel) {
  for (Provider* provider : providers) {
    if (provider->Carries(channel)) return provider;
  }
  return nullptr;
}

// All channels that one of them carries.
inline std::set<v1::Channel> CarriedChannels(const std::vector<Provider*>& providers) {
  std::set<v1::Channel> channels;
  for (int number = v1::Channel_MIN + 1; number <= v1::Channel_MAX; ++number) {
    const auto channel = static_cast<v1::Channel>(number);
    if (v1::Channel_IsValid(number) && ProviderFor(providers, channel) != nullptr) channels.insert(channel);
  }
  return channels;
}

}  // namespace afterhours
