#include "tests/simulation/describe.h"

#include "absl/strings/str_cat.h"
#include "server/core/names.h"

namespace afterhours::simulation {
namespace {

using core::Name;

std::string DecisionName(core::FailureDecision decision) {
  constexpr const char* kNames[] = {"retry",          "other sender",    "other channel",      "address blocked",
                                    "sender blocked", "next technician", "configuration alarm"};
  return kNames[static_cast<std::size_t>(decision)];
}

std::string Of(const core::Started& started) { return absl::StrCat("started (", started.business_rule, ")"); }
std::string Of(const core::CallReportedAgain& again) {
  return absl::StrCat("call reported again by ", Name(again.call.source), ": \"", again.call.summary, "\"");
}
std::string Of(const core::CallRepeated& repeated) {
  return absl::StrCat("the caller called again: \"", repeated.call.summary, "\"");
}
std::string Of(const core::BusinessAssigned& assigned) { return absl::StrCat("assigned by ", assigned.actor); }
std::string Of(const core::Reopened& reopened) { return absl::StrCat("reopened by ", reopened.actor); }
std::string Of(const core::RosterChanged& changed) { return absl::StrCat("roster changed by ", changed.actor); }
std::string Of(const core::PageClaimed& claimed) { return absl::StrCat("claimed ", ShortId(claimed.page_id)); }
std::string Of(const core::PageAccepted& accepted) {
  return absl::StrCat("accepted ", ShortId(accepted.page_id), " epoch ", accepted.epoch, " as ",
                      accepted.provider_message_id);
}
std::string Of(const core::PageRefused& refused) {
  return absl::StrCat("refused ", ShortId(refused.page_id), " epoch ", refused.epoch, ": ",
                      DecisionName(refused.decision));
}
std::string Of(const core::PageOutcomeUnknown& unknown) {
  return absl::StrCat("outcome unknown of ", ShortId(unknown.page_id), " epoch ", unknown.epoch, ": ",
                      unknown.error_message);
}
std::string Of(const core::PageLookedUp& looked_up) {
  const bool found = looked_up.outcome == core::PageLookedUp::Outcome::kFound;
  return absl::StrCat("looked up ", ShortId(looked_up.page_id), ", question ", looked_up.check, ": ",
                      found ? Name(looked_up.state) : "not found",
                      looked_up.error_code.empty() ? "" : ", " + DecisionName(looked_up.decision),
                      looked_up.call_over ? ", call over" : "");
}
std::string Of(const core::Receipt& receipt) {
  return absl::StrCat("receipt for ", ShortId(receipt.page_id), ": ", Name(receipt.state),
                      receipt.error_code.empty() ? "" : ", " + DecisionName(receipt.decision),
                      receipt.call_over ? ", call over" : "");
}
std::string Of(const core::TimerFired& fired) {
  return absl::StrCat("timer ", Name(fired.kind), fired.page_id.empty() ? "" : " of ", ShortId(fired.page_id));
}
std::string Of(const core::RecoverAsked& asked) { return absl::StrCat("recover asked by ", asked.actor); }
std::string Of(const core::Acked& acked) {
  return absl::StrCat("acked by ", acked.acked_by, acked.page_id.empty() ? "" : " on ", ShortId(acked.page_id));
}
std::string Of(const core::Declined& declined) {
  return absl::StrCat("declined by ", declined.declined_by, declined.page_id.empty() ? "" : " on ",
                      ShortId(declined.page_id));
}
std::string Of(const core::ModelJudged& judged) { return absl::StrCat("a model judged ", Name(judged.urgency)); }
std::string Of(const core::Canceled& canceled) { return absl::StrCat("canceled by ", canceled.actor); }

}  // namespace

std::string Describe(const core::Input& input) {
  return std::visit([](const auto& happened) { return Of(happened); }, input);
}

std::string ShortId(const std::string& page_id) {
  const std::size_t digits = page_id.find_last_not_of("0123456789abcdef");
  if (page_id.empty() || digits == std::string::npos) return page_id;
  const std::size_t first = page_id.find_first_not_of('0', digits + 1);
  return absl::StrCat("page ", first == std::string::npos ? "0" : page_id.substr(first));
}

}  // namespace afterhours::simulation
