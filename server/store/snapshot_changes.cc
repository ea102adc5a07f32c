#include "server/store/snapshot_changes.h"

#include <nlohmann/json.hpp>
#include <string>

#include "base/ids.h"
#include "server/core/names.h"
#include "server/store/json.h"

namespace afterhours::store {
namespace {

using core::Name;

// Appends columns to a statement's parameters.
void Append(db::Params& params, const db::Params& more) { params.insert(params.end(), more.begin(), more.end()); }

// What a timer's page is in the database.
std::string PageOf(const core::TimerKey& key) { return key.second.empty() ? std::string(kNilId) : key.second; }

}  // namespace

void DispatchColumns::Add(const core::Snapshot& snapshot) {
  const core::Dispatch& dispatch = snapshot.dispatch;
  id_.Add(dispatch.id);
  business_id_.Add(snapshot.business.id);
  status_.Add(Name(dispatch.status));
  urgency_.Add(Name(dispatch.urgency));
  confidence_.Add(dispatch.urgency_confidence);
  reason_.Add(dispatch.urgency_reason);
  acked_by_.Add(dispatch.acked_by);
  technician_id_.AddOrNull(dispatch.acked_by_technician_id);
  event_count_.Add(dispatch.event_count);
  create_time_.Add(dispatch.create_time);
  update_time_.Add(dispatch.update_time);
  end_time_.Add(dispatch.end_time);
  policy_id_.AddOrNull(snapshot.policy_id);
  chain_.Add(ChainToJson(dispatch.chain));
  screening_.Add(dispatch.screening == v1::SCREENING_UNSPECIFIED ? "" : Name(dispatch.screening));
  caller_number_.Add(snapshot.call.caller_number);
}

db::Params DispatchColumns::Params() const {
  return {id_,          business_id_, status_,      urgency_,  confidence_, reason_, acked_by_,  technician_id_,
          event_count_, create_time_, update_time_, end_time_, policy_id_,  chain_,  screening_, caller_number_};
}

void CallColumns::Add(const core::Snapshot& snapshot, const core::Call& call) {
  any_ = true;
  dispatch_id_.Add(snapshot.dispatch.id);
  business_id_.Add(snapshot.business.id);
  source_.Add(Name(call.source));
  external_call_id_.Add(call.external_call_id);
  caller_.Add(call.caller_number);
  called_.Add(call.called_number);
  summary_.Add(call.summary);
  transcript_.Add(call.transcript);
  urgency_.Add(Name(call.given_urgency));
  start_time_.Add(call.start_time);
  end_time_.Add(call.end_time);
  twilio_call_sid_.Add(call.twilio_call_sid);
  retell_agent_id_.Add(call.retell_agent_id);
}

db::Params CallColumns::Params() const {
  return {dispatch_id_, business_id_, source_,     external_call_id_, caller_,          called_,         summary_,
          transcript_,  urgency_,     start_time_, end_time_,         twilio_call_sid_, retell_agent_id_};
}

void PageFates::Add(const core::Snapshot& snapshot, const core::Page& page) {
  id_.Add(page.id);
  business_id_.Add(snapshot.business.id);
  provider_.Add(page.provider);
  state_.Add(Name(page.state));
  attempt_count_.Add(page.attempt_count);
  epoch_.Add(page.epoch);
  owner_.Add(page.owner);
  lease_.Add(page.lease_expire_time);
  due_.Add(page.due_time);
  message_id_.Add(page.provider_message_id);
  error_code_.Add(page.error_code);
  error_message_.Add(page.error_message);
  update_time_.Add(page.update_time);
  send_time_.Add(page.send_time);
  check_count_.Add(page.check_count);
  over_.Add(page.over ? "t" : "f");
}

db::Params PageFates::Params() const {
  return {id_,  business_id_, provider_,   state_,         attempt_count_, epoch_,     owner_,       lease_,
          due_, message_id_,  error_code_, error_message_, update_time_,   send_time_, check_count_, over_};
}

void PageBeginnings::Add(const core::Snapshot& snapshot, const core::Page& page) {
  dispatch_id_.Add(snapshot.dispatch.id);
  technician_id_.Add(page.technician_id);
  technician_name_.Add(page.technician_name);
  channel_.Add(Name(page.channel));
  to_.Add(page.to_address);
  from_.Add(page.from_address);
  body_.Add(page.body);
  reply_code_.Add(page.reply_code);
  create_time_.Add(page.create_time);
}

db::Params PageBeginnings::Params() const {
  return {dispatch_id_, technician_id_, technician_name_, channel_, to_, from_, body_, reply_code_, create_time_};
}

void EventColumns::Add(const core::Snapshot& snapshot, const core::Event& event) {
  dispatch_id_.Add(snapshot.dispatch.id);
  business_id_.Add(snapshot.business.id);
  sequence_.Add(event.sequence);
  event_time_.Add(event.event_time);
  kind_.Add(Name(event.kind));
  actor_.Add(event.actor);
  page_id_.AddOrNull(event.page_id);
  message_.Add(event.message);
  attributes_.Add(nlohmann::json(event.attributes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

db::Params EventColumns::Params() const {
  return {dispatch_id_, business_id_, sequence_, event_time_, kind_, actor_, page_id_, message_, attributes_};
}

Changes::Changes(const std::vector<core::Snapshot>& snapshots) {
  for (const core::Snapshot& snapshot : snapshots) {
    if (!snapshot.new_events.empty()) dispatches_.Add(snapshot);
    for (const core::Event& event : snapshot.new_events) events_.Add(snapshot, event);
    any_ = any_ || !snapshot.new_events.empty() || !snapshot.changed_pages.empty();
    for (const core::Page& page : snapshot.pages) {
      if (snapshot.changed_pages.count(page.id) > 0) Add(snapshot, page);
    }
    AddTimers(snapshot);
  }
}

db::Params Changes::ForInsert(const CallColumns& calls) const {
  db::Params params = dispatches_.Params();
  Append(params, calls.Params());
  Append(params, added_.Params());
  Append(params, begun_.Params());
  Append(params, {queued_, queued_business_, queued_dispatch_, queued_due_});
  Append(params, {timer_, timer_business_, timer_kind_, timer_page_, timer_due_});
  Append(params, events_.Params());
  return params;
}

db::Params Changes::ForUpdate() const {
  db::Params params = dispatches_.Params();
  Append(params, moved_.Params());
  Append(params, added_.Params());
  Append(params, begun_.Params());
  Append(params, {unqueued_, unqueued_business_});
  Append(params, {queued_, queued_business_, queued_dispatch_, queued_due_});
  Append(params, {gone_timer_, gone_timer_business_, gone_timer_kind_, gone_timer_page_});
  Append(params, {timer_, timer_business_, timer_kind_, timer_page_, timer_due_});
  Append(params, events_.Params());
  return params;
}

void Changes::Add(const core::Snapshot& snapshot, const core::Page& page) {
  (page.stored ? moved_ : added_).Add(snapshot, page);
  if (!page.stored) begun_.Add(snapshot, page);
  if (page.due_time.has_value()) {
    queued_.Add(page.id);
    queued_business_.Add(snapshot.business.id);
    queued_dispatch_.Add(snapshot.dispatch.id);
    queued_due_.Add(page.due_time);
  } else if (page.queued) {
    unqueued_.Add(page.id);
    unqueued_business_.Add(snapshot.business.id);
  }
}

void Changes::AddTimers(const core::Snapshot& snapshot) {
  for (const auto& [key, due] : snapshot.stored_timers) {
    if (snapshot.timers.count(key) > 0) continue;
    any_ = true;
    gone_timer_.Add(snapshot.dispatch.id);
    gone_timer_business_.Add(snapshot.business.id);
    gone_timer_kind_.Add(Name(key.first));
    gone_timer_page_.Add(PageOf(key));
  }
  for (const auto& [key, due] : snapshot.timers) {
    const auto stored = snapshot.stored_timers.find(key);
    if (stored != snapshot.stored_timers.end() && stored->second == due) continue;
    any_ = true;
    timer_.Add(snapshot.dispatch.id);
    timer_business_.Add(snapshot.business.id);
    timer_kind_.Add(Name(key.first));
    timer_page_.Add(PageOf(key));
    timer_due_.Add(due);
  }
}

}  // namespace afterhours::store
