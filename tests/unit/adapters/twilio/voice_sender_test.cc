#include "adapters/twilio/voice_sender.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "adapters/twilio/twiml.h"
#include "tests/unit/adapters/twilio/fake_twilio.h"

namespace afterhours::twilio {
namespace {

using core::FailureDecision;
using nlohmann::json;
using testing::HasSubstr;
using Found = LookUpResult::Outcome;

constexpr char kText[] = "Emergency: water leak. Press 1 to accept, 2 to decline, 9 to hear it again.";
constexpr char kFragment[] = "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000";
const absl::Time kSendTime = absl::FromUnixMillis(1692853305'900);

json Call(const std::string& sid, absl::Duration after_sending, const std::string& status = "ringing") {
  return {{"sid", sid},
          {"status", status},
          {"direction", "outbound-api"},
          {"date_created", TwilioDate(kSendTime + after_sending)}};
}

class VoiceSenderTest : public testing::Test {
 protected:
  void AnswerListing(json calls, json next_page_uri = nullptr) {
    twilio_.Answer(200, json{{"calls", std::move(calls)}, {"next_page_uri", std::move(next_page_uri)}}.dump());
  }

  LookUpResult LookUp(const std::string& sid = "") {
    PageInquiry page;
    page.page_id = "page-1";
    page.channel = v1::CHANNEL_VOICE;
    page.to_address = "+19495550111";
    page.provider_message_id = sid;
    page.send_time = kSendTime;
    return Await<LookUpResult>([&](auto done) { sender_.LookUp(page, std::move(done)); });
  }

  VoiceSender SenderFrom(const std::string& default_from, const std::string& voice_from) {
    VoiceSenderOptions options;
    options.account = twilio_.account();
    options.account.default_from = default_from;
    options.voice_from = voice_from;
    return VoiceSender(options, twilio_.client());
  }

  // The From of a call for a page from `from_address`.
  std::string CallerOf(VoiceSender sender, const std::string& from_address) {
    twilio_.Answer(201, R"({"sid": "CA1"})");
    const OutgoingPage page = {"page-1", v1::CHANNEL_VOICE, "+19495550111", from_address, kText};
    Await<SendResult>([&](auto done) { sender.Send(page, std::move(done)); });
    return std::string(FormValue(*ParseForm(twilio_.requests().back().body), "From"));
  }

  FakeTwilio twilio_;
  VoiceSender sender_{{.account = twilio_.account(), .voice_from = ""}, twilio_.client()};
};

TEST_F(VoiceSenderTest, CarriesCallsOnly) {
  EXPECT_EQ(sender_.name(), "twilio");
  EXPECT_TRUE(sender_.Carries(v1::CHANNEL_VOICE));
  for (const v1::Channel channel : {v1::CHANNEL_UNSPECIFIED, v1::CHANNEL_SMS, v1::CHANNEL_EMAIL}) {
    EXPECT_FALSE(sender_.Carries(channel));
  }
  EXPECT_EQ(sender_.DecisionFor("busy"), FailureDecision::kOtherChannel);
  EXPECT_EQ(sender_.DecisionFor("21214"), FailureDecision::kAddressBlocked);
}

TEST_F(VoiceSenderTest, CannotCallWithoutANumber) {
  for (const auto& [account, voice] : {std::pair("MG1", ""), std::pair("", ""), std::pair("+19495550101", "MG1")}) {
    SendResult refused;
    SenderFrom(account, voice).Send({"p", v1::CHANNEL_VOICE, "+19495550111", "", ""}, [&refused](SendResult result) {
      refused = std::move(result);
    });
    EXPECT_EQ(refused.outcome, SendResult::Outcome::kRefused);
    EXPECT_EQ(refused.error_code, "NO_CALLER");
  }
  EXPECT_TRUE(twilio_.requests().empty());
}

TEST_F(VoiceSenderTest, CreatesACall) {
  twilio_.Answer(201, R"({"sid": "CA1", "status": "queued"})");
  const OutgoingPage page = {"page-1", v1::CHANNEL_VOICE, "+19495550111", "", kText};
  const auto result = Await<SendResult>([&](auto done) { sender_.Send(page, std::move(done)); });
  EXPECT_EQ(result.outcome, SendResult::Outcome::kAccepted);
  EXPECT_EQ(result.provider_message_id, "CA1");
  ASSERT_EQ(twilio_.requests().size(), 1u);
  const HttpRequest request = twilio_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, FakeTwilio::kCallsPath);
  EXPECT_EQ(request.Header("Authorization"), "Basic U0t1c2VyOnNlY3JldA==");
  const std::string action = absl::StrCat("https://pages.example.com/webhooks/twilio/ack-call/page-1", kFragment);
  EXPECT_EQ(*ParseForm(request.body),
            (FormFields{{"To", "+19495550111"},
                        {"From", "+19495550101"},
                        {"Twiml", GatherTwiml(kText, action, 2)},
                        {"StatusCallback",
                         absl::StrCat("https://pages.example.com/webhooks/twilio/call-status/page-1", kFragment)},
                        {"StatusCallbackEvent", "initiated"},
                        {"StatusCallbackEvent", "ringing"},
                        {"StatusCallbackEvent", "answered"},
                        {"StatusCallbackEvent", "completed"},
                        {"Timeout", "25"},
                        {"TimeLimit", "180"}}));
}

TEST_F(VoiceSenderTest, CallsFromANumber) {
  EXPECT_EQ(CallerOf(SenderFrom("+19495550101", ""), "+19495550103"), "+19495550103") << "the page's";
  EXPECT_EQ(CallerOf(SenderFrom("+19495550101", ""), "MG1"), "+19495550101");
  EXPECT_EQ(CallerOf(SenderFrom("+19495550101", "+19495550102"), "MG1"), "+19495550102");
  EXPECT_EQ(CallerOf(SenderFrom("MG2", "+19495550102"), ""), "+19495550102");
}

TEST_F(VoiceSenderTest, ACallThatTwilioRefusesIsDecidedByItsCode) {
  twilio_.Answer(400, R"({"code": 21214, "message": "cannot be reached"})");
  const OutgoingPage page = {"page-1", v1::CHANNEL_VOICE, "+19495550111", "", kText};
  const auto result = Await<SendResult>([&](auto done) { sender_.Send(page, std::move(done)); });
  EXPECT_EQ(result.outcome, SendResult::Outcome::kRefused);
  EXPECT_EQ(result.decision, FailureDecision::kAddressBlocked);
}

TEST_F(VoiceSenderTest, LooksUpById) {
  struct Case {
    const char* status;
    v1::PageState state;
    bool over;
    const char* error;
  };
  const Case kCases[] = {{"queued", v1::PAGE_STATE_ACCEPTED, false, ""},
                         {"in-progress", v1::PAGE_STATE_DELIVERED, false, ""},
                         {"completed", v1::PAGE_STATE_DELIVERED, true, ""},
                         {"no-answer", v1::PAGE_STATE_UNDELIVERED, true, "no-answer"},
                         {"canceled", v1::PAGE_STATE_FAILED, true, "canceled"},
                         {"pondering", v1::PAGE_STATE_ACCEPTED, false, ""}};
  for (const Case& c : kCases) {
    twilio_.Answer(200, Call("CA1", absl::ZeroDuration(), c.status).dump());
    const LookUpResult result = LookUp("CA1");
    EXPECT_EQ(result.outcome, Found::kFound) << c.status;
    EXPECT_EQ(result.found.at(0).provider_message_id, "CA1");
    EXPECT_EQ(result.found.at(0).state, c.state) << c.status;
    EXPECT_EQ(result.found.at(0).provider_status, c.status);
    EXPECT_EQ(result.found.at(0).call_over, c.over) << c.status;
    EXPECT_EQ(result.found.at(0).error_code, c.error) << c.status;
    EXPECT_EQ(twilio_.requests().back().target,
              "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls/CA1.json");
  }
  twilio_.Answer(404, R"({"code": 20404})");
  EXPECT_EQ(LookUp("CA1").outcome, Found::kNotFound);
  twilio_.Answer(200, Call("CA2", absl::ZeroDuration()).dump());
  EXPECT_EQ(LookUp("CA1").outcome, Found::kUnknown) << "another call";
}

TEST_F(VoiceSenderTest, FindsTheCallsThatItMayHaveMade) {
  json put_through = Call("CA4", absl::Seconds(1));
  put_through["direction"] = "outbound-dial";
  AnswerListing({put_through, Call("CA2", absl::Seconds(-1), "busy"), Call("CA1", absl::Seconds(-16))});
  const LookUpResult result = LookUp();
  EXPECT_EQ(result.outcome, Found::kFound) << result.error_message;
  EXPECT_FALSE(result.is_named);
  EXPECT_EQ(result.found.size(), 1u);
  EXPECT_EQ(result.found.at(0).provider_message_id, "CA2");
  EXPECT_EQ(result.found.at(0).state, v1::PAGE_STATE_UNDELIVERED);
  EXPECT_TRUE(result.found.at(0).call_over);
  EXPECT_EQ(twilio_.requests()[0].Path(), FakeTwilio::kCallsPath);
  EXPECT_EQ(QueryOf(twilio_.requests()[0]),
            (FormFields{{"To", "+19495550111"}, {"From", "+19495550101"}, {"PageSize", "1000"}}));
}

TEST_F(VoiceSenderTest, ACallThatIsStillQueuedMayHaveNoDate) {
  json call = Call("CA1", absl::ZeroDuration(), "queued");
  call["date_created"] = nullptr;
  AnswerListing(json::array({call}));
  EXPECT_EQ(LookUp().found.at(0).provider_message_id, "CA1");
}

TEST_F(VoiceSenderTest, FindsNoCall) {
  AnswerListing(json::array());
  EXPECT_EQ(LookUp().outcome, Found::kNotFound);
  AnswerListing({Call("CA1", absl::Seconds(-16))});
  EXPECT_EQ(LookUp().outcome, Found::kNotFound) << "it was there before";
  AnswerListing({Call("CA1", sender_.SendTimeout() + absl::Seconds(16))});
  EXPECT_EQ(LookUp().outcome, Found::kNotFound) << "the request was over by then";
}

TEST_F(VoiceSenderTest, TellsOfSeveralCalls) {
  AnswerListing({Call("CA2", absl::Seconds(1)), Call("CA1", absl::ZeroDuration())});
  EXPECT_EQ(LookUp().found.size(), 2u);
}

TEST_F(VoiceSenderTest, IsNotSureOfAnIncompleteListing) {
  AnswerListing({Call("CA1", absl::ZeroDuration())}, absl::StrCat(FakeTwilio::kCallsPath, "?Page=1"));
  twilio_.Answer(502, "<html>Bad Gateway</html>");
  EXPECT_EQ(LookUp().outcome, Found::kUnknown) << "another may be in the rest";
  twilio_.Answer(200, R"({"messages": []})");
  EXPECT_EQ(LookUp().outcome, Found::kUnknown);
}

TEST(PageTwiml, FitsIntoWhatTwilioTakes) {
  const std::string url = absl::StrCat("https://pages.example.com/webhooks/twilio/ack-call/0190", kFragment);
  EXPECT_EQ(PageTwiml(kText, url), GatherTwiml(kText, url, 2));
  const std::string longer = absl::StrCat(std::string(2500, 'x'), kText);
  EXPECT_EQ(PageTwiml(longer, url), GatherTwiml(longer, url)) << "said once";
  for (const char* filling : {"x", "&", "\"", "\xf0\x9f\x92\xa7"}) {
    std::string text = "Water leak ";
    while (text.size() < 9000) text += filling;
    const std::string twiml = PageTwiml(text + kText, url);
    EXPECT_LE(twiml.size(), 4000u) << filling;
    EXPECT_GT(twiml.size(), 1000u) << filling;
    EXPECT_THAT(twiml, HasSubstr("<Say>Water leak ")) << filling;
    EXPECT_THAT(twiml, HasSubstr(absl::StrCat(kText, "</Say></Gather>"))) << filling;
  }
}

}  // namespace
}  // namespace afterhours::twilio
