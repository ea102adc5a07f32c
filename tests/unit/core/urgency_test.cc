#include "server/core/urgency/urgency.h"

#include <gmock/gmock.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/core/urgency/rule_book.h"
#include "server/core/urgency/weights.h"

namespace afterhours::core {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr v1::Urgency kLow = v1::URGENCY_LOW;
constexpr v1::Urgency kMedium = v1::URGENCY_MEDIUM;
constexpr v1::Urgency kHigh = v1::URGENCY_HIGH;

UrgencyJudgement Judge(absl::string_view summary, absl::string_view transcript = "",
                       v1::Urgency given = v1::URGENCY_UNSPECIFIED, std::vector<v1::UrgencyRule> own_rules = {},
                       v1::Trade trade = v1::TRADE_UNSPECIFIED) {
  Call call;
  call.source = v1::CALL_SOURCE_RETELL;
  call.summary = std::string(summary);
  call.transcript = std::string(transcript);
  call.given_urgency = given;
  return JudgeUrgency(call, trade, own_rules);
}

v1::Urgency Of(absl::string_view summary, absl::string_view transcript = "") {
  return Judge(summary, transcript).urgency;
}

v1::UrgencyRule Rule(const std::string& phrase, v1::Urgency urgency, const std::string& topic = "own") {
  v1::UrgencyRule rule;
  rule.set_phrase(phrase);
  rule.set_urgency(urgency);
  rule.set_topic(topic);
  return rule;
}

TEST(UrgencyRules, HaveNoFault) { EXPECT_THAT(RuleFaults(), IsEmpty()); }

TEST(UrgencyWeights, HaveNoFault) { EXPECT_THAT(WeightFaults(), IsEmpty()); }

TEST(UrgencyWeights, NameTheLineThatIsNone) {
  std::vector<std::string> faults;
  const Weights weights("# comment\nheat\t100\t-5\t0\nno_heat\t1\t2\nheat\t1\t1\t1\n", faults);
  EXPECT_THAT(faults, testing::ElementsAre(HasSubstr("no_heat"), HasSubstr("heat\t1\t1\t1")));
}

// A whole call, in words that say nothing by themselves.
TEST(UrgencyWeights, AddUpWhatManyWordsSay) {
  const UrgencyJudgement judged =
      Judge("",
            "User: hi, the kettle and the stove are fine, only the upstairs tap coughs a bit, any day next week is "
            "good for me, there is nothing urgent about it at all");
  EXPECT_EQ(judged.urgency, kLow);
  EXPECT_GT(judged.confidence, 0.7);
  EXPECT_FALSE(judged.reason.empty());
}

// What a business wrote is not outweighed, nor what kills unseen.
TEST(UrgencyWeights, GiveWayToOwnRulesAndToGas) {
  const char kTold[] =
      "User: hi, no rush at all, any day next week is good for me, I only want a price for a new tap in the kitchen, "
      "and "
      "the snorkel is blue";
  EXPECT_EQ(Of("", kTold), kLow);
  EXPECT_EQ(Judge("", kTold, v1::URGENCY_UNSPECIFIED, {Rule("snorkel ... blue", kHigh)}).urgency, kHigh);
  EXPECT_EQ(Of("", absl::StrCat(kTold, ". Also I smell gas")), kHigh);
}

TEST(Hear, WhatStandsInBracketsWasNotSaid) {
  EXPECT_EQ(Of("", "User: [gas hissing]"), kMedium) << "nothing was said";
  EXPECT_EQ(Of("", "User: [static] I smell gas [static]"), kHigh);
  EXPECT_EQ(Of("", "User: [I smell gas"), kHigh) << "no bracket closes it";
}

TEST(JudgeUrgency, ListensToTheWords) {
  EXPECT_EQ(Of("The basement is flooding"), kHigh);
  EXPECT_EQ(Of("PIPE BURST"), kHigh);
  EXPECT_EQ(Of("I smell gas"), kHigh);
  EXPECT_EQ(Of("Water leak in the basement"), kHigh);
  EXPECT_EQ(Of("No hot water since noon"), kMedium);
  EXPECT_EQ(Of("Locked out of the house"), kMedium);
  EXPECT_EQ(Of("Wants a quote for a new boiler"), kLow);
  EXPECT_EQ(Of("It drips a bit"), kLow);
  EXPECT_EQ(Of("", "User: water is pouring through the ceiling"), kHigh);
}

TEST(JudgeUrgency, TellsWhatItIsAbout) {
  EXPECT_THAT(Judge("I smell gas").topics, Contains("gas"));
  EXPECT_THAT(Judge("No heat").topics, Contains("heat"));
  EXPECT_THAT(Judge("Water leak and a gas smell").topics, testing::IsSupersetOf({"gas", "water"}));
  EXPECT_THAT(Judge("xyzzy").topics, IsEmpty());
}

TEST(JudgeUrgency, TakesTheHigherOfTwoMatters) {
  const UrgencyJudgement judged = Judge("A drip, no rush, but now it is flooding");
  EXPECT_EQ(judged.urgency, kHigh);
  EXPECT_THAT(judged.reason, HasSubstr("flooding"));
  EXPECT_LT(judged.confidence, Judge("it is flooding").confidence) << "something speaks for another level";
  EXPECT_EQ(Of("", "User: I want a quote for a softener. Oh, and there is a smell of gas by the stove."), kHigh);
}

TEST(JudgeUrgency, IsSurerWithMoreWordsAndNeverCertain) {
  const double one = Judge("flood").confidence;
  const double two = Judge("flood and smoke").confidence;
  const double many = Judge("flood, smoke, sparks, sewage, a burst pipe, carbon monoxide").confidence;
  EXPECT_LT(one, two);
  EXPECT_LT(two, many);
  EXPECT_LT(many, 1.0);
}

TEST(JudgeUrgency, IsMediumAndUnsureWithNothingKnown) {
  for (const char* summary : {"", "Please", "xyzzy"}) {
    const UrgencyJudgement judged = Judge(summary);
    EXPECT_EQ(judged.urgency, kMedium) << summary;
    EXPECT_LT(judged.confidence, 0.5) << summary;
    EXPECT_FALSE(judged.reason.empty());
  }
}

TEST(JudgeUrgency, IsHighInDoubtWhenAWholeCallHasNoKnownWordAndNothingCalms) {
  // A burst pipe, in Vietnamese.
  const char kStrange[] = "User: Chào anh, nhà tôi bị vỡ ống nước, nước chảy khắp nơi, anh đến ngay giúp tôi với";
  const UrgencyJudgement judged = Judge("", kStrange);
  EXPECT_EQ(judged.urgency, kHigh);
  EXPECT_LT(judged.confidence, 0.5);
  EXPECT_EQ(Of("", absl::StrCat(kStrange, ", tomorrow is fine")), kMedium);
  EXPECT_EQ(Of("", absl::StrCat(kStrange, ", whenever you have time")), kLow);
}

TEST(JudgeUrgency, AddsUpHintsAgainstWhatCalms) {
  EXPECT_EQ(Of("", "User: There is a strange smell and a buzzing, it is getting louder, please hurry"), kHigh);
  EXPECT_EQ(Of("", "User: There is a buzzing now and then. We are fine, tomorrow morning would be good"), kMedium);
}

TEST(JudgeUrgency, Negation) {
  EXPECT_EQ(Of("No gas smell, wants a quote"), kLow);
  EXPECT_EQ(Of("It's not flooding any more, tomorrow is fine"), kMedium);
  EXPECT_EQ(Of("Nothing is sparking, wants an estimate"), kLow);
  EXPECT_EQ(Of("It doesn’t smell like gas. Wants an appointment"), kLow);
  EXPECT_EQ(Of("Without any leak, a quote for pipes"), kLow);
  EXPECT_EQ(Of("No smoke, sparks or fire. Wants a quote"), kLow);
  EXPECT_EQ(Of("No, it is flooding"), kHigh) << "an answer negates nothing";
  EXPECT_EQ(Of("No I smell gas"), kHigh);
  EXPECT_EQ(Of("I'm not sure if that is gas I smell"), kHigh) << "doubt is no negation";
  EXPECT_EQ(Of("It won't stop flooding"), kHigh);
  EXPECT_EQ(Of("There is no smoke but water is pouring in"), kHigh) << "it ends at \"but\"";
  EXPECT_THAT(Judge("No gas smell, wants a quote").reason, HasSubstr("negated"));
}

TEST(JudgeUrgency, WhatIsContainedIsMedium) {
  EXPECT_EQ(Of("A pipe burst, I shut the water off"), kMedium);
  EXPECT_EQ(Of("", "User: The toilet flooded the hall. I turned off the valve and mopped it up."), kMedium);
  EXPECT_EQ(Of("A pipe burst, I shut the water off but it keeps pouring"), kHigh) << "it goes on";
  EXPECT_EQ(Of("A pipe burst and I can't shut the water off"), kHigh);
  EXPECT_THAT(Judge("A pipe burst, I shut the water off").reason, HasSubstr("contained"));
}

TEST(JudgeUrgency, WhatIsLongAgo) {
  EXPECT_EQ(Of("Last year we had a flood. Wants an inspection"), kLow);
  EXPECT_EQ(Of("You folks fixed a gas leak two years ago, I need the invoice"), kLow);
  EXPECT_EQ(Of("Last year we had a flood and now it is flooding again"), kHigh);
  EXPECT_EQ(Of("The water heater that you installed last year burst"), kHigh);
}

TEST(JudgeUrgency, WhatIsOnlySupposed) {
  EXPECT_EQ(Of("What if it bursts? Wants an inspection"), kLow);
  EXPECT_EQ(Of("Wants a quote for a detector in case of fire"), kLow);
}

TEST(JudgeUrgency, WhatIsSomebodyElses) {
  EXPECT_EQ(Of("My neighbour's basement flooded but ours is fine. Wants an inspection"), kLow);
  EXPECT_EQ(Of("My neighbor's basement flooded"), kHigh) << "in doubt it is for us";
  EXPECT_EQ(Of("Calling for my mother, 84, her heat is out"), kHigh);
}

TEST(JudgeUrgency, FiguresOfSpeech) {
  EXPECT_EQ(Of("My wife will explode, I need an appointment"), kLow);
  EXPECT_EQ(Of("We are flooded with calls and want a quote"), kLow);
  EXPECT_EQ(Of("I would fire him. It is about my invoice"), kLow);
  EXPECT_EQ(Of("A burning question about my bill"), kLow);
}

TEST(JudgeUrgency, DoesNotListenToTheAgent) {
  EXPECT_EQ(Of("", "Agent: Is it flooding?\nUser: I want a quote"), kLow);
  EXPECT_EQ(Of("", "  AGENT: Any fire or smoke?"), kMedium);
  EXPECT_EQ(Of("", "Agent: If this is a gas leak, call 911. How can I help?\nUser: Yes hi, a quote please"), kLow);
}

TEST(JudgeUrgency, UnderstandsYesAndNo) {
  EXPECT_EQ(Of("", "Agent: Do you smell gas?\nUser: Yes, a lot."), kHigh);
  EXPECT_EQ(Of("", "Agent: Do you smell gas? User: Yes"), kHigh) << "without lines";
  EXPECT_EQ(Of("", "Agent: Is there any flooding?\nUser: No. A quote, please"), kLow);
  EXPECT_EQ(Of("", "Agent: So the basement is flooding. Is that right?\nUser: Correct"), kHigh);
  EXPECT_EQ(Of("", "Agent: Do you have heat?\nUser: No\nAgent: Any children?\nUser: Yes, a baby"), kHigh);
  EXPECT_EQ(Of("", "Agent: Is it a gas leak, or do you want a quote?\nUser: Yes, a quote"), kLow);
  EXPECT_EQ(Of("", "Agent: Any flooding?\nUser: No, but I smell gas"), kHigh);
}

TEST(JudgeUrgency, VulnerablePeopleRaiseALostService) {
  EXPECT_EQ(Of("No heat"), kMedium);
  for (const char* who : {"a baby in the house", "my father is 87", "he is on oxygen", "I am pregnant",
                          "she is in a wheelchair", "my husband has cancer"}) {
    EXPECT_EQ(Of(absl::StrCat("No heat, ", who)), kHigh) << who;
    EXPECT_EQ(Of(absl::StrCat("The power is out, ", who)), kHigh) << who;
  }
  EXPECT_EQ(Of("No heat. No babies, nobody elderly. Tomorrow is fine"), kMedium);
  const std::string reason = Judge("No heat with a baby in the house").reason;
  EXPECT_THAT(reason, HasSubstr("\"no heat\" with"));
  EXPECT_THAT(reason, HasSubstr("baby"));
}

TEST(JudgeUrgency, FrostAndHeatRaiseALostService) {
  EXPECT_EQ(Of("The furnace is out and it is ten below"), kHigh);
  EXPECT_EQ(Of("No heat, it is snowing"), kHigh);
  EXPECT_EQ(Of("The AC died, it is ninety eight degrees in here"), kHigh);
  EXPECT_EQ(Of("The AC died, it is seventy eight degrees in here"), kMedium);
}

TEST(JudgeUrgency, OtherLanguages) {
  for (const char* danger : {"Huele a gas", "Mucha agua en la cocina", "Hay humo en la casa", "Ça sent le gaz",
                             "Il y a une inondation", "Es riecht nach Gas", "Ein Rohrbruch, überall Wasser",
                             "Es brennt", "Czuć gaz", "Zalało mieszkanie", "Dużo wody, pękła rura", "C'è odore di gas",
                             "Acqua dappertutto", "Cheiro de gás", "Vazamento de água", "Fogo"}) {
    EXPECT_EQ(Of(danger), kHigh) << danger;
  }
  EXPECT_EQ(Of("No hay calefacción y tengo un bebé"), kHigh);
  EXPECT_EQ(Of("Kein Strom in der Wohnung"), kMedium);
}

TEST(JudgeUrgency, AGivenLevelIsRaisedByCertainDangerAndNeverLowered) {
  const UrgencyJudgement kept = Judge("Wants a quote", "", kHigh);
  EXPECT_EQ(kept.urgency, kHigh);
  EXPECT_EQ(kept.confidence, 1.0);
  EXPECT_EQ(kept.reason, "given with the call");
  const UrgencyJudgement raised = Judge("I smell gas", "", kLow);
  EXPECT_EQ(raised.urgency, kHigh);
  EXPECT_THAT(raised.reason, HasSubstr("given LOW, raised"));
  EXPECT_EQ(Judge("No heat", "", kLow).urgency, kLow) << "only danger raises";
  EXPECT_EQ(Judge("I smell gas, no rush, a quote", "", kLow).urgency, kLow) << "not certain";
}

TEST(JudgeUrgency, OwnRulesWin) {
  EXPECT_EQ(Judge("The pilot light is out", "", {}, {Rule("pilot light", kLow)}).urgency, kLow);
  EXPECT_EQ(Judge("The pilot light is out and I smell gas", "", {}, {Rule("pilot light", kLow)}).urgency, kHigh)
      << "an unrelated danger still counts";
  EXPECT_EQ(Judge("The walk-in cooler is warm", "", {}, {Rule("walk-in ... warm", kHigh)}).urgency, kHigh);
  EXPECT_EQ(Judge("No walk-in is warm. A quote, please", "", {}, {Rule("walk-in ... warm", kHigh)}).urgency, kLow);
  EXPECT_THAT(Judge("The chairlift hums", "", {}, {Rule("chairlift", kHigh, "lift")}).topics, Contains("lift"));
  EXPECT_EQ(Judge("gas", "", {}, {Rule("* ...", kLow)}).urgency, Of("gas"))
      << "one that cannot be used matches nothing";
}

TEST(JudgeUrgency, RulesHoldForTheirTrades) {
  EXPECT_EQ(Judge("No water at all", "", {}, {}, v1::TRADE_PLUMBING).confidence, 0.7);
  EXPECT_LT(Judge("No water at all", "", {}, {}, v1::TRADE_LOCKSMITH).confidence, 0.7);
  EXPECT_EQ(Judge("No water at all").confidence, 0.7) << "any trade: all rules";
}

TEST(JudgeUrgency, TheReasonIsShortAndClean) {
  std::string transcript = "User: ";
  for (int i = 0; i < 200; ++i)
    absl::StrAppend(&transcript, "Überschwemmung im Keller, no smoke, no fire, sewage ", i, ", burst ");
  transcript += "\xff\xfe gas leak";
  const UrgencyJudgement judged = Judge("No gas smell", transcript);
  EXPECT_LE(judged.reason.size(), 200u);
  EXPECT_TRUE(IsCleanText(judged.reason));
}

// How long the best of three judgements takes.
double Seconds(const std::string& transcript) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    Judge("", transcript);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

TEST(JudgeUrgency, TakesTimeLinearInTheLength) {
  for (const char* words : {"User: no gas or water on the floor and smoke, ",
                            "Agent: Is it gas or water?\nUser: yes the water\n", "gas ", "no "}) {
    std::string some;
    while (some.size() < 10'000) some += words;
    std::string many;
    while (many.size() < 100'000) many += words;
    EXPECT_LT(Seconds(many), 40 * Seconds(some) + 0.05) << words;  // a quadratic one would take 100 times as long
  }
}

}  // namespace
}  // namespace afterhours::core
