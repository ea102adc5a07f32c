#include "adapters/twilio/sms_sender.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/adapters/twilio/fake_twilio.h"

namespace afterhours::twilio {
namespace {

using core::FailureDecision;
using nlohmann::json;
using testing::HasSubstr;
using Found = LookUpResult::Outcome;

constexpr char kNextPage[] =
    "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json?PageSize=1000&Page=1&PageToken=PASM1";
const absl::Time kSendTime = absl::FromUnixMillis(1692853305'900);

json Message(const std::string& sid, absl::Duration after_sending, const std::string& text = "Leak. Code K7PD") {
  return {{"sid", sid},
          {"status", "delivered"},
          {"direction", "outbound-api"},
          {"from", "+19495550101"},
          {"to", "+19495550111"},
          {"body", text},
          {"error_code", nullptr},
          {"date_created", TwilioDate(kSendTime + after_sending)},
          {"date_sent", nullptr}};
}

json With(json object, const char* name, json value) {
  object[name] = std::move(value);
  return object;
}

class SmsSenderTest : public testing::Test {
 protected:
  void AnswerListing(json messages, json next_page_uri = nullptr) {
    twilio_.Answer(200, json{{"messages", std::move(messages)}, {"next_page_uri", std::move(next_page_uri)}}.dump());
  }

  LookUpResult LookUp(const PageInquiry& page) {
    return Await<LookUpResult>([&](auto done) { sender_.LookUp(page, std::move(done)); });
  }

  absl::StatusOr<std::vector<v1::TextReply>> ListReplies() {
    return Await<absl::StatusOr<std::vector<v1::TextReply>>>(
        [&](auto done) { sender_.ListReplies("+19495550111", "", kSendTime, std::move(done)); });
  }

  static PageInquiry Inquiry() {
    PageInquiry page;
    page.page_id = "page-1";
    page.channel = v1::CHANNEL_SMS;
    page.to_address = "+19495550111";
    page.reply_code = "K7PD";
    page.send_time = kSendTime;
    return page;
  }

  FakeTwilio twilio_;
  SmsSender sender_{{.account = twilio_.account()}, twilio_.client()};
};

TEST_F(SmsSenderTest, CarriesTextMessagesOnly) {
  EXPECT_EQ(sender_.name(), "twilio");
  EXPECT_TRUE(sender_.Carries(v1::CHANNEL_SMS));
  for (const v1::Channel channel :
       {v1::CHANNEL_UNSPECIFIED, v1::CHANNEL_VOICE, v1::CHANNEL_EMAIL, v1::CHANNEL_WHATSAPP}) {
    EXPECT_FALSE(sender_.Carries(channel));
  }
  EXPECT_EQ(sender_.SendTimeout(), twilio_.client().options().timeout);
  EXPECT_EQ(sender_.DecisionFor("21610"), FailureDecision::kAddressBlocked);
}

TEST_F(SmsSenderTest, CreatesAMessage) {
  twilio_.Answer(201, R"({"sid": "SM1", "status": "queued"})");
  const OutgoingPage page = {"page-1", v1::CHANNEL_SMS, "+19495550111", "", "Water leak & more. Code K7PD"};
  const auto result = Await<SendResult>([&](auto done) { sender_.Send(page, std::move(done)); });
  EXPECT_EQ(result.outcome, SendResult::Outcome::kAccepted);
  EXPECT_EQ(result.provider_message_id, "SM1");
  ASSERT_EQ(twilio_.requests().size(), 1u);
  const HttpRequest request = twilio_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, FakeTwilio::kMessagesPath);
  EXPECT_EQ(request.Header("Authorization"), "Basic U0t1c2VyOnNlY3JldA==");
  EXPECT_EQ(request.MediaType(), "application/x-www-form-urlencoded");
  EXPECT_EQ(*ParseForm(request.body), (FormFields{{"To", "+19495550111"},
                                                  {"From", "+19495550101"},
                                                  {"Body", "Water leak & more. Code K7PD"},
                                                  {"StatusCallback",
                                                   "https://pages.example.com/webhooks/twilio/sms-status/page-1"
                                                   "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000"},
                                                  {"ValidityPeriod", "600"}}));
}

TEST_F(SmsSenderTest, SendsThroughThePagesMessagingService) {
  twilio_.Answer(201, R"({"sid": "SM1"})");
  const OutgoingPage page = {"page-1", v1::CHANNEL_SMS, "+19495550111", "MG1", "x"};
  Await<SendResult>([&](auto done) { sender_.Send(page, std::move(done)); });
  const FormFields form = *ParseForm(twilio_.requests()[0].body);
  EXPECT_EQ(FormValue(form, "MessagingServiceSid"), "MG1");
  EXPECT_EQ(FormValue(form, "From"), "");
}

TEST_F(SmsSenderTest, LooksUpById) {
  twilio_.Answer(200,
                 With(With(Message("SM1", absl::ZeroDuration()), "status", "undelivered"), "error_code", 30003).dump());
  PageInquiry page = Inquiry();
  page.provider_message_id = "SM1";
  const LookUpResult result = LookUp(page);
  EXPECT_EQ(result.outcome, Found::kFound);
  EXPECT_EQ(result.found.at(0).provider_message_id, "SM1");
  EXPECT_EQ(result.found.at(0).state, v1::PAGE_STATE_UNDELIVERED);
  EXPECT_EQ(result.found.at(0).provider_status, "undelivered");
  EXPECT_EQ(result.found.at(0).error_code, "30003");
  EXPECT_FALSE(result.found.at(0).call_over);
  ASSERT_EQ(twilio_.requests().size(), 1u);
  EXPECT_EQ(twilio_.requests()[0].method, "GET");
  EXPECT_EQ(twilio_.requests()[0].target, "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/SM1.json");
  EXPECT_EQ(twilio_.requests()[0].Header("Authorization"), "Basic U0t1c2VyOnNlY3JldA==");
}

TEST_F(SmsSenderTest, AMessageWithAStatusThatIsNewIsWithTwilio) {
  twilio_.Answer(200, With(Message("SM1", absl::ZeroDuration()), "status", "pondering").dump());
  PageInquiry page = Inquiry();
  page.provider_message_id = "SM1";
  const LookUpResult result = LookUp(page);
  EXPECT_EQ(result.outcome, Found::kFound);
  EXPECT_EQ(result.found.at(0).state, v1::PAGE_STATE_ACCEPTED);
  EXPECT_EQ(result.found.at(0).provider_status, "pondering");
}

TEST_F(SmsSenderTest, LooksUpByIdWhatIsNotThere) {
  PageInquiry page = Inquiry();
  page.provider_message_id = "SM1";
  twilio_.Answer(404, R"({"code": 20404, "message": "not found"})");
  EXPECT_EQ(LookUp(page).outcome, Found::kNotFound);
  twilio_.Answer(404, "<html>Not Found</html>");
  EXPECT_EQ(LookUp(page).outcome, Found::kUnknown);
  twilio_.Answer(503, R"({"code": 20503, "message": "try later"})");
  const LookUpResult result = LookUp(page);
  EXPECT_EQ(result.outcome, Found::kUnknown);
  EXPECT_EQ(result.error_message, "HTTP 503: try later");
}

TEST_F(SmsSenderTest, LooksForWhatItHasNoIdOf) {
  AnswerListing({Message("SM4", absl::Seconds(2), "Taken by Ana."), Message("SM3", absl::Seconds(1)),
                 Message("SM2", absl::ZeroDuration()), Message("SM1", absl::Seconds(-90))});
  const LookUpResult result = LookUp(Inquiry());
  EXPECT_EQ(result.outcome, Found::kFound) << result.error_message;
  EXPECT_TRUE(result.is_named);
  EXPECT_EQ(result.found.at(0).provider_message_id, "SM3") << "the newest";
  EXPECT_EQ(result.found.at(1).provider_message_id, "SM2");
  EXPECT_EQ(result.found.size(), 2u);
  EXPECT_EQ(result.found.at(0).state, v1::PAGE_STATE_DELIVERED);
  ASSERT_EQ(twilio_.requests().size(), 1u);
  EXPECT_EQ(twilio_.requests()[0].Path(), FakeTwilio::kMessagesPath);
  EXPECT_EQ(QueryOf(twilio_.requests()[0]),
            (FormFields{{"To", "+19495550111"}, {"From", "+19495550101"}, {"PageSize", "1000"}}));
}

TEST_F(SmsSenderTest, LooksWithoutSenderWhereTwilioPicksIt) {
  AnswerListing(json::array());
  PageInquiry page = Inquiry();
  page.from_address = "MG1";
  EXPECT_EQ(LookUp(page).outcome, Found::kNotFound);
  EXPECT_EQ(QueryOf(twilio_.requests()[0]), (FormFields{{"To", "+19495550111"}, {"PageSize", "1000"}}));
}

TEST_F(SmsSenderTest, AnIdThatIsNoSidIsLookedFor) {
  AnswerListing({Message("SM1", absl::ZeroDuration())});
  PageInquiry page = Inquiry();
  page.provider_message_id = "../Calls/CA1";
  EXPECT_EQ(LookUp(page).found.at(0).provider_message_id, "SM1");
  EXPECT_EQ(twilio_.requests()[0].Path(), FakeTwilio::kMessagesPath);
}

TEST_F(SmsSenderTest, PassesOverWhatIsAnotherPage) {
  const json messages[] = {Message("SM1", absl::ZeroDuration(), "Leak. Code K7PX"),
                           Message("SM1", absl::ZeroDuration(), "K7PD"),
                           Message("SM1", absl::Seconds(-62)),
                           With(Message("SM1", absl::ZeroDuration()), "direction", "inbound"),
                           With(Message("SM1", absl::ZeroDuration()), "direction", "outbound-reply"),
                           With(Message("SM1", absl::ZeroDuration()), "body", nullptr)};
  for (const json& message : messages) {
    AnswerListing(json::array({message}));
    EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kNotFound) << message;
  }
}

TEST_F(SmsSenderTest, AllowsForClocksAndForMissingDates) {
  for (const json& date : {json(TwilioDate(kSendTime - absl::Seconds(60) + absl::Milliseconds(100))),
                           json(TwilioDate(kSendTime + absl::Hours(1))), json(nullptr), json("soon")}) {
    AnswerListing(json::array({With(Message("SM1", absl::ZeroDuration()), "date_created", date)}));
    EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kFound) << date;
  }
}

