#include "adapters/openai/answer.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace afterhours::openai {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Outcome = Opinion::Outcome;

Opinion Read(int status, const std::string& body) {
  HttpResult result;
  result.outcome = HttpResult::Outcome::kAnswered;
  result.status = status;
  result.body = body;
  return ReadAnswer(result);
}

Opinion Said(const json& content) {
  return Read(200, json{{"choices", {{{"message", {{"content", content}}}}}}}.dump());
}

TEST(ModelAnswer, IsReadWhereverItStands) {
  for (const char* text : {
           R"({"urgency": "HIGH", "reason": "gas"})",
           R"( { "reason" : "gas", "urgency" : " high " } )",
           "```json\n{\"urgency\": \"HIGH\", \"reason\": \"gas\"}\n```",
           "Sure! It's this: {\"urgency\":\"High\",\"reason\":\"gas\"}. I hope that helps {:-)",
           "{ well, let me see: {\"urgency\":\"HIGH\",\"reason\":\"gas\"}",
           R"({"note": "}"} {"urgency":"LOW"} No: {"urgency":"HIGH","reason":"gas"})",
           R"({"urgency": "HIGH | MEDIUM | LOW"} {"urgency": "HIGH", "reason": "gas"})",
       }) {
    const Opinion opinion = Said(text);
    EXPECT_EQ(opinion.outcome, Outcome::kGiven) << text;
    EXPECT_EQ(opinion.urgency, v1::URGENCY_HIGH) << text;
    EXPECT_EQ(opinion.reason, "gas") << text;
    EXPECT_GT(opinion.confidence, 0) << text;
    EXPECT_LE(opinion.confidence, 1) << text;
  }
  EXPECT_EQ(Said({{{"type", "text"}, {"text", R"({"urgency": "LOW"})"}}}).urgency, v1::URGENCY_LOW);
}

TEST(ModelAnswer, ThatNamesNoLevelIsNoOpinion) {
  for (const char* text :
       {"", "HIGH", "I cannot help with that.", "{}", "{", "{{{{{{{{{{{{{{{{{{{{{{{{{{", "}",
        R"({"urgency": "CRITICAL"})", R"({"urgency": "UNSPECIFIED"})", R"({"urgency": ""})", R"({"urgency": 3})",
        R"({"urgency": null})", R"({"urgency": ["HIGH"]})", R"({"urgency": "HIGH", "reason": "cut o)",
        R"({"answer": {"urgency": "HIGH"}})", R"({"urgency": "HIGH" "reason": ""})"}) {
    const Opinion opinion = Said(text);
    EXPECT_EQ(opinion.outcome, Outcome::kFailed) << text;
    EXPECT_EQ(opinion.urgency, v1::URGENCY_UNSPECIFIED) << text;
  }
}

TEST(ModelAnswer, OfAnotherShapeIsSurvived) {
  for (const char* body :
       {"", "<html>", "null", "[]", "{}", "7", R"({"choices": []})", R"({"choices": {}})", R"({"choices": [null]})",
        R"({"choices": [{"message": "HIGH"}]})", R"({"choices": [{"message": {"content": null, "refusal": "no"}}]})",
        R"({"choices": [{"message": {"content": [7, {"text": 7}]}}]})"}) {
    EXPECT_EQ(Read(200, body).outcome, Outcome::kFailed) << body;
  }
  const std::string deep(60'000, '{');
  EXPECT_EQ(Said(deep).outcome, Outcome::kFailed);
  EXPECT_EQ(Read(200, std::string(60'000, '[')).outcome, Outcome::kFailed);
}

TEST(ModelAnswer, ReasonIsOneCleanShortLine) {
  const std::string reason =
      Said(json{{"urgency", "LOW"}, {"reason", std::string("a\r\n\tb  c\x01") + std::string(500, 'd')}}.dump()).reason;
  EXPECT_THAT(reason, testing::StartsWith("a b c d"));
  EXPECT_EQ(reason.size(), 200u);
  std::string accents;
  for (int i = 0; i < 300; ++i) accents += "é";
  const std::string cut = Said(json{{"urgency", "LOW"}, {"reason", "x" + accents}}.dump()).reason;
  EXPECT_LE(cut.size(), 200u);
  EXPECT_TRUE(IsCleanText(cut));
  EXPECT_EQ(Said(R"({"urgency": "LOW", "reason": "a\u0000b"})").reason, "a?b");
  EXPECT_EQ(Said(R"({"urgency": "LOW", "reason": 7})").reason, "");
  EXPECT_EQ(Said(R"({"urgency": "LOW"})").outcome, Outcome::kGiven);
}

TEST(ModelAnswer, ErrorsTellWhoseTheyAre) {
  const auto error = [](const std::string& code) {
    return json{{"error", {{"message", "no: sk-Key1, he said \"gas\""}, {"code", code}}}}.dump();
  };
  for (const int status : {400, 401, 403, 404, 422}) {
    EXPECT_EQ(Read(status, error("invalid_api_key")).outcome, Outcome::kRefused) << status;
  }
  for (const int status : {408, 429, 500, 502, 503, 204, 301}) {
    EXPECT_EQ(Read(status, error("")).outcome, Outcome::kFailed) << status;
  }
  EXPECT_EQ(Read(401, error("invalid_api_key")).error_message, "HTTP 401, invalid_api_key");
  EXPECT_EQ(Read(401, error("sk-Key1")).error_message, "HTTP 401") << "no word";
  EXPECT_THAT(Read(500, "gas").error_message, Not(HasSubstr("gas")));
  EXPECT_THAT(Said("I smell gas").error_message, Not(HasSubstr("gas")));

  HttpResult none;
  none.outcome = HttpResult::Outcome::kNotSent;
  EXPECT_EQ(ReadAnswer(none).outcome, Outcome::kFailed);
  none.timed_out = true;
  EXPECT_EQ(ReadAnswer(none).outcome, Outcome::kTimeout);
  HttpResult cut;
  cut.outcome = HttpResult::Outcome::kAnswered;
  cut.status = 200;
  cut.body_cut = true;
  EXPECT_EQ(ReadAnswer(cut).outcome, Outcome::kFailed);
}

}  // namespace
}  // namespace afterhours::openai
