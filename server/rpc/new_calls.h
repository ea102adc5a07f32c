#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/metrics.h"
#include "server/db/connection.h"
#include "server/rpc/together.h"
#include "server/store/create.h"

namespace afterhours::rpc {

// A Dispatch that waits to be recorded.
struct NewCall : CallInCompany {
  store::NewDispatch wanted;
  v1::DispatchResponse* response = nullptr;
};

// Whose turn a call is in: a business's calls arrive at its number, or at its voice agent.
const std::string& LaneOf(const NewCall& call);

// Records them in one transaction.
absl::Status RecordCalls(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<NewCall> calls);

// After the commit: counts it and logs it.
void TellOf(const NewCall& call, Metrics& metrics);

}  // namespace afterhours::rpc
