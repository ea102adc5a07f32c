#include "server/core/urgency.h"

#include <gmock/gmock.h>

namespace afterhours::core {
namespace {

using testing::HasSubstr;

constexpr v1::Urgency kNotGiven = v1::URGENCY_UNSPECIFIED;

v1::Urgency Of(absl::string_view summary, absl::string_view transcript = "") {
  return JudgeUrgency(kNotGiven, summary, transcript).urgency;
}

TEST(JudgeUrgency, TrustsAGivenLevel) {
  const UrgencyJudgement judged = JudgeUrgency(v1::URGENCY_LOW, "gas leak", "");
  EXPECT_EQ(judged.urgency, v1::URGENCY_LOW);
  EXPECT_EQ(judged.confidence, 1.0);
  EXPECT_EQ(judged.reason, "given with the call");
}

TEST(JudgeUrgency, ListensToTheWords) {
  EXPECT_EQ(Of("The basement is flooding"), v1::URGENCY_HIGH);
  EXPECT_EQ(Of("PIPE BURST"), v1::URGENCY_HIGH);
  EXPECT_EQ(Of("I smell gas"), v1::URGENCY_HIGH);
  EXPECT_EQ(Of("No hot water since noon"), v1::URGENCY_MEDIUM);
  EXPECT_EQ(Of("Wants a quote for a new boiler"), v1::URGENCY_LOW);
  EXPECT_EQ(Of("", "User: water is pouring through the ceiling"), v1::URGENCY_HIGH);
}

TEST(JudgeUrgency, TakesTheHigherLevelInDoubt) {
  const UrgencyJudgement judged = JudgeUrgency(kNotGiven, "A drip, no rush, but now it is flooding", "");
  EXPECT_EQ(judged.urgency, v1::URGENCY_HIGH);
  EXPECT_THAT(judged.reason, HasSubstr("flood"));
  EXPECT_LT(judged.confidence, JudgeUrgency(kNotGiven, "it is flooding", "").confidence) << "mixed words, less sure";
}

TEST(JudgeUrgency, IsSurerWithMoreWordsAndNeverCertain) {
  const double one = JudgeUrgency(kNotGiven, "flood", "").confidence;
  const double two = JudgeUrgency(kNotGiven, "flood and smoke", "").confidence;
  const double many = JudgeUrgency(kNotGiven, "flood, smoke, fire, spark, sewage, burst, emergency", "").confidence;
  EXPECT_LT(one, two);
  EXPECT_LT(two, many);
  EXPECT_LT(many, 1.0);
}

TEST(JudgeUrgency, DoesNotListenToTheAgent) {
  EXPECT_EQ(Of("", "Agent: Is it flooding?\nUser: no, I want a quote"), v1::URGENCY_LOW);
  EXPECT_EQ(Of("", "  AGENT: Any fire or smoke?"), v1::URGENCY_MEDIUM);
}

TEST(JudgeUrgency, IsMediumAndUnsureWithNothingKnown) {
  for (const char* summary : {"", "Please call back", "xyzzy"}) {
    const UrgencyJudgement judged = JudgeUrgency(kNotGiven, summary, "");
    EXPECT_EQ(judged.urgency, v1::URGENCY_MEDIUM) << summary;
    EXPECT_LT(judged.confidence, 0.5) << summary;
    EXPECT_FALSE(judged.reason.empty());
  }
}

TEST(JudgeUrgency, MatchesFromTheStartOfAWord) {
  EXPECT_EQ(Of("about the campfires"), v1::URGENCY_MEDIUM) << "\"fire\" inside a word is no fire";
  EXPECT_EQ(Of("there is fire"), v1::URGENCY_HIGH);
  EXPECT_EQ(Of("(fire!)"), v1::URGENCY_HIGH);
}

TEST(JudgeUrgency, DoesNotJoinWordsOfTwoLines) { EXPECT_EQ(Of("no", "Agent: x\nUser: heat"), v1::URGENCY_MEDIUM); }

}  // namespace
}  // namespace afterhours::core
