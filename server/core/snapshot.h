#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "afterhours/v1/dispatch.pb.h"

namespace afterhours::core {

// The tenant that was called. `id` is kNilId when none matched.
struct Business {
  std::string id;
  std::string name;
  std::string sms_sender;  // E.164 or a messaging service; empty: the provider's default
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
};

struct Dispatch {
  std::string id;
  v1::DispatchStatus status = v1::DISPATCH_STATUS_UNSPECIFIED;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  double urgency_confidence = 0;
  std::string urgency_reason;
  std::string acked_by;                // a name for people; empty: nobody
  std::string acked_by_technician_id;  // empty: nobody, or given by an operator
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> end_time;
  int event_count = 0;
};

// One attempt to reach one technician.
struct Page {
  std::string id;
  std::string technician_id;
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
  std::optional<absl::Time> due_time;  // set exactly while PLANNED: when to send
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

// All that a decision about one dispatch needs, and what it changed. The store
// fills it under a lock on the dispatch's row, and writes back what is marked.
struct Snapshot {
  Business business;
  Call call;
  Dispatch dispatch;
  std::vector<Page> pages;                // oldest first
  std::vector<OnCallTechnician> on_call;  // first to page first

  std::set<std::string> changed_pages;  // ids of pages to write
  std::vector<Event> new_events;        // to append; one at least with every change
  bool call_changed = false;
};

// Whether a dispatch has ended: nothing pages for it any more.
bool IsFinal(v1::DispatchStatus status);

// The page of that id, or nullptr.
Page* FindPage(Snapshot& snapshot, const std::string& page_id);

}  // namespace afterhours::core
