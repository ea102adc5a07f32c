#include "adapters/twilio/error_codes.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"

namespace afterhours::twilio {
namespace {

using core::FailureDecision;

struct Entry {
  int code;
  FailureDecision decision;
};

// Ordered by code.
constexpr Entry kTable[] = {
    {10001, FailureDecision::kConfigurationAlarm},  // account is not active
    {10004, FailureDecision::kRetry},               // too many calls at once
    {14107, FailureDecision::kRetry},               // too many replies to one number
    {20003, FailureDecision::kConfigurationAlarm},  // authentication failed
    {20404, FailureDecision::kConfigurationAlarm},  // no such account
    {20429, FailureDecision::kRetry},               // too many requests; was not processed
    {21211, FailureDecision::kNextTechnician},      // To is not a valid number
    {21212, FailureDecision::kConfigurationAlarm},  // From is not valid
    {21214, FailureDecision::kAddressBlocked},      // To cannot be called
    {21215, FailureDecision::kConfigurationAlarm},  // no permission to call that country
    {21216, FailureDecision::kConfigurationAlarm},  // blocked by Twilio
    {21217, FailureDecision::kNextTechnician},      // To is not a valid number
    {21219, FailureDecision::kConfigurationAlarm},  // trial account, number not verified
    {21401, FailureDecision::kNextTechnician},      // To is not a valid number
    {21408, FailureDecision::kConfigurationAlarm},  // no permission to text that country
    {21602, FailureDecision::kConfigurationAlarm},  // body is missing
    {21603, FailureDecision::kConfigurationAlarm},  // From is missing
    {21604, FailureDecision::kNextTechnician},      // To is missing
    {21606, FailureDecision::kSenderBlocked},       // From cannot send texts
    {21608, FailureDecision::kConfigurationAlarm},  // trial account, number not verified
    {21609, FailureDecision::kConfigurationAlarm},  // StatusCallback is not valid
    {21610, FailureDecision::kAddressBlocked},      // recipient opted out
    {21611, FailureDecision::kRetry},               // From has too many queued messages
    {21612, FailureDecision::kOtherSender},         // To cannot be reached from this From
    {21614, FailureDecision::kAddressBlocked},      // To is not a mobile
    {21617, FailureDecision::kConfigurationAlarm},  // body is too long
    {21635, FailureDecision::kAddressBlocked},      // To is a landline
    {21703, FailureDecision::kConfigurationAlarm},  // messaging service without a sender
    {30001, FailureDecision::kRetry},               // queue overflow
    {30002, FailureDecision::kConfigurationAlarm},  // account suspended
    {30003, FailureDecision::kOtherChannel},        // handset unreachable
    {30004, FailureDecision::kAddressBlocked},      // blocked by recipient or carrier
    {30005, FailureDecision::kNextTechnician},      // unknown handset
    {30006, FailureDecision::kAddressBlocked},      // landline or unreachable carrier
    {30007, FailureDecision::kOtherChannel},        // filtered
    {30008, FailureDecision::kOtherChannel},        // unknown carrier error
    {30017, FailureDecision::kOtherChannel},        // carrier congestion
    {30022, FailureDecision::kRetry},               // 10DLC rate limit
    {30023, FailureDecision::kOtherSender},         // 10DLC daily cap
    {30027, FailureDecision::kOtherSender},         // carrier's daily cap
    {30032, FailureDecision::kSenderBlocked},       // toll-free number not verified
    {30033, FailureDecision::kSenderBlocked},       // 10DLC campaign suspended
    {30034, FailureDecision::kSenderBlocked},       // 10DLC number not registered
    {30035, FailureDecision::kSenderBlocked},       // 10DLC number still being configured
    {30036, FailureDecision::kRetry},               // ValidityPeriod passed; was not sent
    {30410, FailureDecision::kOtherChannel},        // provider timed out; may have arrived
    {30450, FailureDecision::kOtherChannel},        // suspected pumping
    {30500, FailureDecision::kRetry},               // Twilio failed while processing
    {63016, FailureDecision::kConfigurationAlarm},  // WhatsApp template needed
    {63018, FailureDecision::kRetry},               // channel's rate limit
    {63024, FailureDecision::kNextTechnician},      // channel's recipient is not valid
    {90007, FailureDecision::kConfigurationAlarm},  // ValidityPeriod out of range
};

static_assert(std::is_sorted(std::begin(kTable), std::end(kTable),
                             [](const Entry& a, const Entry& b) { return a.code < b.code; }));

}  // namespace

core::FailureDecision DecisionFor(int code, int http_status) {
  const auto* found = std::lower_bound(std::begin(kTable), std::end(kTable), code,
                                       [](const Entry& entry, int wanted) { return entry.code < wanted; });
  if (found != std::end(kTable) && found->code == code) return found->decision;
  if (http_status == 429) return FailureDecision::kRetry;
  if (http_status == 401 || http_status == 403 || http_status == 404) return FailureDecision::kConfigurationAlarm;
  return FailureDecision::kOtherChannel;
}

core::FailureDecision DecisionFor(absl::string_view error_code) {
  int code = 0;
  return absl::SimpleAtoi(error_code, &code) ? DecisionFor(code, 0) : FailureDecision::kOtherChannel;
}

}  // namespace afterhours::twilio
