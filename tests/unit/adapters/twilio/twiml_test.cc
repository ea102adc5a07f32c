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

}  // namespace
}  // namespace afterhours::twilio