TEST_F(SmsSenderTest, GoesThroughAllAnswers) {
  AnswerListing({Message("SM3", absl::ZeroDuration(), "x")}, kNextPage);
  AnswerListing({Message("SM2", absl::ZeroDuration())}, kNextPage);
  AnswerListing({Message("SM1", absl::Seconds(5))});
  EXPECT_EQ(LookUp(Inquiry()).found.at(0).provider_message_id, "SM1") << "no order is promised";
  ASSERT_EQ(twilio_.requests().size(), 3u);
  EXPECT_EQ(twilio_.requests()[1].target, kNextPage);
}

TEST_F(SmsSenderTest, IsNotSureOfMoreThanItMayRead) {
  for (int i = 0; i < 5; ++i) AnswerListing({Message("SM1", absl::ZeroDuration(), "x")}, kNextPage);
  const LookUpResult result = LookUp(Inquiry());
  EXPECT_EQ(result.outcome, Found::kUnknown);
  EXPECT_THAT(result.error_message, HasSubstr("more than 5 entries"));
  EXPECT_EQ(twilio_.requests().size(), 5u);
}

TEST_F(SmsSenderTest, IsNotSureOfAListingThatBreaksOff) {
  AnswerListing(json::array(), kNextPage);
  twilio_.Answer(200, R"({"messages": [{"sid": "SM)");
  EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kUnknown);
  AnswerListing({Message("SM1", absl::ZeroDuration())}, kNextPage);
  twilio_.Answer(500, "");
  EXPECT_EQ(LookUp(Inquiry()).found.at(0).provider_message_id, "SM1") << "what was found is found";
  twilio_.Answer(200, "<html>maintenance</html>");
  EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kUnknown);
  twilio_.Answer(404, R"({"code": 20404})");
  EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kUnknown) << "no listing is not an empty one";
}

