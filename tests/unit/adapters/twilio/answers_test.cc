#include "adapters/twilio/answers.h"

#include <gmock/gmock.h>

namespace afterhours::twilio {
namespace {

using core::FailureDecision;
using testing::HasSubstr;
using Outcome = SendResult::Outcome;

HttpResult Answer(int status, const std::string& body) {
  HttpResult answer;
  answer.outcome = HttpResult::Outcome::kAnswered;
  answer.status = status;
  answer.body = body;
  return answer;
}

SendResult Read(int status, const std::string& body, absl::Duration retry_after = absl::ZeroDuration()) {
  HttpResult answer = Answer(status, body);
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
  EXPECT_EQ(result.decision, FailureDecision::kAddressBlocked);
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

TEST(ReadResource, IsWhatTwilioSaysOfIt) {
  const auto message = ReadResource(Answer(200, R"({"sid": "SM1", "status": "undelivered", "direction": "outbound-api",
      "from": null, "to": "+19495550111", "body": "caf\u00e9 \u0000", "error_code": 30003,
      "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "price": null})"),
                                    "SM1");
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->sid, "SM1");
  EXPECT_EQ(message->status, "undelivered");
  EXPECT_EQ(message->direction, "outbound-api");
  EXPECT_EQ(message->from, "");
  EXPECT_EQ(message->to, "+19495550111");
  EXPECT_EQ(message->body, "caf\xc3\xa9 ?");
  EXPECT_EQ(message->error_code, "30003");
  EXPECT_EQ(message->create_time, absl::FromUnixSeconds(1692853305));
}

TEST(ReadResource, ReadsDatesInAnyZoneAndTakesNoneForNow) {
  const auto time_of = [](const char* date) {
    return ReadResource(Answer(200, std::string(R"({"sid": "CA1", "date_created": )") + date + "}"), "CA1")
        ->create_time;
  };
  EXPECT_EQ(time_of(R"("Thu, 24 Aug 2023 07:01:45 +0200")"), absl::FromUnixSeconds(1692853305));
  for (const char* date : {"null", "7", R"("")", R"("2023-08-24T05:01:45Z")", R"("Thu, 99 Aug 2023 05:01:45 +0000")"}) {
    EXPECT_EQ(time_of(date), absl::InfiniteFuture()) << date;
  }
}

TEST(ReadResource, OnlyTwiliosOwn404SaysThatThereIsNone) {
  EXPECT_TRUE(absl::IsNotFound(ReadResource(Answer(404, R"({"code": 20404, "status": 404})"), "SM1").status()));
  for (const auto& [status, body] : {std::pair{404, "<html>Not Found</html>"},
                                     {404, ""},
                                     {404, R"({"code": 1})"},
                                     {404, "[20404]"},
                                     {400, R"({"code": 20404})"},
                                     {401, R"({"code": 20003})"},
                                     {429, R"({"code": 20429})"},
                                     {500, R"({"code": 20404})"},
                                     {302, ""}}) {
    EXPECT_TRUE(absl::IsUnavailable(ReadResource(Answer(status, body), "SM1").status())) << status << " " << body;
  }
}

TEST(ReadResource, SurvivesWhatIsNone) {
  for (const char* body : {"", "<html>", "[]", "null", "7", R"("SM1")", "{}", R"({"sid": null})", R"({"sid": ["SM1"]})",
                           R"({"sid": "SM2", "status": "sent"})", R"({"sid": "SM1", "status": "se)"}) {
    EXPECT_TRUE(absl::IsUnavailable(ReadResource(Answer(200, body), "SM1").status())) << body;
  }
  HttpResult cut = Answer(200, R"({"sid": "SM1"})");
  cut.body_cut = true;
  EXPECT_TRUE(absl::IsUnavailable(ReadResource(cut, "SM1").status()));
  HttpResult lost = Answer(200, R"({"sid": "SM1"})");
  lost.outcome = HttpResult::Outcome::kUnknown;
  EXPECT_TRUE(absl::IsUnavailable(ReadResource(lost, "SM1").status()));
  EXPECT_TRUE(ReadResource(Answer(200, R"({"sid": "SM1", "status": {}, "error_code": "x", "body": []})"), "SM1").ok());
}

TEST(ReadResourcePage, HasEntriesAndWhereItGoesOn) {
  const auto page = ReadResourcePage(
      Answer(200, R"({"messages": [{"sid": "SM2"}, {"sid": "SM1"}], "next_page_uri": "/2010"})"), "messages");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->resources.size(), 2u);
  EXPECT_EQ(page->resources[0].sid, "SM2");
  EXPECT_EQ(page->next_page_uri, "/2010");
  for (const char* body : {R"({"messages": [], "next_page_uri": null})", R"({"messages": []})"}) {
    EXPECT_EQ(ReadResourcePage(Answer(200, body), "messages")->next_page_uri, "") << body;
  }
}

TEST(ReadResourcePage, IsUnavailableWhenAnythingIsMissing) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"calls": []})", R"({"messages": null})", R"({"messages": {}})",
                           R"({"messages": [null]})", R"({"messages": [{"sid": "SM1"}, {"status": "sent"}]})",
                           R"({"messages": [], "next_page_uri": 7})", R"({"messages": [], "next_page_uri": {}})"}) {
    EXPECT_TRUE(absl::IsUnavailable(ReadResourcePage(Answer(200, body), "messages").status())) << body;
  }
  EXPECT_TRUE(absl::IsUnavailable(ReadResourcePage(Answer(404, R"({"code": 20404})"), "messages").status()));
  HttpResult cut = Answer(200, R"({"messages": []})");
  cut.body_cut = true;
  EXPECT_TRUE(absl::IsUnavailable(ReadResourcePage(cut, "messages").status()));
}

}  // namespace
}  // namespace afterhours::twilio
