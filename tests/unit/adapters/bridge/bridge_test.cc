#include "adapters/bridge/bridge.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/mocks/mock_dispatch_connection.h"

namespace afterhours::bridge {
namespace {

using testing::_;
using testing::Contains;
using testing::DoAll;
using testing::HasSubstr;
using testing::Pair;
using testing::Return;
using testing::SaveArg;

constexpr char kPublicUrl[] = "https://pages.example.com";
constexpr char kToken[] = "12345";
constexpr char kRetellKey[] = "key";
const FormFields kReply = {{"MessageSid", "SM1"}, {"From", "+19495550111"}, {"To", "+19495550101"}, {"Body", "1"}};
const FormFields kDelivered = {{"MessageSid", "SM1"}, {"MessageStatus", "delivered"}};
const FormFields kEndedCall = {{"CallSid", "CA1"}, {"CallStatus", "completed"}, {"To", "+19495550100"}};

std::string Hmac(const EVP_MD* hash, absl::string_view key, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(hash, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       digest, &length);
  return std::string(reinterpret_cast<const char*>(digest), length);
}

class BridgeTest : public testing::Test {
 protected:
  BridgeTest() {
    char folder[] = "/tmp/afterhours-bridge-XXXXXX";
    folder_ = mkdtemp(folder);
    OpenJournal(1 << 20);
  }
  ~BridgeTest() override {
    bridge_.reset();
    forwarder_.reset();
    journal_.reset();
    std::filesystem::remove_all(folder_);
  }

  void OpenJournal(std::int64_t payload_bytes_max) {
    journal_.reset();
    journal_ = Journal::Open({.path = folder_ + "/journal.db", .payload_bytes_max = payload_bytes_max}).value();
    MakeBridge(journal_.get());
  }

  void MakeBridge(Journal* journal) {
    Config config;
    config.public_url = kPublicUrl;
    config.twilio_auth_tokens = {kToken};
    config.retell_api_keys = {kRetellKey};
    bridge_.reset();
    metrics_ = std::make_unique<Metrics>();
    forwarder_ = std::make_unique<Forwarder>(client_, client_, journal, clock_, *metrics_);
    bridge_ = std::make_unique<Bridge>(config, client_, *forwarder_, clock_, *metrics_);
  }

  HttpResponse Get(const std::string& target) {
    return bridge_->Handle({.method = "GET", .target = target, .headers = {}, .body = ""});
  }

  HttpResponse PostForm(const std::string& target, const FormFields& form, const std::string& token = kToken) {
    std::string text = kPublicUrl + target;
    for (const auto& [name, value] : std::map<std::string, std::string>(form.begin(), form.end())) {
      absl::StrAppend(&text, name, value);
    }
    return bridge_->Handle({.method = "POST",
                            .target = target,
                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                        {"X-Twilio-Signature", absl::Base64Escape(Hmac(EVP_sha1(), token, text))}},
                            .body = EncodeForm(form)});
  }

  HttpResponse PostCallEnded() {
    const std::string body = R"({"event": "call_ended", "call": {"call_id": "c1", "to_number": "+19495550100"}})";
    const std::string millis = absl::StrCat(absl::ToUnixMillis(clock_.Now()));
    const std::string digest = absl::BytesToHexString(Hmac(EVP_sha256(), kRetellKey, body + millis));
    return bridge_->Handle({.method = "POST",
                            .target = "/webhooks/retell/call-ended",
                            .headers = {{"Content-Type", "application/json"},
                                        {"x-retell-signature", absl::StrCat("v=", millis, ",d=", digest)}},
                            .body = body});
  }

  static FormFields Key(const std::string& digits) { return {{"CallSid", "CA1"}, {"Digits", digits}}; }

  // From now on, until `forwarder_` has replayed.
  void LetDispatchdBeAway() {
    ON_CALL(*connection_, Dispatch(_)).WillByDefault(Return(absl::UnavailableError("away")));
    ON_CALL(*connection_, Ack(_)).WillByDefault(Return(absl::UnavailableError("away")));
    ON_CALL(*connection_, ReportDelivery(_)).WillByDefault(Return(absl::UnavailableError("away")));
    ON_CALL(*connection_, Status(_)).WillByDefault(Return(absl::UnavailableError("away")));
  }

