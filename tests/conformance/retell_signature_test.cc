#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "adapters/retell/signature.h"
#include "tests/conformance/vectors.h"

namespace afterhours::retell {
namespace {

class RetellVectorTest : public testing::TestWithParam<RetellVector> {
 protected:
  bool IsSignedAt(std::int64_t now_ms) const {
    return IsSigned({vector_.key}, vector_.body, vector_.header, absl::FromUnixMillis(now_ms));
  }
  bool Takes(const std::string& header) const {
    return IsSigned({vector_.key}, vector_.body, header, absl::FromUnixMillis(vector_.time_ms));
  }
  std::string digest() const { return vector_.header.substr(vector_.header.find("d=") + 2); }

  const RetellVector vector_ = GetParam();
};
INSTANTIATE_TEST_SUITE_P(Sdk, RetellVectorTest, testing::ValuesIn(RetellVectors()),
                         [](const auto& info) { return info.param.id; });

TEST_P(RetellVectorTest, IsAcceptedWithinFiveMinutesEitherWay) {
  for (const std::int64_t age_ms : {0, 1, -1, 300000, -300000}) {
    EXPECT_TRUE(IsSignedAt(vector_.time_ms + age_ms)) << age_ms;
  }
  for (const std::int64_t age_ms : {300001, -300001, 86400000, -86400000}) {
    EXPECT_FALSE(IsSignedAt(vector_.time_ms + age_ms)) << age_ms;
  }
}

TEST_P(RetellVectorTest, IsAcceptedWithEitherKeyDuringARotation) {
  const absl::Time now = absl::FromUnixMillis(vector_.time_ms);
  EXPECT_TRUE(IsSigned({"old", vector_.key}, vector_.body, vector_.header, now));
  EXPECT_TRUE(IsSigned({vector_.key, "old"}, vector_.body, vector_.header, now));
  for (const std::vector<std::string>& keys : {std::vector<std::string>{}, {""}, {"old"}, {vector_.key + " "}}) {
    EXPECT_FALSE(IsSigned(keys, vector_.body, vector_.header, now));
  }
}

TEST_P(RetellVectorTest, IsRefusedWithItsDigestInUpperCase) {
  EXPECT_FALSE(Takes(absl::StrCat("v=", vector_.time_ms, ",d=", absl::AsciiStrToUpper(digest()))));
}

TEST_P(RetellVectorTest, IsRefusedWithAnyByteOfItsHeaderChanged) {
  for (std::size_t at = 0; at < vector_.header.size(); ++at) {
    for (unsigned bits = 1; bits < 256; ++bits) {
      const std::string header = WithByteChanged(vector_.header, at, bits);
      ASSERT_FALSE(Takes(header)) << header;
    }
  }
}

TEST_P(RetellVectorTest, IsRefusedWithAnyByteOfItsBodyChanged) {
  for (std::size_t at = 0; at < vector_.body.size(); ++at) {
    for (unsigned bits = 1; bits < 256; ++bits) {
      const std::string body = WithByteChanged(vector_.body, at, bits);
      ASSERT_FALSE(IsSigned({vector_.key}, body, vector_.header, absl::FromUnixMillis(vector_.time_ms))) << body;
    }
  }
}

TEST_P(RetellVectorTest, IsRefusedWhenDigitsMoveBetweenBodyAndTime) {
  // Body and time are signed as one text.
  const std::string time = absl::StrCat(vector_.time_ms);
  const std::string header = absl::StrCat("v=", time.substr(1), ",d=", digest());
  EXPECT_FALSE(IsSigned({vector_.key}, vector_.body + time.substr(0, 1), header, absl::FromUnixMillis(vector_.time_ms)))
      << "the time is far off then";
}

TEST_P(RetellVectorTest, IsRefusedWithAMalformedHeader) {
  const std::string v = absl::StrCat("v=", vector_.time_ms), d = "d=" + digest();
  for (const std::string& header : {std::string(),
                                    std::string(","),
                                    v,
                                    d,
                                    v + ",",
                                    "," + d,
                                    v + d,
                                    absl::StrCat(vector_.time_ms, ",", digest()),
                                    "v=," + d,
                                    d + "," + v,
                                    v + "," + d.substr(0, d.size() - 1),
                                    v + "," + d + "0",
                                    v + "," + d + ",",
                                    v + "," + d + ",x=1",
                                    v + "," + d + " ",
                                    v + "," + d + "\n",
                                    " " + v + "," + d,
                                    v + ", " + d,
                                    v + "," + v + "," + d,
                                    "v=abc," + d,
                                    "v=0x18bcfe56800," + d,
                                    "v=-1700000000000," + d,
                                    "v=+1700000000000," + d,
                                    "v=1700000000000.0," + d,
                                    "v= 1700000000000," + d,
                                    "v=9223372036854775808," + d,
                                    "v=99999999999999999999999999," + d,
                                    "V=1700000000000," + d,
                                    v + ",D=" + digest(),
                                    v + ",d=" + std::string(64, 'g')}) {
    EXPECT_FALSE(Takes(header)) << "\"" << header << "\"";
  }
}

}  // namespace
}  // namespace afterhours::retell
