#include "server/core/reply.h"

#include <gtest/gtest.h>

namespace afterhours::core {
namespace {

using Kind = Reply::Kind;

struct Case {
  const char* body;
  Kind kind;
  const char* code;
};

void PrintTo(const Case& c, std::ostream* out) { *out << '"' << c.body << '"'; }

class ParseReplyTest : public testing::TestWithParam<Case> {};

TEST_P(ParseReplyTest, SaysWhatWasMeant) {
  const Reply reply = ParseReply(GetParam().body);
  EXPECT_EQ(reply.kind, GetParam().kind);
  EXPECT_EQ(reply.code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Accepts, ParseReplyTest,
                         testing::Values(Case{"1", Kind::kAccept, ""}, Case{" 1 \n", Kind::kAccept, ""},
                                         Case{"\"1\"", Kind::kAccept, ""}, Case{"1.", Kind::kAccept, ""},
                                         Case{"accept", Kind::kAccept, ""}, Case{"ACK", Kind::kAccept, ""},
                                         Case{"Mine!", Kind::kAccept, ""}, Case{"yes", Kind::kAccept, ""},
                                         Case{"Ok", Kind::kAccept, ""}, Case{"1 K7PD", Kind::kAccept, "K7PD"},
                                         Case{"1 k7pd", Kind::kAccept, "K7PD"}, Case{"1k7pd", Kind::kAccept, "K7PD"},
                                         Case{"1-K7PD", Kind::kAccept, "K7PD"}, Case{"k7pd", Kind::kAccept, "K7PD"},
                                         Case{"Take K7PD.", Kind::kAccept, "K7PD"}));

INSTANTIATE_TEST_SUITE_P(Declines, ParseReplyTest,
                         testing::Values(Case{"2", Kind::kDecline, ""}, Case{"no", Kind::kDecline, ""},
                                         Case{"Decline", Kind::kDecline, ""}, Case{"pass", Kind::kDecline, ""},
                                         Case{"2 K7PD", Kind::kDecline, "K7PD"},
                                         Case{"2K7PD", Kind::kDecline, "K7PD"}));

INSTANTIATE_TEST_SUITE_P(
    LeavesToTheProvider, ParseReplyTest,
    testing::Values(Case{"STOP", Kind::kProviderKeyword, ""}, Case{"stop.", Kind::kProviderKeyword, ""},
                    Case{"Unsubscribe", Kind::kProviderKeyword, ""}, Case{"cancel", Kind::kProviderKeyword, ""},
                    Case{"end", Kind::kProviderKeyword, ""}, Case{"START", Kind::kProviderKeyword, ""},
                    Case{"help", Kind::kProviderKeyword, ""}, Case{"REVOKE", Kind::kProviderKeyword, ""}));

INSTANTIATE_TEST_SUITE_P(
    DoesNotGuess, ParseReplyTest,
    testing::Values(Case{"", Kind::kNotUnderstood, ""}, Case{"   ", Kind::kNotUnderstood, ""},
                    Case{"?!", Kind::kNotUnderstood, ""}, Case{"12", Kind::kNotUnderstood, ""},
                    Case{"11", Kind::kNotUnderstood, ""}, Case{"3", Kind::kNotUnderstood, ""},
                    Case{"1 2", Kind::kNotUnderstood, ""}, Case{"who is this", Kind::kNotUnderstood, ""},
                    Case{"1 hour away", Kind::kNotUnderstood, ""}, Case{"yes but later", Kind::kNotUnderstood, ""},
                    Case{"1 AAAA", Kind::kNotUnderstood, ""}, Case{"stop it", Kind::kNotUnderstood, ""},
                    Case{"\xf0\x9f\x91\x8d", Kind::kNotUnderstood, ""}));

TEST(IsOptIn, HoldsForTheProvidersWordsAlone) {
  for (const char* body : {"START", "start", " Unstop. ", "YES", "yes!"}) EXPECT_TRUE(IsOptIn(body)) << body;
  for (const char* body : {"", "1", "STOP", "start again", "yes please", "YES K7PD", "restart"}) {
    EXPECT_FALSE(IsOptIn(body)) << body;
  }
}

}  // namespace
}  // namespace afterhours::core
