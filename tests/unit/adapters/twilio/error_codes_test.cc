#include "adapters/twilio/error_codes.h"

#include <gtest/gtest.h>

namespace afterhours::twilio {
namespace {

using core::FailureDecision;

TEST(TwilioErrorCodes, DecideWhateverTheHttpStatus) {
  struct Case {
    int code;
    FailureDecision decision;
  };
  constexpr Case kCases[] = {
      {10001, FailureDecision::kConfigurationAlarm},
      {20003, FailureDecision::kConfigurationAlarm},
      {90007, FailureDecision::kConfigurationAlarm},
      {20429, FailureDecision::kRetry},
      {21611, FailureDecision::kRetry},
      {30001, FailureDecision::kRetry},
      {30022, FailureDecision::kRetry},
      {21612, FailureDecision::kOtherSender},
      {30023, FailureDecision::kOtherSender},
      {30003, FailureDecision::kOtherChannel},
      {30007, FailureDecision::kOtherChannel},
      {21214, FailureDecision::kAddressBlocked},
      {21610, FailureDecision::kAddressBlocked},
      {21614, FailureDecision::kAddressBlocked},
      {21635, FailureDecision::kAddressBlocked},
      {30004, FailureDecision::kAddressBlocked},
      {30006, FailureDecision::kAddressBlocked},
      {21606, FailureDecision::kSenderBlocked},
      {30032, FailureDecision::kSenderBlocked},
      {30033, FailureDecision::kSenderBlocked},
      {30034, FailureDecision::kSenderBlocked},
      {30035, FailureDecision::kSenderBlocked},
      {21211, FailureDecision::kNextTechnician},
      {30005, FailureDecision::kNextTechnician},
  };
  for (const Case& c : kCases) {
    for (const int http_status : {0, 400, 401, 429, 500}) {
      EXPECT_EQ(DecisionFor(c.code, http_status), c.decision) << c.code << ", HTTP " << http_status;
    }
  }
}

TEST(TwilioErrorCodes, UnknownOnesAreDecidedByTheHttpStatus) {
  for (const int code : {0, -1, 1, 29999, 99999}) {
    EXPECT_EQ(DecisionFor(code, 429), FailureDecision::kRetry) << code;
    EXPECT_EQ(DecisionFor(code, 401), FailureDecision::kConfigurationAlarm) << code;
    EXPECT_EQ(DecisionFor(code, 403), FailureDecision::kConfigurationAlarm) << code;
    EXPECT_EQ(DecisionFor(code, 404), FailureDecision::kConfigurationAlarm) << code;
    EXPECT_EQ(DecisionFor(code, 400), FailureDecision::kOtherChannel) << code;
    EXPECT_EQ(DecisionFor(code, 0), FailureDecision::kOtherChannel) << code;
  }
}

TEST(TwilioErrorCodes, OfReceiptsAreText) {
  EXPECT_EQ(DecisionFor("30034"), FailureDecision::kSenderBlocked);
  EXPECT_EQ(DecisionFor("30005"), FailureDecision::kNextTechnician);
  for (const char* code : {"", "99999", "busy", "no-answer", "failed", "canceled", "30034x", "99999999999999999999"}) {
    EXPECT_EQ(DecisionFor(code), FailureDecision::kOtherChannel) << code;
  }
}

}  // namespace
}  // namespace afterhours::twilio
