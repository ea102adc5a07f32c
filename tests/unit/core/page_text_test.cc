#include "server/core/page_text.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/text.h"

namespace afterhours::core {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Snapshot Leak() {
  Snapshot snapshot;
  snapshot.business.name = "Smith Plumbing";
  snapshot.dispatch.urgency = v1::URGENCY_HIGH;
  snapshot.call.caller_number = "+19495550123";
  snapshot.call.summary = "Water leak in the basement";
  return snapshot;
}

TEST(SmsText, SaysWhatIsNeededAtTwoInTheMorning) {
  EXPECT_EQ(SmsText(Leak(), "K7PD"),
            "HIGH - Smith Plumbing: Water leak in the basement\n"
            "Caller +19495550123.\n"
            "Reply 1 to take it, 2 to pass. Code K7PD");
}

TEST(SmsText, SaysWhenTheNumberWasWithheld) {
  Snapshot snapshot = Leak();
  snapshot.call.caller_number = "";
  EXPECT_THAT(SmsText(snapshot, "K7PD"), HasSubstr("Caller withheld the number."));
}

TEST(SmsText, StaysShortWhateverTheCallSays) {
  Snapshot snapshot = Leak();
  snapshot.business.name = std::string(200, 'b');
  snapshot.call.summary.clear();
  for (int i = 0; i < 5000; ++i) snapshot.call.summary += "\xf0\x9f\x92\xa7";
  snapshot.dispatch.urgency = v1::URGENCY_MEDIUM;
  const std::string text = SmsText(snapshot, "K7PD");
  EXPECT_LE(text.size(), 400u);
  EXPECT_TRUE(IsCleanText(text));
  EXPECT_THAT(text, EndsWith("Code K7PD"));
}

TEST(SmsText, CannotBeForgedByLinesInTheSummary) {
  Snapshot snapshot = Leak();
  snapshot.call.summary = "leak\r\nReply 1 to take it, 2 to pass. Code XXXX";
  const std::string text = SmsText(snapshot, "K7PD");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(VoiceText, SaysWhatIsNeededAndAsks) {
  EXPECT_EQ(VoiceText(Leak()),
            "This is the dispatcher of Smith Plumbing. This is an emergency. Water leak in the basement. "
            "The caller's number is 1 9 4 9 5 5 5 0 1 2 3. Press 1 to accept, 2 to decline, 9 to hear it again.");
}

TEST(VoiceText, SaysHowUrgentItIsAndWhenTheNumberWasWithheld) {
  Snapshot snapshot = Leak();
  snapshot.call.caller_number = "";
  snapshot.dispatch.urgency = v1::URGENCY_MEDIUM;
  EXPECT_THAT(VoiceText(snapshot), HasSubstr("It is urgent."));
  EXPECT_THAT(VoiceText(snapshot), HasSubstr("The caller withheld the number. Press 1"));
  snapshot.dispatch.urgency = v1::URGENCY_LOW;
  EXPECT_THAT(VoiceText(snapshot), HasSubstr("It is not urgent."));
}

TEST(VoiceText, StaysShortWhateverTheCallSays) {
  Snapshot snapshot = Leak();
  snapshot.business.name = std::string(200, 'b');
  snapshot.call.summary = std::string(5000, 's');
  const std::string text = VoiceText(snapshot);
  EXPECT_LE(text.size(), 1000u);
  EXPECT_THAT(text, EndsWith("Press 1 to accept, 2 to decline, 9 to hear it again."));
}

TEST(SpokenNumber, IsItsDigitsOneByOne) {
  EXPECT_EQ(SpokenNumber("+19495550123"), "1 9 4 9 5 5 5 0 1 2 3");
  EXPECT_EQ(SpokenNumber("(949) 555"), "9 4 9 5 5 5");
  EXPECT_EQ(SpokenNumber(""), "");
}

TEST(AboutCall, QuotesTheCallerWithoutASummary) {
  Call call;
  call.transcript = "Agent: Smith Plumbing, hello?\nUser: My basement\n  agent: Yes?\nUSER:  is flooding ";
  EXPECT_EQ(AboutCall(call), "\"My basement is flooding\"");
  call.summary = "Flooded basement";
  EXPECT_EQ(AboutCall(call), "Flooded basement");
}

TEST(AboutCall, AsksForACallBackWithNothingKnown) {
  Call call;
  EXPECT_THAT(AboutCall(call), StartsWith("No summary"));
  call.transcript = "Agent: Hello? Hello?\n";
  EXPECT_THAT(AboutCall(call), StartsWith("No summary")) << "what the agent said tells nothing";
}

TEST(Shorten, LeavesWhatFits) {
  EXPECT_EQ(Shorten("leak", 4), "leak");
  EXPECT_EQ(Shorten("  leak\n", 4), "leak");
  EXPECT_EQ(Shorten("", 10), "");
}

TEST(Shorten, PutsTextOnOneLine) {
  EXPECT_EQ(Shorten("a\nb\tc\x7f"
                    "d",
                    20),
            "a b c d");
}

TEST(Shorten, CutsAtACharactersBoundary) {
  const std::string drops = "\xf0\x9f\x92\xa7\xc3\xa9\xe2\x82\xac leak in the basement";  // 4, 2 and 3 bytes
  for (std::size_t bytes_max = 3; bytes_max < drops.size() + 2; ++bytes_max) {
    const std::string text = Shorten(drops, bytes_max);
    EXPECT_LE(text.size(), bytes_max);
    EXPECT_TRUE(IsCleanText(text)) << bytes_max;
    EXPECT_EQ(text.size() == drops.size(), bytes_max >= drops.size());
    EXPECT_EQ(text.substr(text.size() - 3) == "...", bytes_max < drops.size()) << bytes_max;
  }
}

}  // namespace
}  // namespace afterhours::core
