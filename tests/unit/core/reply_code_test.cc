#include "server/core/reply_code.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "base/ids.h"
#include "server/core/reply.h"

namespace afterhours::core {
namespace {

TEST(ReplyCode, OfAnyIdHasTheFormOfACodeAndIsReadBack) {
  for (int i = 0; i < 10000; ++i) {
    const std::string code = ReplyCodeOf(NewId());
    ASSERT_TRUE(IsReplyCode(code)) << code;
    const Reply bare = ParseReply(absl::AsciiStrToLower(code)), decline = ParseReply("2 " + code);
    ASSERT_EQ(bare.kind, Reply::Kind::kAccept) << code;
    ASSERT_EQ(bare.code, code);
    ASSERT_EQ(decline.kind, Reply::Kind::kDecline) << code;
    ASSERT_EQ(decline.code, code);
  }
}

TEST(ReplyCode, DependsOnTheRandomPartOfTheIdOnly) {
  const std::string code = ReplyCodeOf("00000000-0000-7000-8000-0123456789ab");
  EXPECT_EQ(ReplyCodeOf("ffffffff-ffff-7fff-bfff-0123456789ab"), code);
  EXPECT_EQ(ReplyCodeOf("00000000-0000-7000-8000-0123456789AB"), code) << "an id's case does not matter";
  EXPECT_NE(ReplyCodeOf("00000000-0000-7000-8000-0123456789ac"), code);
}

TEST(ReplyCode, SpreadsOverItsWholeAlphabet) {
  std::set<std::string> codes;
  std::set<char> firsts, rests;
  for (int i = 0; i < 20000; ++i) {
    const std::string code = ReplyCodeOf(NewId());
    codes.insert(code);
    firsts.insert(code[0]);
    rests.insert(code.begin() + 1, code.end());
  }
  EXPECT_EQ(firsts.size(), 16u);
  EXPECT_EQ(rests.size(), 21u);
  EXPECT_GT(codes.size(), 17000u) << "of 148,176 codes, 20,000 draws repeat about 1,300";
}

TEST(ReplyCode, HasNothingThatCanBeMisread) {
  for (const char* word : {"", "K7P", "K7PDX", "7KPD", "k7pd", "KAPD", "K0PD", "K1PD", "K2PD", "K5PD", "K8PD", "KOPD",
                           "KIPD", "KLPD", "KBPD", "KSPD", "KZPD", "KYPD", "K PD"}) {
    EXPECT_FALSE(IsReplyCode(word)) << word;
  }
  EXPECT_FALSE(IsReplyCode(absl::string_view("K7P\0", 4)));
  EXPECT_TRUE(IsReplyCode("K7PD"));
}

}  // namespace
}  // namespace afterhours::core
