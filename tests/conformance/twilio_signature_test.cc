#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "adapters/twilio/signature.h"
#include "tests/conformance/vectors.h"

namespace afterhours::twilio {
namespace {

bool IsSigned(const TwilioVector& v) {
  if (!v.body.empty()) return IsSignedBody({v.token}, v.url, v.body, v.signature);
  return IsSignedForm({v.token}, v.url, v.params, v.signature);
}

// For what no vector covers: base64(HMAC-SHA1(token, text)).
std::string Signature(absl::string_view token, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha1(), token.data(), static_cast<int>(token.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &length);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), length));
}

TEST(TwilioVectors, AreAllThere) { EXPECT_EQ(TwilioVectors().size(), 10u); }

class TwilioVectorTest : public testing::TestWithParam<TwilioVector> {};
INSTANTIATE_TEST_SUITE_P(Sdk, TwilioVectorTest, testing::ValuesIn(TwilioVectors()),
                         [](const auto& info) { return info.param.id; });

TEST_P(TwilioVectorTest, IsAccepted) { EXPECT_TRUE(IsSigned(GetParam())); }

TEST_P(TwilioVectorTest, IsAcceptedWithItsFieldsInAnyOrder) {
  TwilioVector vector = GetParam();
  std::reverse(vector.params.begin(), vector.params.end());
  EXPECT_TRUE(IsSigned(vector));
  std::sort(vector.params.begin(), vector.params.end());
  EXPECT_TRUE(IsSigned(vector));
}

TEST_P(TwilioVectorTest, IsAcceptedWithEitherTokenDuringARotation) {
  const TwilioVector& v = GetParam();
  for (const std::vector<std::string>& tokens : {std::vector<std::string>{"old", v.token}, {v.token, "old"}}) {
    EXPECT_TRUE(v.body.empty() ? IsSignedForm(tokens, v.url, v.params, v.signature)
                               : IsSignedBody(tokens, v.url, v.body, v.signature));
  }
}

TEST_P(TwilioVectorTest, IsRefusedWithAnyByteOfItsSignatureChanged) {
  for (std::size_t at = 0; at < GetParam().signature.size(); ++at) {
    for (unsigned bits = 1; bits < 256; ++bits) {
      TwilioVector vector = GetParam();
      vector.signature = WithByteChanged(vector.signature, at, bits);
      ASSERT_FALSE(IsSigned(vector)) << "byte " << at << ", bits " << bits;
    }
  }
}

TEST_P(TwilioVectorTest, IsRefusedWithAnyByteOfItsUrlChanged) {
  for (std::size_t at = 0; at < GetParam().url.size(); ++at) {
    for (unsigned bits = 1; bits < 256; bits *= 2) {
      TwilioVector vector = GetParam();
      vector.url = WithByteChanged(vector.url, at, bits);
      ASSERT_FALSE(IsSigned(vector)) << vector.url;
    }
  }
}

TEST_P(TwilioVectorTest, IsRefusedWithAnyByteOfItsContentChanged) {
  const TwilioVector& original = GetParam();
  for (unsigned bits = 1; bits < 256; bits *= 2) {
    for (std::size_t at = 0; at < original.body.size(); ++at) {
      TwilioVector vector = original;
      vector.body = WithByteChanged(vector.body, at, bits);
      ASSERT_FALSE(IsSigned(vector)) << vector.body;
    }
    for (std::size_t i = 0; i < original.params.size(); ++i) {
      for (std::size_t at = 0; at < original.params[i].first.size(); ++at) {
        TwilioVector vector = original;
        vector.params[i].first = WithByteChanged(vector.params[i].first, at, bits);
        ASSERT_FALSE(IsSigned(vector)) << vector.params[i].first;
      }
      for (std::size_t at = 0; at < original.params[i].second.size(); ++at) {
        TwilioVector vector = original;
        vector.params[i].second = WithByteChanged(vector.params[i].second, at, bits);
        ASSERT_FALSE(IsSigned(vector)) << vector.params[i].first << "=" << vector.params[i].second;
      }
    }
  }
}

