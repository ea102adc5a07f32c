#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "server/core/decision.h"
#include "server/core/snapshot.h"

namespace afterhours::core {

// What can happen to a dispatch. Inputs that tell a page's fate name the epoch
// under which it was claimed; one of an older epoch changes nothing.

// The call was recorded; `business_rule` says how its business was found.
struct Started {
  std::string business_rule;
  bool asks_model = false;  // whether a model may be asked about its urgency
};
// The same call was reported again, perhaps with more: fills what was empty.
struct CallReportedAgain {
  Call call;
};
// The same caller called again about the same matter (IsSameMatter).
struct CallRepeated {
  Call call;
};
// A dispatch under review has its business now: the snapshot is of it. By an
// operator, or because a later report or a change of the directory told.
struct BusinessAssigned {
  std::string actor;
  std::string business_rule;
};
// Somebody wants a dispatch that was screened out to be paged for.
struct Reopened {
  std::string actor;
  std::string reason;
};
// Somebody may be paged who could not before: the business's directory changed,
// or an address works again.
struct RosterChanged {
  std::string actor;
  std::string what = "The directory changed";  // begins a sentence
};
// A sender takes a page that is due.
struct PageClaimed {
  std::string page_id;
  std::string provider;
  std::string owner;
  absl::Time lease_expire_time;
};
// The provider took it.
struct PageAccepted {
  std::string page_id;
  std::int64_t epoch = 0;
  std::string provider_message_id;
};
// It was certainly not sent.
struct PageRefused {
  std::string page_id;
  std::int64_t epoch = 0;
  std::string error_code;
  std::string error_message;
  FailureDecision decision = FailureDecision::kOtherChannel;
  absl::Duration retry_delay;  // what the provider asked for; zero: our own back-off
};
// What the provider says when it is asked about a page.
struct PageLookedUp {
  enum class Outcome {
    kFound,     // what follows holds
    kNotFound,  // it certainly has no such page
  };
  std::string page_id;
  std::int64_t epoch = 0;
  int check = 0;  // which question it answers: Page::check_count when it was asked
  Outcome outcome = Outcome::kNotFound;
  std::string provider_message_id;
  v1::PageState state = v1::PAGE_STATE_UNSPECIFIED;
  std::string provider_status;
  std::string error_code;
  FailureDecision decision = FailureDecision::kOtherChannel;  // of the error code
  bool call_over = false;
};
// It may or may not have been sent.
struct PageOutcomeUnknown {
  std::string page_id;
  std::int64_t epoch = 0;
  std::string error_message;
};
// A receipt, already assigned to its page.
struct Receipt {
  std::string page_id;
  std::string provider;
  std::string provider_message_id;
  v1::PageState state = v1::PAGE_STATE_UNSPECIFIED;
  std::string provider_status;
  std::string error_code;
  FailureDecision decision = FailureDecision::kOtherChannel;  // of the error code
  bool call_over = false;                                     // a phone call has ended
};
// A timer is due. One that is not there any more changes nothing.
struct TimerFired {
  TimerKind kind = TimerKind::kStep;
  std::string page_id;  // for kCheck
};
// Somebody, or the sweep, wants what is wrong put right.
struct RecoverAsked {
  std::string actor;
};
// A human took it. `actor` is for the history, `acked_by` for people.
struct Acked {
  std::string acked_by;
  std::string technician_id;  // empty: given by an operator
  std::string actor;
  std::string page_id;  // the page that was answered; empty: none in particular
};
// A human passed.
struct Declined {
  std::string technician_id;  // empty: given by an operator
  std::string declined_by;
  std::string actor;
  std::string page_id;
};
// An operator ends it.
struct Canceled {
  std::string actor;
  std::string reason;
};
// A model was asked how urgent the call is. Only a higher urgency changes anything.
struct ModelJudged {
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  double confidence = 0;  // 0 to 1
  std::string reason;     // for people
  std::string model;      // its name
};

using Input = std::variant<Started, CallReportedAgain, CallRepeated, BusinessAssigned, Reopened, RosterChanged,
                           PageClaimed, PageAccepted, PageRefused, PageOutcomeUnknown, PageLookedUp, Receipt,
                           TimerFired, RecoverAsked, Acked, Declined, Canceled, ModelJudged>;

// Makes the ids of new pages. The core draws no random numbers of its own.
using NewPageId = std::string (*)();

// Decides: the dispatch as it is after `input` at `now`, with what changed
// marked and an event for each change. Pure: no I/O, no clock. An input that
// changes nothing (a repeated receipt, a stale epoch) returns the snapshot as
// it was.
Snapshot Step(Snapshot snapshot, const Input& input, absl::Time now, NewPageId new_page_id);

// What an ack comes to on this dispatch as it stands.
v1::AckOutcome JudgeAck(const Snapshot& snapshot, const Acked& acked);

// Whether a receipt of `state` would move a page in state `from` forward.
bool MovesForward(v1::PageState from, v1::PageState state);

// Something that must not be, with what mends it.
struct Trouble {
  v1::RecoverProblem problem;
  std::string page_id;  // empty: it is about the dispatch
  std::string action;   // for people
};

// What is wrong with a dispatch: something is to happen and nothing would ever
// make it happen. Empty when all is well; RecoverAsked puts it right.
std::vector<Trouble> FindTroubles(const Snapshot& snapshot, absl::Time now);

// Attempts at one page before it gives way to the next step.
inline constexpr int kPageAttemptsMax = 5;

// How often a provider is asked about a page whose outcome is unknown.
inline constexpr int kSettleChecksMax = 7;

// How long a dispatch that only the telephone network reported waits for the
// voice agent's own report, which says what the call was about.
inline constexpr absl::Duration kReportGrace = absl::Seconds(30);

// How often whoever waits for nobody asks who is on call.
inline constexpr absl::Duration kReconsiderInterval = absl::Seconds(60);

// A model is asked so long after there was something to ask about: the page that
// goes out at that moment has the dispatch for itself.
inline constexpr absl::Duration kOpinionDelay = absl::Seconds(1);

// How long those whom no page has reached are left alone at most, and so how far
// ahead it must be known when others come on call.
inline constexpr absl::Duration kOnCallHorizon = absl::Minutes(10);

// How often technicians are told of a caller who calls again, for each dispatch.
inline constexpr int kRepeatTextsMax = 3;

}  // namespace afterhours::core
