#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/metrics.h"
#include "server/core/decision.h"
#include "server/core/step.h"
#include "server/db/connection.h"
#include "server/rpc/together.h"

namespace afterhours::rpc {

// What a provider's error code in a receipt asks for, by its page's channel.
using DecisionFor = std::function<core::FailureDecision(v1::Channel, const std::string& error_code)>;

// A ReportDelivery that waits to be recorded.
struct Report : CallInCompany {
  core::Receipt receipt;
  const v1::ReportDeliveryRequest* request = nullptr;
  v1::ReportDeliveryResponse* response = nullptr;
};

// Records them in one transaction.
absl::Status RecordReceipts(db::Transaction& transaction, std::optional<absl::Time> now,
                            const DecisionFor& decision_for, absl::Span<Report> reports);

// After the commit: counts it and logs it.
void TellOf(const Report& report, const DecisionFor& decision_for, Metrics& metrics);

}  // namespace afterhours::rpc
