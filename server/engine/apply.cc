#include "server/engine/apply.h"

#include <map>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "server/store/snapshots.h"

namespace afterhours::engine {
namespace {

Inquiry MakeInquiry(const core::Snapshot& snapshot, const core::Command& command, const core::Page& page) {
  Inquiry inquiry;
  inquiry.kind = command.kind;
  inquiry.dispatch_id = snapshot.dispatch.id;
  inquiry.epoch = page.epoch;
  inquiry.check = page.check_count;
  inquiry.page = {page.id,
                  page.channel,
                  page.to_address,
                  page.from_address,
                  page.provider_message_id,
                  page.reply_code,
                  page.send_time.value_or(page.create_time)};
  return inquiry;
}

}  // namespace

bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsResourceExhausted(status);
}

absl::Status Apply(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                   Aftermath& aftermath) {
  std::set<std::string> dispatch_ids;
  std::map<std::string, const core::Snapshot*> known;
  for (const DispatchInput& input : inputs) {
    const bool is_first = dispatch_ids.insert(input.dispatch_id).second;
    if (is_first && input.known != nullptr) known[input.dispatch_id] = input.known.get();
    if (input.known == nullptr) known.erase(input.dispatch_id);
  }
  std::vector<core::Snapshot> stepped;
  absl::Time now;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    stepped.clear();
    auto locked = store::LockSnapshots(transaction, clock.StatementTime(), dispatch_ids, known);
    if (!locked.ok()) return locked.status();
    now = locked->now;
    for (const DispatchInput& input : inputs) {
      const auto found = locked->by_id.find(input.dispatch_id);
      if (found == locked->by_id.end()) continue;
      found->second = core::Step(std::move(found->second), input.input, locked->now, &NewId);
    }
    for (auto& [dispatch_id, snapshot] : locked->by_id) stepped.push_back(std::move(snapshot));
    return store::WriteSnapshots(transaction, stepped);
  });
  if (!status.ok()) return status;
  for (const core::Snapshot& snapshot : stepped) {
    Announce(snapshot, aftermath.inquiries);
    aftermath.due_soon = aftermath.due_soon || core::IsDueBy(snapshot, now + core::kLookAhead);
  }
  return absl::OkStatus();
}

absl::Status ApplyEach(db::Connection& connection, const Clock& clock, const std::vector<DispatchInput>& inputs,
                       Aftermath& aftermath,
                       absl::FunctionRef<void(const DispatchInput&, const absl::Status&)> on_error) {
  const absl::Status status = Apply(connection, clock, inputs, aftermath);
  if (status.ok() || IsPassing(status)) return status;
  for (const DispatchInput& input : inputs) {
    const absl::Status alone = Apply(connection, clock, {input}, aftermath);
    if (IsPassing(alone)) return alone;
    if (!alone.ok()) on_error(input, alone);
  }
  return absl::OkStatus();
}

void Announce(const core::Snapshot& snapshot, std::vector<Inquiry>& inquiries) {
  for (const core::Command& command : snapshot.commands) {
    if (command.kind == core::Command::Kind::kAskModel) continue;  // Opinions takes that
    const core::Page* page = core::FindPage(snapshot, command.page_id);
    if (page != nullptr) inquiries.push_back(MakeInquiry(snapshot, command, *page));
  }
  for (const core::Event& event : snapshot.new_events) {
    if (event.kind == v1::EVENT_KIND_CUTOFF_REACHED) {
      LogError("nobody took a dispatch before its cutoff",
               {{"dispatch_id", snapshot.dispatch.id}, {"business", snapshot.business.name}});
    }
  }
}

}  // namespace afterhours::engine