  std::string folder_;
  Clock clock_;
  std::shared_ptr<testing::NiceMock<MockDispatchConnection>> connection_ =
      std::make_shared<testing::NiceMock<MockDispatchConnection>>();
  DispatchClient client_{connection_};
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<Bridge> bridge_;
};

TEST_F(BridgeTest, AKeyPressIsAnsweredWithWhatDispatchdSays) {
  v1::AckRequest request;
  v1::AckResponse response;
  response.set_reply_text("It is yours.");
  EXPECT_CALL(*connection_, Ack(_)).WillOnce(DoAll(SaveArg<0>(&request), Return(response)));
  const HttpResponse answer = PostForm("/webhooks/twilio/ack-call/page-1", Key("1"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/xml");
  EXPECT_THAT(answer.body, HasSubstr("<Say>It is yours.</Say><Hangup/>"));
  EXPECT_EQ(request.key_press().page_id(), "page-1");
  EXPECT_EQ(request.key_press().digits(), "1");
}

TEST_F(BridgeTest, AKeyPressThatDecidesNothingIsAskedForAgain) {
  v1::AckResponse response;
  response.set_reply_text("Press 1 & go.");
  response.set_ask_again(true);
  EXPECT_CALL(*connection_, Ack(_)).WillOnce(Return(response));
  const std::string body = PostForm("/webhooks/twilio/ack-call/page-1", Key("9")).body;
  EXPECT_THAT(body, HasSubstr("action=\"https://pages.example.com/webhooks/twilio/ack-call/page-1#rc=5&amp;rp="));
  EXPECT_THAT(body, HasSubstr("<Say>Press 1 &amp; go.</Say></Gather>"));
}

TEST_F(BridgeTest, ACallsStatusIsAReceipt) {
  v1::ReportDeliveryRequest request;
  EXPECT_CALL(*connection_, ReportDelivery(_))
      .WillOnce(DoAll(SaveArg<0>(&request), Return(v1::ReportDeliveryResponse())));
  EXPECT_EQ(PostForm("/webhooks/twilio/call-status/page-1", {{"CallSid", "CA1"}, {"CallStatus", "busy"}}).status, 204);
  EXPECT_EQ(request.page_id(), "page-1");
  EXPECT_EQ(request.state(), v1::PAGE_STATE_UNDELIVERED);
  EXPECT_TRUE(request.call_over());
  EXPECT_CALL(*connection_, ReportDelivery(_)).Times(0);
  EXPECT_EQ(PostForm("/webhooks/twilio/call-status/page-1", {{"CallSid", "CA1"}, {"CallStatus", "new"}}).status, 204);
}

TEST_F(BridgeTest, AnEndedCallIsDispatched) {
  v1::DispatchRequest request;
  EXPECT_CALL(*connection_, Dispatch(_)).WillOnce(DoAll(SaveArg<0>(&request), Return(v1::DispatchResponse())));
  EXPECT_EQ(PostForm("/webhooks/twilio/status-callback", kEndedCall).status, 204);
  EXPECT_EQ(request.call().twilio_call_sid(), "CA1");
  EXPECT_CALL(*connection_, Dispatch(_)).Times(0);
  EXPECT_EQ(PostForm("/webhooks/twilio/status-callback", {{"CallSid", "CA1"}, {"CallStatus", "ringing"}}).status, 204);
  EXPECT_EQ(PostForm("/webhooks/twilio/status-callback", {{"CallStatus", "completed"}}).status, 400);
}

TEST_F(BridgeTest, WhatIsNotSignedGetsNowhere) {
  EXPECT_CALL(*connection_, Ack(_)).Times(0);
  EXPECT_CALL(*connection_, Dispatch(_)).Times(0);
  EXPECT_CALL(*connection_, ReportDelivery(_)).Times(0);
  for (const char* target : {"/webhooks/twilio/ack-call/page-1", "/webhooks/twilio/call-status/page-1",
                             "/webhooks/twilio/status-callback", "/webhooks/twilio/sms"}) {
    EXPECT_EQ(PostForm(target, kEndedCall, "another token").status, 403) << target;
    EXPECT_EQ(Get(target).status, 405) << target;
  }
  EXPECT_TRUE(journal_->stats().entries() == 0);
}

TEST_F(BridgeTest, WhileDispatchdIsAwayEachProviderIsAnsweredAndTheJournalHasIt) {
  LetDispatchdBeAway();
  EXPECT_EQ(PostCallEnded().status, 204);
  EXPECT_EQ(PostForm("/webhooks/twilio/status-callback", kEndedCall).status, 204);
  EXPECT_EQ(PostForm("/webhooks/twilio/sms-status/page-1", kDelivered).status, 204);
  EXPECT_EQ(PostForm("/webhooks/twilio/call-status/page-1", {{"CallSid", "CA1"}, {"CallStatus", "busy"}}).status, 204);
  const HttpResponse reply = PostForm("/webhooks/twilio/sms", kReply);
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("<Message>Got your answer."));
  for (const char* digits : {"1", "2"}) {
    EXPECT_THAT(PostForm("/webhooks/twilio/ack-call/page-1", Key(digits)).body, HasSubstr("Your answer is noted"));
  }
  for (const char* digits : {"", "9", "#"}) {
    const std::string body = PostForm("/webhooks/twilio/ack-call/page-1", Key(digits)).body;
    EXPECT_THAT(body, HasSubstr("<Gather action=\"https://pages.example.com/webhooks/twilio/ack-call/page-1#rc="));
  }
  EXPECT_EQ(journal_->stats().entries(), 10);
  EXPECT_THAT(Get("/metrics").body, HasSubstr("afterhours_journal_entries 10\n"));
  EXPECT_THAT(Get("/metrics").body,
              HasSubstr("afterhours_webhooks_total{kind=\"sms\",outcome=\"journaled\",source=\"twilio\"} 1"));
  EXPECT_EQ(nlohmann::json::parse(Get("/health").body)["journal_entries"], 10);
}

TEST_F(BridgeTest, WhoeverOptedOutIsNotAnsweredTwice) {
  LetDispatchdBeAway();
  FormFields stop = kReply;
  stop.emplace_back("OptOutType", "STOP");
  EXPECT_THAT(PostForm("/webhooks/twilio/sms", stop).body, HasSubstr("<Response/>"));
  EXPECT_EQ(journal_->stats().entries(), 1);
}

TEST_F(BridgeTest, AFullJournalIsAnswered503) {
  OpenJournal(1);
  LetDispatchdBeAway();
  const HttpResponse answer = PostCallEnded();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.headers, Contains(Pair("Retry-After", "2")));
  EXPECT_THAT(answer.body, HasSubstr("JOURNAL_FULL"));
}

TEST_F(BridgeTest, WithoutAJournalAnOutageIsAnswered503) {
  MakeBridge(nullptr);
  LetDispatchdBeAway();
  EXPECT_EQ(PostForm("/webhooks/twilio/sms", kReply).status, 503);
  EXPECT_EQ(Get("/readyz").status, 503);
  EXPECT_TRUE(nlohmann::json::parse(Get("/health").body)["journal_entries"].is_null());
}

TEST_F(BridgeTest, IsReadyWhileItCanKeepWhatComes) {
  EXPECT_CALL(*connection_, Status(_)).WillOnce(Return(absl::NotFoundError("")));
  EXPECT_EQ(Get("/readyz").body, "ready\n");
  LetDispatchdBeAway();
  EXPECT_CALL(*connection_, Status(_)).WillOnce(Return(absl::UnavailableError("away")));
  const HttpResponse away = Get("/readyz");
  EXPECT_EQ(away.status, 200);
  EXPECT_EQ(away.body, "ready, journaling: dispatchd does not answer\n");
  EXPECT_EQ(PostForm("/webhooks/twilio/sms", kReply).status, 200);
  EXPECT_CALL(*connection_, Status(_)).Times(0);
  EXPECT_EQ(Get("/readyz").body, "ready, journaling: 1 requests wait for dispatchd\n");
}

TEST_F(BridgeTest, IsNotReadyWithAFullJournal) {
  OpenJournal(/*payload_bytes_max=*/10);
  ASSERT_TRUE(journal_->Append(JournalKind::kAck, "", std::string(10, 'x'), clock_.Now()).ok());
  EXPECT_EQ(Get("/readyz").status, 503);
}

}  // namespace
}  // namespace afterhours::bridge
