#include "base/text.h"

#include <gtest/gtest.h>

#include <random>

namespace afterhours {
namespace {

TEST(CleanText, LeavesValidTextAlone) {
  for (const absl::string_view text : {"", "leak", "caf\xc3\xa9", "\xe2\x82\xac 5", "\xf0\x9f\x92\xa7", "a\nb\tc\x7f",
                                       "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(CleanText(text), text);
    EXPECT_TRUE(IsCleanText(text)) << text;
  }
}

TEST(CleanText, MendsWhatIsBroken) {
  struct Case {
    std::string broken, mended;
  };
  const Case cases[] = {
      {"a\xff"
       "b",
       "a?b"},              // never a byte of UTF-8
      {"a\x80", "a?"},      // continues nothing
      {"caf\xc3", "caf?"},  // cut off
      {"\xe2\x82", "??"},   // cut off
      {"\xe2\x82"
       "x",
       "??x"},                            // followed by something else
      {"\xc0\xaf", "??"},                 // overlong
      {"\xe0\x80\xaf", "???"},            // overlong
      {"\xf0\x80\x80\xaf", "????"},       // overlong
      {"\xed\xa0\x80", "???"},            // a surrogate
      {"\xf4\x90\x80\x80", "????"},       // beyond U+10FFFF
      {"\xf8\x88\x80\x80\x80", "?????"},  // five bytes
      {std::string("a\0b", 3), "a?b"},    // NUL
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CleanText(c.broken), c.mended);
    EXPECT_FALSE(IsCleanText(c.broken)) << c.mended;
  }
}

TEST(CleanText, OfAnyBytesIsCleanAndNoLonger) {
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string clean = CleanText(bytes);
    ASSERT_TRUE(IsCleanText(clean)) << "round " << i;
    ASSERT_LE(clean.size(), bytes.size()) << "round " << i;
    ASSERT_EQ(CleanText(clean), clean) << "round " << i;
    ASSERT_EQ(IsCleanText(bytes), clean == bytes) << "round " << i;
  }
}

TEST(CutText, CutsAtACharactersBoundary) {
  EXPECT_EQ(CutText("leak", 4), "leak");
  EXPECT_EQ(CutText("leak", 3), "lea");
  EXPECT_EQ(CutText("leak", 0), "");
  EXPECT_EQ(CutText("caf\xc3\xa9", 5), "caf\xc3\xa9");
  EXPECT_EQ(CutText("caf\xc3\xa9", 4), "caf");
  EXPECT_EQ(CutText("\xf0\x9f\x92\xa7", 3), "");
}

}  // namespace
}  // namespace afterhours