TEST_F(SmsSenderTest, TakesALongListingAndIsNotSureOfOneThatIsCut) {
  json messages = json::array();
  for (int i = 0; i < 100; ++i) messages.push_back(Message("SM1", absl::ZeroDuration(), std::string(1600, 'x')));
  AnswerListing(messages);
  EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kNotFound);
  messages.push_back(With(Message("SM2", absl::ZeroDuration()), "padding", std::string(4 << 20, 'x')));
  AnswerListing(messages);
  const LookUpResult result = LookUp(Inquiry());
  EXPECT_EQ(result.outcome, Found::kUnknown);
  EXPECT_THAT(result.error_message, HasSubstr("too long"));
}

TEST_F(SmsSenderTest, CarriesItsCredentialsNowhereElse) {
  const std::string account = "/2010-04-01/Accounts/AC00000000000000000000000000000001/";
  for (const std::string& uri :
       {std::string("https://evil.example.com/"), std::string("//evil.example.com/"), std::string("@evil.example.com/"),
        std::string(".evil.example.com/2010-04-01/"), std::string(":81/2010-04-01/"),
        std::string("/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages.json"),
        std::string("/2010-04-01/Accounts/AC00000000000000000000000000000001"), account + "../AC2/Messages.json",
        account + "Messages.json?a=b\r\nX: y", account + "Messages.json ?"}) {
    const std::size_t before = twilio_.requests().size();
    AnswerListing(json::array(), uri);
    EXPECT_EQ(LookUp(Inquiry()).outcome, Found::kUnknown) << uri;
    EXPECT_EQ(twilio_.requests().size(), before + 1) << uri;
  }
}

