#include "adapters/twilio/twiml.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace afterhours::twilio {
namespace {

constexpr char kHead[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

std::string Message(absl::string_view escaped) {
  return absl::StrCat(kHead, "<Response><Message>", escaped, "</Message></Response>");
}

TEST(MessageTwiml, SaysTheText) { EXPECT_EQ(MessageTwiml("It is yours."), Message("It is yours.")); }

TEST(MessageTwiml, SaysNothingWithoutText) { EXPECT_EQ(MessageTwiml(""), absl::StrCat(kHead, "<Response/>")); }

TEST(MessageTwiml, EscapesMarkup) {
  EXPECT_EQ(MessageTwiml("</Message><Dial>+1</Dial> \"Smith & Sons\" &lt;"),
            Message("&lt;/Message&gt;&lt;Dial&gt;+1&lt;/Dial&gt; &quot;Smith &amp; Sons&quot; &amp;lt;"));
  EXPECT_EQ(MessageTwiml("]]>"), Message("]]&gt;"));
}

TEST(MessageTwiml, KeepsLinesAndCharactersAndNothingThatXmlCannotSay) {
  EXPECT_EQ(MessageTwiml("a\nb\tc"), Message("a\nb\tc"));
  EXPECT_EQ(MessageTwiml("caf\xc3\xa9 \xf0\x9f\x92\xa7"), Message("caf\xc3\xa9 \xf0\x9f\x92\xa7"));
  EXPECT_EQ(MessageTwiml(absl::string_view("a\0b\x01"
                                           "c\x1b\r",
                                           7)),
            Message("a b c  "));
}

constexpr char kAction[] = "https://pages.example.com/webhooks/twilio/ack-call/0190#rc=5&rp=ct,rt,5xx";

std::string Gather(absl::string_view escaped) {
  return absl::StrCat(
      "<Gather action=\"https://pages.example.com/webhooks/twilio/ack-call/0190#rc=5&amp;rp=ct,rt,5xx\""
      " method=\"POST\" input=\"dtmf\" numDigits=\"1\" timeout=\"10\"><Say>",
      escaped, "</Say></Gather>");
}

TEST(GatherTwiml, SaysTheTextWaitsForAKeyAndSaysGoodbye) {
  EXPECT_EQ(GatherTwiml("Press 1.", kAction), absl::StrCat(kHead, "<Response>", Gather("Press 1."),
                                                           "<Say>No key was pressed. Goodbye.</Say></Response>"));
}

TEST(GatherTwiml, AsksAsOftenAsToldTo) {
  EXPECT_EQ(GatherTwiml("Press 1.", kAction, 2),
            absl::StrCat(kHead, "<Response>", Gather("Press 1."), Gather("Press 1."),
                         "<Say>No key was pressed. Goodbye.</Say></Response>"));
}

TEST(GatherTwiml, EscapesTextAndUrl) {
  EXPECT_EQ(GatherTwiml("</Say></Gather><Dial>+1</Dial> & \x01", kAction),
            absl::StrCat(kHead, "<Response>", Gather("&lt;/Say&gt;&lt;/Gather&gt;&lt;Dial&gt;+1&lt;/Dial&gt; &amp;  "),
                         "<Say>No key was pressed. Goodbye.</Say></Response>"));
  EXPECT_NE(GatherTwiml("x", "https://h/\" input=\"speech").find("action=\"https://h/&quot; input=&quot;speech\""),
            std::string::npos);
}

TEST(SayTwiml, SaysTheTextAndHangsUp) {
  EXPECT_EQ(SayTwiml("Yours. Ana <1> & \"co\"."),
            absl::StrCat(kHead, "<Response><Say>Yours. Ana &lt;1&gt; &amp; &quot;co&quot;.</Say><Hangup/></Response>"));
  EXPECT_EQ(SayTwiml(""), absl::StrCat(kHead, "<Response><Hangup/></Response>"));
}

}  // namespace
}  // namespace afterhours::twilio
