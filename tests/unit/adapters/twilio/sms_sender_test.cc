#include "adapters/twilio/sms_sender.h"

#include <gmock/gmock.h>

namespace afterhours::twilio {
namespace {

using core::FailureDecision;
using testing::HasSubstr;
using Outcome = SendResult::Outcome;

SendResult Read(int status, const std::string& body, absl::Duration retry_after = absl::ZeroDuration()) {
  HttpResult answer;
  answer.outcome = HttpResult::Outcome::kAnswered;
  answer.status = status;
  answer.body = body;
  answer.retry_after = retry_after;
  return ReadSendAnswer(answer);
}

TEST(ReadSendAnswer, A201WithASidIsAccepted) {
  const SendResult result = Read(201, R"({"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued",
                                          "error_code": null})");
  EXPECT_EQ(result.outcome, Outcome::kAccepted);
  EXPECT_EQ(result.provider_message_id, "SM0123456789abcdef0123456789abcdef");
  EXPECT_EQ(result.error_code, "");
}

TEST(ReadSendAnswer, A2xxWithoutASidIsUnknown) {
  for (const char* body :
       {"", "{}", "[]", "null", "OK", R"({"sid": ""})", R"({"status": "queued"})", "{\"sid\": \"SM"}) {
    const SendResult result = Read(201, body);
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << body;
    EXPECT_EQ(result.provider_message_id, "") << body;
    EXPECT_FALSE(result.error_message.empty()) << body;
  }
}

TEST(ReadSendAnswer, ASidThatIsNoTextIsNone) {
  for (const char* body : {R"({"sid": null})", R"({"sid": 7})", R"({"sid": {}})"}) {
    EXPECT_EQ(Read(201, body).outcome, Outcome::kUnknown) << body;
  }
}

TEST(ReadSendAnswer, A400IsRefusedByItsCode) {
  const SendResult result = Read(400, R"({"code": 21610, "message": "Attempt to send to unsubscribed recipient",
                                          "more_info": "https://www.twilio.com/docs/errors/21610", "status": 400})");
  EXPECT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_EQ(result.decision, FailureDecision::kOtherChannel);
  EXPECT_EQ(result.error_code, "21610");
  EXPECT_EQ(result.error_message, "HTTP 400: Attempt to send to unsubscribed recipient");
  EXPECT_EQ(result.retry_delay, absl::ZeroDuration());
}

TEST(ReadSendAnswer, A429IsTriedAgainWhenTwilioSays) {
  const SendResult result = Read(429, R"({"code": 20429, "message": "Too Many Requests"})", absl::Seconds(3));
  EXPECT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_EQ(result.decision, FailureDecision::kRetry);
  EXPECT_EQ(result.retry_delay, absl::Seconds(3));
  EXPECT_EQ(Read(429, "<html>slow down</html>").decision, FailureDecision::kRetry) << "by the status alone";
}

TEST(ReadSendAnswer, A4xxThatIsNotTwiliosJsonIsARefusalAllTheSame) {
  for (const char* body : {"", "<html>", "[]", "7", "null", R"({"code": "21610"})",
                           R"({"code": null, "message": null})", R"({"code": 1e99})", "{\"code\": 21610"}) {
    const SendResult result = Read(400, body);
    EXPECT_EQ(result.outcome, Outcome::kRefused) << body;
    EXPECT_EQ(result.decision, FailureDecision::kOtherChannel) << body;
    EXPECT_EQ(result.error_code, "") << body;
    EXPECT_THAT(result.error_message, HasSubstr("HTTP 400")) << body;
  }
  EXPECT_EQ(Read(401, "").decision, FailureDecision::kConfigurationAlarm);
}

TEST(ReadSendAnswer, WhatIsNeither2xxNor4xxIsUnknown) {
  for (const int status : {0, 100, 302, 500, 502, 503, 504, 599}) {
    const SendResult result = Read(status, "<html><body>Bad Gateway</body></html>");
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << status;
    EXPECT_FALSE(result.error_message.empty()) << status;
  }
  EXPECT_EQ(Read(500, R"({"code": 20500, "message": "Internal"})").outcome, Outcome::kUnknown)
      << "a 5xx may have sent it, whatever it says";
}

TEST(ReadSendAnswer, AnUnreachableTwilioIsTriedAgain) {
  HttpResult answer;
  answer.outcome = HttpResult::Outcome::kNotSent;
  answer.error = "connection refused";
  const SendResult result = ReadSendAnswer(answer);
  EXPECT_EQ(result.outcome, Outcome::kRefused);
  EXPECT_EQ(result.decision, FailureDecision::kRetry);
  EXPECT_THAT(result.error_message, HasSubstr("connection refused"));
}

TEST(ReadSendAnswer, ALostAnswerIsUnknown) {
  HttpResult answer;
  answer.outcome = HttpResult::Outcome::kUnknown;
  answer.status = 201;
  answer.body = R"({"sid": "SM1"})";
  answer.error = "timed out";
  const SendResult result = ReadSendAnswer(answer);
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_THAT(result.error_message, HasSubstr("timed out"));
}

TEST(SmsSender, CarriesTextMessagesOnly) {
  HttpClient client({});
  const SmsSender sender({}, client);
  EXPECT_EQ(sender.name(), "twilio");
  EXPECT_TRUE(sender.Carries(v1::CHANNEL_SMS));
  for (const v1::Channel channel :
       {v1::CHANNEL_UNSPECIFIED, v1::CHANNEL_VOICE, v1::CHANNEL_EMAIL, v1::CHANNEL_WHATSAPP}) {
    EXPECT_FALSE(sender.Carries(channel));
  }
  EXPECT_EQ(sender.SendTimeout(), client.options().timeout);
}

}  // namespace
}  // namespace afterhours::twilio