TEST_F(SmsSenderTest, IsNotSureWithoutACode) {
  AnswerListing({Message("SM1", absl::ZeroDuration())});
  PageInquiry page = Inquiry();
  page.reply_code = "";
  EXPECT_EQ(LookUp(page).outcome, Found::kUnknown);
}

TEST_F(SmsSenderTest, ListsRepliesOldestFirst) {
  const auto reply = [](const std::string& sid, absl::Duration after, const std::string& text) {
    return With(With(With(Message(sid, after, text), "direction", "inbound"), "from", "+19495550111"), "to",
                "+19495550101");
  };
  AnswerListing({reply("SM6", absl::Seconds(40), "1 K7PD"), reply("SM5", absl::Seconds(10), "second"),
                 reply("SM4", absl::Seconds(10), "first"), Message("SM3", absl::Seconds(5))},
                kNextPage);
  AnswerListing({reply("SM2", absl::ZeroDuration(), std::string("a\0b", 3)), reply("SM1", absl::Seconds(-1), "old")},
                kNextPage);
  const auto replies = ListReplies();
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 4u);
  EXPECT_EQ((*replies)[0].provider_message_id(), "SM2");
  EXPECT_EQ((*replies)[0].body(), "a?b");
  EXPECT_EQ((*replies)[1].body(), "first");
  EXPECT_EQ((*replies)[2].body(), "second");
  EXPECT_EQ((*replies)[3].provider(), "twilio");
  EXPECT_EQ((*replies)[3].provider_message_id(), "SM6");
  EXPECT_EQ((*replies)[3].from_number(), "+19495550111");
  EXPECT_EQ((*replies)[3].to_number(), "+19495550101");
  EXPECT_EQ((*replies)[3].body(), "1 K7PD");
  ASSERT_EQ(twilio_.requests().size(), 2u) << "two answers at most";
  EXPECT_EQ(QueryOf(twilio_.requests()[0]),
            (FormFields{
                {"From", "+19495550111"}, {"DateSent>", "2023-08-24"}, {"To", "+19495550101"}, {"PageSize", "1000"}}));
}

TEST_F(SmsSenderTest, AReplyWithoutADateHasJustCome) {
  const json dated = With(Message("SM1", absl::Seconds(3), "1"), "direction", "inbound");
  AnswerListing(
      {With(With(Message("SM2", absl::ZeroDuration(), "1"), "direction", "inbound"), "date_created", nullptr), dated});
  const auto replies = ListReplies();
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_EQ(replies->size(), 2u);
  EXPECT_EQ((*replies)[0].receive_time().seconds(), absl::ToUnixSeconds(kSendTime + absl::Seconds(3)));
  EXPECT_FALSE((*replies)[1].has_receive_time());
}

TEST_F(SmsSenderTest, RepliesThatCannotBeListedAreUnavailable) {
  twilio_.Answer(503, "");
  EXPECT_TRUE(absl::IsUnavailable(ListReplies().status()));
  AnswerListing({With(Message("SM1", absl::ZeroDuration()), "direction", "inbound")}, kNextPage);
  twilio_.Answer(503, "");
  ASSERT_TRUE(ListReplies().ok());
  AnswerListing(json::array());
  ASSERT_TRUE(ListReplies().ok());
}

}  // namespace
}  // namespace afterhours::twilio
