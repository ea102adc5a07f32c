#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/metrics.h"
#include "server/db/connection.h"
#include "server/rpc/together.h"

namespace afterhours::rpc {

// An Ack that waits to be recorded.
struct AckCall : CallInCompany {
  const v1::AckRequest* request = nullptr;
  v1::AckResponse* response = nullptr;
};

// Records humans' answers in one transaction, in their order. The requests must have
// been checked. Errors: NOT_FOUND (DISPATCH_NOT_FOUND), and the database's.
absl::Status RecordAcks(db::Transaction& transaction, std::optional<absl::Time> now, absl::Span<AckCall> acks);

// After the commit: counts it and logs it.
void TellOf(const AckCall& ack, Metrics& metrics);

}  // namespace afterhours::rpc
