#include "base/phone.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace afterhours {
namespace {

TEST(ToE164, UnderstandsUsualWaysToWriteANumber) {
  for (const char* text :
       {"+19495550100", "19495550100", "9495550100", "(949) 555-0100", "949.555.0100", "949 555 0100",
        "+1 (949) 555-0100", "1-949-555-0100", " +1 949 555 0100 ", "tel:+1-949-555-0100"}) {
    EXPECT_EQ(ToE164(text), "+19495550100") << text;
  }
}

TEST(ToE164, KeepsForeignNumbers) {
  EXPECT_EQ(ToE164("+44 20 7946 0018"), "+442079460018");
  EXPECT_EQ(ToE164("020 7946 0018", "GB"), "+442079460018");
  EXPECT_EQ(ToE164("+49 30 901820"), "+4930901820");
}

TEST(ToE164, IsUnsetForWhatIsNoNumber) {
  for (const char* text : {"", " ", "anonymous", "Restricted", "unknown", "+", "123", "+1", "0", "12345678901234567890",
                           "+266696687", "sip:ana@example.com", "(949) 555-0100 ext. 7"}) {
    EXPECT_EQ(ToE164(text), std::nullopt) << text;
  }
}

TEST(ToE164, SurvivesAnyBytes) {
  EXPECT_EQ(ToE164("\xff\xfe"), std::nullopt);
  EXPECT_EQ(ToE164(absl::string_view("\0", 1)), std::nullopt);
  EXPECT_EQ(ToE164(std::string(300, '9')), std::nullopt);
}

// A megabyte in a request's field must not hold up a thread: the tests' time
// limit tells.
TEST(ToE164, RefusesAnyLengthAtOnce) { EXPECT_EQ(ToE164(std::string(1000000, '9')), std::nullopt); }

// Plain ones do not go through the library: it must agree.
TEST(ToE164, TakesPlainAmericanNumbersAsTheLibraryDoes) {
  std::minstd_rand random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string digits = absl::StrCat(2 + random() % 8);
    while (digits.size() < 10) absl::StrAppend(&digits, random() % 10);
    for (const char* region : {"US", "GB"}) EXPECT_EQ(ToE164("+1" + digits, region), ToE164("+1 " + digits, region));
  }
}

TEST(ToE164, IsAFixedPoint) {
  for (const char* text : {"(949) 555-0100", "+44 20 7946 0018"}) {
    const std::string e164 = ToE164(text).value();
    EXPECT_EQ(ToE164(e164), e164);
  }
}

}  // namespace
}  // namespace afterhours
