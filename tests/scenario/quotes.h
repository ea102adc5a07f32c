#pragma once

#include "absl/strings/str_cat.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "tests/harness/world.h"

namespace afterhours::testing {

// A call that can wait, by the API: each from another caller.
inline v1::DispatchRequest Quote(int number) {
  v1::DispatchRequest request;
  v1::Call& call = *request.mutable_call();
  call.set_source(v1::CALL_SOURCE_MANUAL);
  call.set_external_call_id(absl::StrCat("call-", number));
  call.set_caller_number(absl::StrCat("+1213555", 1000 + number));
  call.set_called_number(World::kCalledNumber);
  call.set_summary("Wants a quote for a water heater");
  return request;
}

// An operator takes a dispatch.
inline v1::AckRequest AcceptOf(const std::string& dispatch_id) {
  v1::AckRequest request;
  request.mutable_operator_ack()->set_dispatch_id(dispatch_id);
  request.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  request.mutable_operator_ack()->set_acked_by("kim");
  return request;
}

}  // namespace afterhours::testing
