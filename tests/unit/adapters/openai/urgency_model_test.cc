#include "adapters/openai/urgency_model.h"

#include <gmock/gmock.h>

#include <future>

#include "tests/harness/fake_model.h"

namespace afterhours::openai {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Outcome = Opinion::Outcome;

class UrgencyModelTest : public ::testing::Test {
 protected:
  Opinion Ask(const OpinionQuestion& question, const std::string& key = "sk-Key1") {
    UrgencyModel model({model_.base_url(), "small-1", key}, client_);
    EXPECT_EQ(model.name(), "small-1");
    std::promise<Opinion> promise;
    model.Ask(question, [&promise](Opinion opinion) { promise.set_value(std::move(opinion)); });
    return promise.get_future().get();
  }

  testing::FakeModel model_;
  HttpClient client_{{.timeout = absl::Seconds(5), .https_only = false}};
};

TEST_F(UrgencyModelTest, AsksAsOpenAiWantsIt) {
  model_.Judges("MEDIUM", "No hot water");
  const Opinion opinion = Ask({v1::TRADE_HEATING_COOLING, "No hot water", "User: it is \"cold\"\n"});
  EXPECT_EQ(opinion.outcome, Outcome::kGiven);
  EXPECT_EQ(opinion.urgency, v1::URGENCY_MEDIUM);
  EXPECT_EQ(opinion.reason, "No hot water");

  ASSERT_THAT(model_.requests(), SizeIs(1));
  const HttpRequest request = model_.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/chat/completions");
  EXPECT_EQ(request.Header("Authorization"), "Bearer sk-Key1");
  EXPECT_EQ(request.MediaType(), "application/json");
  const json body = json::parse(request.body);
  EXPECT_EQ(body["model"], "small-1");
  EXPECT_EQ(body["temperature"], 0);
  EXPECT_EQ(body["response_format"], (json{{"type", "json_object"}}));
  EXPECT_LE(body["max_tokens"], 500);
  ASSERT_THAT(body["messages"], SizeIs(2));
  EXPECT_EQ(body["messages"][0]["role"], "system");
  const std::string instructions = body["messages"][0]["content"];
  for (const char* part : {"HIGH: danger to life", "MEDIUM: an essential service", "LOW: it can wait", "JSON"}) {
    EXPECT_THAT(instructions, HasSubstr(part));
  }
  EXPECT_EQ(body["messages"][1]["role"], "user");
  const std::string question = body["messages"][1]["content"];
  for (const char* part : {"heating cooling", "No hot water", "User: it is \"cold\""}) {
    EXPECT_THAT(question, HasSubstr(part));
  }
}

TEST_F(UrgencyModelTest, WithoutAKeySendsNone) {
  model_.Judges("LOW", "");
  EXPECT_EQ(Ask({v1::TRADE_UNSPECIFIED, "A quote", ""}, "").urgency, v1::URGENCY_LOW);
  EXPECT_EQ(model_.requests().front().Header("Authorization"), "");
  EXPECT_THAT(model_.requests().front().body, Not(HasSubstr("Transcript")));
}

TEST_F(UrgencyModelTest, SendsTheEndOfALongCall) {
  model_.Judges("LOW", "");
  std::string transcript = "the beginning ";
  for (int i = 0; i < 20'000; ++i) transcript += "é";
  transcript += " the end";
  EXPECT_EQ(Ask({v1::TRADE_PLUMBING, "short", transcript}).outcome, Outcome::kGiven);
  const std::string body = model_.requests().front().body;
  EXPECT_LT(body.size(), 16'000u);
  EXPECT_THAT(body, HasSubstr("é the end"));
  EXPECT_THAT(body, HasSubstr("short"));
  EXPECT_THAT(body, Not(HasSubstr("the beginning")));
  const std::string question = json::parse(body)["messages"][1]["content"];
  EXPECT_THAT(question, Not(HasSubstr("\xef\xbf\xbd"))) << "a character was cut in two";
}

TEST_F(UrgencyModelTest, AsksOnce_WhateverIsAnswered) {
  for (const int status : {429, 500, 503, 302}) {
    model_.Answers(status, R"({"error": {"message": "come back", "code": "rate_limit_exceeded"}})");
    EXPECT_EQ(Ask({v1::TRADE_PLUMBING, "No water", ""}).outcome, Outcome::kFailed) << status;
  }
  EXPECT_THAT(model_.requests(), SizeIs(4));
}

TEST_F(UrgencyModelTest, DoesNotWaitForASlowModel) {
  HttpClient hasty({.timeout = absl::Milliseconds(100), .https_only = false});
  UrgencyModel model({model_.base_url(), "small-1", ""}, hasty);
  model_.Hold();
  std::promise<Opinion> promise;
  model.Ask({}, [&promise](Opinion opinion) { promise.set_value(std::move(opinion)); });
  EXPECT_EQ(promise.get_future().get().outcome, Outcome::kTimeout);
  model_.Release();
}

TEST_F(UrgencyModelTest, WithNobodyThereHasNoOpinion) {
  UrgencyModel model({"http://127.0.0.1:1/v1", "small-1", ""}, client_);
  std::promise<Opinion> promise;
  model.Ask({}, [&promise](Opinion opinion) { promise.set_value(std::move(opinion)); });
  EXPECT_EQ(promise.get_future().get().outcome, Outcome::kFailed);
}

}  // namespace
}  // namespace afterhours::openai
