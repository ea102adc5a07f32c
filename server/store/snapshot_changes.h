#pragma once

#include <vector>

#include "server/core/snapshot.h"
#include "server/db/params.h"

namespace afterhours::store {

class DispatchColumns {
 public:
  void Add(const core::Snapshot& snapshot);
  db::Params Params() const;

 private:
  db::Column id_, business_id_, status_, urgency_, confidence_, reason_, acked_by_, technician_id_, event_count_,
      create_time_, update_time_, end_time_, policy_id_, chain_, screening_, caller_number_;
};

// Calls as columns, in the order of every statement that writes some.
class CallColumns {
 public:
  void Add(const core::Snapshot& snapshot, const core::Call& call);
  bool any() const { return any_; }
  db::Params Params() const;

 private:
  bool any_ = false;
  db::Column dispatch_id_, business_id_, source_, external_call_id_, caller_, called_, summary_, transcript_, urgency_,
      start_time_, end_time_, twilio_call_sid_, retell_agent_id_;
};

// What becomes of pages.
class PageFates {
 public:
  void Add(const core::Snapshot& snapshot, const core::Page& page);
  db::Params Params() const;

 private:
  db::Column id_, business_id_, provider_, state_, attempt_count_, epoch_, owner_, lease_, due_, message_id_,
      error_code_, error_message_, update_time_, send_time_, check_count_, over_;
};

// What pages begin with and keep.
class PageBeginnings {
 public:
  void Add(const core::Snapshot& snapshot, const core::Page& page);
  db::Params Params() const;

 private:
  db::Column dispatch_id_, technician_id_, technician_name_, channel_, to_, from_, body_, reply_code_, create_time_;
};

class EventColumns {
 public:
  void Add(const core::Snapshot& snapshot, const core::Event& event);
  db::Params Params() const;

 private:
  db::Column dispatch_id_, business_id_, sequence_, event_time_, kind_, actor_, page_id_, message_, attributes_;
};

// What the rules changed in snapshots, as columns of the statements that write it
// (snapshot_writes.cc).
class Changes {
 public:
  explicit Changes(const std::vector<core::Snapshot>& snapshots);

  // Whether there is anything to write.
  bool any() const { return any_; }
  // In the order of kInsertSnapshots, for snapshots of which nothing is stored.
  db::Params ForInsert(const CallColumns& calls) const;
  // In the order of kUpdateSnapshots.
  db::Params ForUpdate() const;

 private:
  void Add(const core::Snapshot& snapshot, const core::Page& page);
  void AddTimers(const core::Snapshot& snapshot);

  bool any_ = false;
  DispatchColumns dispatches_;
  EventColumns events_;
  PageFates moved_, added_;
  PageBeginnings begun_;  // of those added
  db::Column queued_, queued_business_, queued_dispatch_, queued_due_, unqueued_, unqueued_business_;
  db::Column timer_, timer_business_, timer_kind_, timer_page_, timer_due_;
  db::Column gone_timer_, gone_timer_business_, gone_timer_kind_, gone_timer_page_;
};

}  // namespace afterhours::store
