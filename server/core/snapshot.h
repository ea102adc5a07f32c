#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/dispatch.pb.h"
#include "server/core/policy.h"

namespace afterhours::core {

// The tenant that was called. `id` is kNilId when none matched.
struct Business {
  std::string id;
  std::string name;
  std::string sms_sender;  // E.164 or a messaging service; empty: the provider's default
  std::string time_zone;   // IANA
  std::string owner_name;
  std::string owner_phone;  // E.164; empty: the owner cannot be paged
  v1::Trade trade = v1::TRADE_UNSPECIFIED;
  std::vector<v1::UrgencyRule> urgency_rules;  // its own; they win over the product's
};

// A way to reach a technician.
struct ContactMethod {
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string address;
};

// Somebody on call now.
struct OnCallTechnician {
  std::string id;
  std::string name;
  std::vector<ContactMethod> contact_methods;  // in order of preference
  std::string reason = "";                     // why they are on call, for people
};

// What came in. Numbers are E.164, or empty.
struct Call {
  v1::CallSource source = v1::CALL_SOURCE_UNSPECIFIED;
  std::string external_call_id;
  std::string caller_number;
  std::string called_number;
  std::string summary;
  std::string transcript;
  v1::Urgency given_urgency = v1::URGENCY_UNSPECIFIED;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;
  std::string twilio_call_sid;
  std::string retell_agent_id;
};

// Where a dispatch stands in its policy. A step is taken for somebody, and its
// page is awaited; then comes their next step, the next technician, the owner.
struct Chain {
  enum class Phase {
    kWaiting,      // for the end of a hold, for the voice agent's report, or for a business
    kTechnicians,  // on call, one after the other
    kOwner,
    kExhausted,  // everyone had their turn; whoever comes on call is paged still
  };
  Phase phase = Phase::kWaiting;
  bool awaits_report = false;         // kWaiting: the voice agent's own report starts it at once
  std::string technician_id;          // kTechnicians: whose turn it is; empty: nobody's yet
  int step = 0;                       // steps taken in this turn
  std::string page_id;                // the page of the step taken last; empty: it is over
  absl::Duration wait;                // of that step, from when its page leaves
  int repeat_count = 0;               // how often that step's page was replaced by another
  int round = 1;                      // of Policy::round_count
  std::vector<std::string> visited;   // technicians who had their turn in this round
  std::vector<std::string> declined;  // technicians who passed: they are not asked again
  bool asks_model = false;            // a model gives a second opinion on its urgency; as set up when it began
};

struct Dispatch {
  std::string id;
  v1::DispatchStatus status = v1::DISPATCH_STATUS_UNSPECIFIED;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  double urgency_confidence = 0;
  std::string urgency_reason;
  v1::Screening screening = v1::SCREENING_UNSPECIFIED;  // why it was screened out
  std::string acked_by;                                 // a name for people; empty: nobody
  std::string acked_by_technician_id;                   // empty: nobody, or given by an operator
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> end_time;
  int event_count = 0;
  Chain chain;
};

// One attempt to reach one technician.
struct Page {
  std::string id;
  std::string technician_id;  // kNilId: the owner
  std::string technician_name;
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string provider;
  std::string to_address;
  std::string from_address;  // empty: the provider's default sender
  std::string body;
  std::string reply_code;
  v1::PageState state = v1::PAGE_STATE_PLANNED;
  int attempt_count = 0;
  std::int64_t epoch = 0;  // grows with each claim; fences a sender that lost its lease
  std::string owner;       // the sender that holds it, while SENDING
  std::optional<absl::Time> lease_expire_time;
  std::optional<absl::Time> due_time;   // set exactly while PLANNED: when to send
  bool stored = false;                  // it is in the database
  bool queued = false;                  // as stored: it is in the outbox
  std::optional<absl::Time> send_time;  // of the last hand-over
  int check_count = 0;                  // how often the provider was asked about it
  bool over = false;                    // nothing more is awaited of it: the chain went on
  std::string provider_message_id;
  std::string error_code;
  std::string error_message;
  absl::Time create_time;
  absl::Time update_time;
};

// One line of history.
struct Event {
  int sequence = 0;
  absl::Time event_time;
  v1::EventKind kind = v1::EVENT_KIND_UNSPECIFIED;
  std::string actor;
  std::string page_id;
  std::string message;
  std::map<std::string, std::string> attributes;
};

// What must happen to a dispatch, or to one of its pages, at a time.
enum class TimerKind {
  kStep,     // the policy's next step
  kCutoff,   // the end without an ack
  kCheck,    // of a page: ask its provider what became of it
  kReplies,  // ask for replies whose webhook was lost
  kOpinion,  // ask a model how urgent it is
};
// Which timer: its kind, and its page for kCheck. A dispatch has one of each.
using TimerKey = std::pair<TimerKind, std::string>;
using Timers = std::map<TimerKey, absl::Time>;

// What is known not to work for a business: an address on a channel (opted out,
// a landline), or a sender of ours on a channel (not registered).
struct Suppression {
  v1::Channel channel = v1::CHANNEL_UNSPECIFIED;
  std::string address;  // empty: any
  std::string sender;   // the business's when it was found out; empty: the provider's default
  std::string reason;   // the provider's code
  absl::Time expire_time;
};

// What an engine does after the commit. All only ask, so they may be lost in a
// crash: a timer asks again, but for kAskModel, whose opinion is done without.
struct Command {
  enum class Kind {
    kLookUp,       // what became of the page?
    kListReplies,  // what did the page's addressee write since?
    kAskModel,     // how urgent is the call? Has no page
  };
  Kind kind = Kind::kLookUp;
  std::string page_id;
};

// All that a decision about one dispatch needs, and what it changed. The store
// fills it under a lock on the dispatch's row, and writes back what is marked.
struct Snapshot {
  Business business;
  Call call;
  std::vector<Call> repeat_calls;  // later ones of the same caller about the same matter, oldest first
  Dispatch dispatch;
  std::vector<Page> pages;                // oldest first
  std::vector<OnCallTechnician> on_call;  // first to page first
  // When others are on call, if that is within kOnCallHorizon.
  std::optional<absl::Time> next_on_call_change;
  Policies policies;                      // as they were when it started
  std::string policy_id;                  // which version of the business's that is; empty: the default
  std::vector<Suppression> suppressions;  // of the business, still valid
  Timers timers;
  Timers stored_timers;  // as in the database: the difference is written