TEST_P(TwilioVectorTest, IsRefusedWithoutItsSignatureOrToken) {
  TwilioVector vector = GetParam();
  vector.signature = "";
  EXPECT_FALSE(IsSigned(vector)) << "an absent header";
  vector = GetParam();
  vector.signature += " ";
  EXPECT_FALSE(IsSigned(vector));
  vector.signature = GetParam().signature.substr(0, 27);
  EXPECT_FALSE(IsSigned(vector));
  vector = GetParam();
  vector.token = "12346";
  EXPECT_FALSE(IsSigned(vector));
  vector.token = "";
  EXPECT_FALSE(IsSigned(vector));
  EXPECT_FALSE(IsSignedForm({}, vector.url, vector.params, vector.signature));
  EXPECT_FALSE(IsSignedBody({}, vector.url, vector.body, vector.signature));
}

TEST(TwilioSignature, IsTriedWithAndWithoutThePort) {
  TwilioVector t1 = TwilioVectorOf("T1");
  t1.url = absl::StrReplaceAll(t1.url, {{"mycompany.com/", "mycompany.com:1234/"}});
  EXPECT_TRUE(IsSigned(t1)) << "signed without the port that the request has";
  for (const auto& [id, port] : {std::pair{"T3", ":443"}, {"T4", ":80"}}) {
    TwilioVector vector = TwilioVectorOf(id);
    vector.url = absl::StrReplaceAll(vector.url, {{port, ""}});
    EXPECT_TRUE(IsSigned(vector)) << "signed with the port of its scheme: " << id;
  }
  TwilioVector t2 = TwilioVectorOf("T2");
  t2.url = absl::StrReplaceAll(t2.url, {{":1234", ""}});
  EXPECT_FALSE(IsSigned(t2)) << "another port than the scheme's is not guessed";
}

TEST(TwilioSignature, SortsByNameAlone) {
  TwilioVector t14 = TwilioVectorOf("T14");
  t14.signature = "95+Bu0JVPi0r/SsESZCVf0dWAjw=";  // what sorting names and values together gives
  EXPECT_FALSE(IsSigned(t14));
}

TEST(TwilioSignature, CountsEmptyFieldsAndSpaces) {
  const std::string url = "https://mycompany.com/sms";
  const FormFields params = {{"Body", " 1 \n"}, {"FromCity", ""}};
  EXPECT_TRUE(IsSignedForm({"12345"}, url, params, Signature("12345", url + "Body 1 \nFromCity")));
  EXPECT_FALSE(IsSignedForm({"12345"}, url, params, Signature("12345", url + "Body 1 \n"))) << "a dropped field";
  EXPECT_FALSE(IsSignedForm({"12345"}, url, params, Signature("12345", url + "Body1FromCity"))) << "a trimmed value";
}

TEST(TwilioSignature, MindsASlashAtTheEnd) {
  TwilioVector t1 = TwilioVectorOf("T1");
  t1.url = absl::StrReplaceAll(t1.url, {{"myapp.php", "myapp.php/"}});
  EXPECT_FALSE(IsSigned(t1));
}

TEST(TwilioSignature, OfABodyNeedsItsHash) {
  const TwilioVector& t6 = TwilioVectorOf("T6");
  EXPECT_FALSE(IsSignedBody({t6.token}, t6.url, "", t6.signature));
  EXPECT_FALSE(IsSignedBody({t6.token}, t6.url, t6.body + " ", t6.signature));
  const std::string bare = "https://mycompany.com/myapp.php";
  for (const std::string& url : {bare, bare + "?foo=1", bare + "?bodySHA256=", bare + "?bodySHA25=0a"}) {
    EXPECT_FALSE(IsSignedBody({"12345"}, url, "{}", Signature("12345", url))) << url;
  }
  EXPECT_FALSE(IsSignedForm({t6.token}, t6.url, {{"property", "value"}}, t6.signature));
}

}  // namespace
}  // namespace afterhours::twilio
