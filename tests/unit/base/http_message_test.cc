#include "base/http_message.h"

#include <gmock/gmock.h>

#include <random>

namespace afterhours {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

FormFields Parsed(absl::string_view body) {
  const absl::StatusOr<FormFields> fields = ParseForm(body);
  EXPECT_TRUE(fields.ok()) << fields.status();
  return fields.value_or(FormFields());
}

TEST(HttpRequest, FindsAHeaderInAnyCase) {
  HttpRequest request;
  request.headers = {{"X-Twilio-Signature", "first"}, {"x-twilio-signature", "second"}};
  EXPECT_EQ(request.Header("X-TWILIO-SIGNATURE"), "first");
  EXPECT_EQ(request.Header("X-Other"), "");
}

TEST(HttpRequest, TellsPathFromQuery) {
  HttpRequest request;
  request.target = "/a%20b?c=d?e";
  EXPECT_EQ(request.Path(), "/a%20b");
  request.target = "/a";
  EXPECT_EQ(request.Path(), "/a");
  request.target = "?c=d";
  EXPECT_EQ(request.Path(), "");
}

TEST(HttpRequest, TellsTheMediaType) {
  HttpRequest request;
  EXPECT_EQ(request.MediaType(), "");
  request.headers = {{"content-type", " Application/JSON ; charset=utf-8"}};
  EXPECT_EQ(request.MediaType(), "application/json");
}

TEST(ParseForm, KeepsOrderRepeatsAndEmptyValues) {
  EXPECT_THAT(Parsed("b=2&a=&b=1&b=2&c"),
              ElementsAre(Pair("b", "2"), Pair("a", ""), Pair("b", "1"), Pair("b", "2"), Pair("c", "")));
  EXPECT_THAT(Parsed("&&a=1&"), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(Parsed("="), ElementsAre(Pair("", "")));
  EXPECT_THAT(Parsed(""), IsEmpty());
}

TEST(ParseForm, DecodesNamesAndValues) {
  EXPECT_THAT(Parsed("From=%2B19495550123&Body=It%27s+a%20leak"),
              ElementsAre(Pair("From", "+19495550123"), Pair("Body", "It's a leak")));
  EXPECT_THAT(Parsed("a%3Db=c%26d=e"), ElementsAre(Pair("a=b", "c&d=e")));
  EXPECT_THAT(Parsed("a=%F0%9f%92%A7"), ElementsAre(Pair("a", "\xf0\x9f\x92\xa7")));
  EXPECT_THAT(Parsed("a=%00"), ElementsAre(Pair("a", std::string(1, '\0'))));
}

TEST(ParseForm, RefusesBrokenEscapes) {
  for (const char* body :
       {"a=%", "a=%4", "a=%zz", "a=%4z", "a=%z4", "a=b%&c=d", "%=b", "%4=b", "a=1&b=%2", "a=% 4", "a=%+4", "a=%%34"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseForm(body).status())) << body;
  }
}

TEST(EncodeForm, EscapesWhatMeansSomething) {
  EXPECT_EQ(EncodeForm({{"To", "+1949"}, {"Body", "a b&c=d%"}, {"e", ""}}), "To=%2b1949&Body=a%20b%26c%3dd%25&e=");
  EXPECT_EQ(EncodeForm({}), "");
}

TEST(EncodeForm, OfAnyBytesIsReadBack) {
  std::mt19937 random(11);
  const auto bytes = [&random] {
    std::string text(random() % 20, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  for (int i = 0; i < 2000; ++i) {
    FormFields fields(random() % 6);
    for (auto& [name, value] : fields) name = bytes(), value = bytes();
    ASSERT_EQ(Parsed(EncodeForm(fields)), fields) << "round " << i;
  }
}

TEST(FormValue, IsTheFirstOfItsName) {
  const FormFields fields = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(FormValue(fields, "a"), "1");
  EXPECT_EQ(FormValue(fields, "A"), "") << "names are case-sensitive";
  EXPECT_EQ(FormValue(fields, "c"), "");
}

}  // namespace
}  // namespace afterhours
