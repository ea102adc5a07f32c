#include "server/rpc/statuses.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "server/rpc/convert.h"
#include "server/store/history.h"
#include "server/store/review.h"
#include "server/store/snapshots.h"

namespace afterhours::rpc {

absl::Status ReadStatuses(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<StatusCall> calls) {
  std::vector<std::string> ids;
  std::map<std::string, int> wanted;  // all of their events
  for (StatusCall& call : calls) {
    std::string id = absl::AsciiStrToLower(call.request->dispatch_id());
    if (id.empty()) {
      const auto found = store::FindDispatchByCall(transaction, call.request->external_call_id());
      if (!found.ok()) return found.status();
      id = *found;
    }
    if (!id.empty()) wanted.emplace(id, 0);
    ids.push_back(std::move(id));
  }
  std::set<std::string> distinct;
  for (const auto& [id, sequence] : wanted) distinct.insert(id);
  const auto snapshots = store::ReadDispatches(transaction, now, distinct);
  if (!snapshots.ok()) return snapshots.status();
  const auto news = store::ReadNews(transaction, wanted);
  if (!news.ok()) return news.status();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    v1::StatusResponse& response = *calls[i].response;
    response.Clear();
    const auto found = snapshots->by_id.find(ids[i]);
    if (found == snapshots->by_id.end()) {
      calls[i].own = store::DispatchNotFound(ids[i].empty() ? calls[i].request->external_call_id() : ids[i]);
      continue;
    }
    const core::Snapshot& snapshot = found->second;
    Write(snapshot, response.mutable_dispatch());
    for (const core::Page& page : snapshot.pages) Write(page, ids[i], response.add_pages());
    for (const core::Call& call : snapshot.repeat_calls) Write(call, response.add_repeat_calls());
    const auto events = news->find(ids[i]);
    if (events == news->end()) continue;
    for (const core::Event& event : events->second.events) Write(event, ids[i], response.add_events());
  }
  return absl::OkStatus();
}

}  // namespace afterhours::rpc
