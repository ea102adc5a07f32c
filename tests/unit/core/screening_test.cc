#include <gmock/gmock.h>

#include "server/core/urgency/urgency.h"

namespace afterhours::core {
namespace {

Call CallThatSays(const std::string& summary, const std::string& transcript = "",
                  v1::CallSource source = v1::CALL_SOURCE_RETELL) {
  Call call;
  call.source = source;
  call.summary = summary;
  call.transcript = transcript;
  return call;
}

v1::Screening Of(const Call& call) { return JudgeUrgency(call, v1::TRADE_UNSPECIFIED, {}).screening; }

TEST(Screening, KnowsWhatIsNoDispatch) {
  EXPECT_EQ(Of(CallThatSays("", "User: We are calling about your car's extended warranty. Press one now.")),
            v1::SCREENING_SPAM);
  EXPECT_EQ(Of(CallThatSays("", "User: Oh sorry, wrong number.")), v1::SCREENING_WRONG_NUMBER);
  EXPECT_EQ(Of(CallThatSays(
                "", "User: I'm calling from a marketing agency, have you got a minute to talk about advertising?")),
            v1::SCREENING_SALES);
  EXPECT_EQ(Of(CallThatSays("", "Agent: Hello?\nUser: hello?")), v1::SCREENING_NO_WORDS);
  Call call = CallThatSays("");
  EXPECT_EQ(Of(call), v1::SCREENING_UNSPECIFIED) << "the report may lack its words";
  call.start_time = absl::FromUnixSeconds(1700000000);
  call.end_time = *call.start_time + absl::Minutes(1);
  EXPECT_EQ(Of(call), v1::SCREENING_UNSPECIFIED) << "in a minute something was said";
  call.end_time = *call.start_time + absl::Seconds(4);
  EXPECT_EQ(Of(call), v1::SCREENING_NO_WORDS);
}

TEST(Screening, SaysWhy) {
  EXPECT_EQ(JudgeUrgency(CallThatSays("Wrong number"), v1::TRADE_UNSPECIFIED, {}).screening_reason, "\"wrong number\"");
  EXPECT_EQ(JudgeUrgency(CallThatSays("Gas leak"), v1::TRADE_UNSPECIFIED, {}).screening_reason, "");
}

TEST(Screening, NeverWhenAnythingHintsAtAMatter) {
  EXPECT_EQ(Of(CallThatSays("", "User: Is this the pizza place? Wrong number. No wait, my basement is flooding.")),
            v1::SCREENING_UNSPECIFIED);
  EXPECT_EQ(Of(CallThatSays("Sales call, but the furnace is out too")), v1::SCREENING_UNSPECIFIED);
  Call given = CallThatSays("Wrong number");
  given.given_urgency = v1::URGENCY_LOW;
  EXPECT_EQ(Of(given), v1::SCREENING_UNSPECIFIED);
  v1::UrgencyRule own;
  own.set_phrase("extended warranty");
  own.set_urgency(v1::URGENCY_LOW);
  EXPECT_EQ(JudgeUrgency(CallThatSays("Asks about the extended warranty"), v1::TRADE_UNSPECIFIED, {own}).screening,
            v1::SCREENING_UNSPECIFIED);
  EXPECT_EQ(Of(CallThatSays("xyzzy")), v1::SCREENING_UNSPECIFIED) << "in doubt";
}

TEST(Screening, ACallWithoutWordsWaitsForItsReport) {
  EXPECT_EQ(Of(CallThatSays("", "", v1::CALL_SOURCE_TWILIO)), v1::SCREENING_UNSPECIFIED);
  EXPECT_EQ(Of(CallThatSays("", "", v1::CALL_SOURCE_MANUAL)), v1::SCREENING_UNSPECIFIED);
  EXPECT_EQ(Of(CallThatSays("", "User: hello?", v1::CALL_SOURCE_MANUAL)), v1::SCREENING_UNSPECIFIED);
}

bool Same(const std::string& first, const std::string& second) {
  return IsSameMatter(CallThatSays(first), CallThatSays("", second), v1::TRADE_UNSPECIFIED, {});
}

TEST(IsSameMatter, WhenTheTopicIsTheSame) {
  EXPECT_TRUE(Same("Pipe burst in the kitchen", "User: the water is still pouring in"));
  EXPECT_TRUE(Same("No heat", "User: my furnace is still out"));
  EXPECT_FALSE(Same("No heat", "User: I am locked out"));
  EXPECT_FALSE(Same("Wants a quote", "User: my basement is flooding"));
}

TEST(IsSameMatter, WhenItHasNoTopicOfItsOwn) {
  EXPECT_TRUE(Same("No heat", "User: any news? is someone coming?"));
  EXPECT_TRUE(Same("No heat", ""));
  EXPECT_TRUE(Same("No heat", "User: hello?"));
}

TEST(IsSameMatter, NotWhenItSaysThatItIsAnother) {
  EXPECT_FALSE(Same("Pipe burst", "User: I have another problem, a pipe burst at my other house"));
  EXPECT_FALSE(Same("Pipe burst", "User: this is something different"));
}

}  // namespace
}  // namespace afterhours::core