  std::set<std::string> changed_pages;        // ids of pages to write
  std::vector<Event> new_events;              // to append; one at least with every change
  std::vector<Suppression> new_suppressions;  // to write
  std::vector<Command> commands;              // to do after the commit
  bool call_changed = false;
  std::set<std::size_t> changed_repeats;  // places of repeat_calls to write
};

// Whether a dispatch has ended: nothing pages for it any more.
bool IsFinal(v1::DispatchStatus status);

// Whether both are reports of one call: by their reporter's id, or by the
// telephone network's; of a call without any id, when they say the same.
bool IsSameCall(const Call& left, const Call& right);

// How far ahead every engine looks at any time: who sets a timer further ahead, or
// plans a page for later, need not tell them.
constexpr absl::Duration kLookAhead = absl::Milliseconds(250);

// Whether a timer or a page of it is due by then.
bool IsDueBy(const Snapshot& snapshot, absl::Time moment);

// After its changes were committed: as it would be read now, but for what may have
// changed without it (rosters, suppressions).
void MarkStored(Snapshot& snapshot);

// The page of that id, or nullptr.
Page* FindPage(Snapshot& snapshot, const std::string& page_id);
const Page* FindPage(const Snapshot& snapshot, const std::string& page_id);

}  // namespace afterhours::core
