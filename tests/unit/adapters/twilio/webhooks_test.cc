#include "adapters/twilio/webhooks.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <tuple>

namespace afterhours::twilio {
namespace {

using testing::HasSubstr;

FormFields Without(FormFields form, const std::string& name) {
  form.erase(std::remove_if(form.begin(), form.end(), [&](const auto& field) { return field.first == name; }),
             form.end());
  return form;
}

const FormFields kInbound = {{"MessageSid", "SM1"}, {"From", "+19495550111"}, {"To", "+19495550101"},
                             {"Body", "1 K7PD"},    {"NumMedia", "0"},        {"FromCity", ""}};
const FormFields kStatus = {
    {"MessageSid", "SM1"}, {"MessageStatus", "undelivered"}, {"ErrorCode", "30003"}, {"SmsSid", "SM1"}};

TEST(ReadInboundMessage, IsATextReply) {
  const auto request = ReadInboundMessage(kInbound);
  ASSERT_TRUE(request.ok()) << request.status();
  const v1::TextReply& reply = request->text_reply();
  EXPECT_EQ(reply.provider(), "twilio");
  EXPECT_EQ(reply.provider_message_id(), "SM1");
  EXPECT_EQ(reply.from_number(), "+19495550111");
  EXPECT_EQ(reply.to_number(), "+19495550101");
  EXPECT_EQ(reply.body(), "1 K7PD");
}

TEST(ReadInboundMessage, NamesTheMissingField) {
  for (const char* name : {"MessageSid", "From", "To"}) {
    const auto request = ReadInboundMessage(Without(kInbound, name));
    ASSERT_TRUE(absl::IsInvalidArgument(request.status())) << name;
    EXPECT_THAT(request.status().message(), HasSubstr(name));
  }
  EXPECT_TRUE(ReadInboundMessage(Without(kInbound, "Body")).ok()) << "a picture has no body";
}

TEST(ReadInboundMessage, MendsBrokenText) {
  FormFields form = Without(kInbound, "Body");
  form.emplace_back("Body", "caf\xe9");
  EXPECT_EQ(ReadInboundMessage(form)->text_reply().body(), "caf?");
}

TEST(ReadMessageStatus, IsAReceiptForItsPage) {
  const auto request = ReadMessageStatus(kStatus, "page-1");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->provider(), "twilio");
  EXPECT_EQ(request->page_id(), "page-1");
  EXPECT_EQ(request->provider_message_id(), "SM1");
  EXPECT_EQ(request->provider_status(), "undelivered");
  EXPECT_EQ(request->state(), v1::PAGE_STATE_UNDELIVERED);
  EXPECT_EQ(request->error_code(), "30003");
}

TEST(ReadMessageStatus, KnowsEachStatus) {
  for (const auto& [status, state] : {std::pair{"accepted", v1::PAGE_STATE_ACCEPTED},
                                      {"queued", v1::PAGE_STATE_ACCEPTED},
                                      {"sending", v1::PAGE_STATE_ACCEPTED},
                                      {"sent", v1::PAGE_STATE_SENT},
                                      {"delivered", v1::PAGE_STATE_DELIVERED},
                                      {"read", v1::PAGE_STATE_DELIVERED},
                                      {"undelivered", v1::PAGE_STATE_UNDELIVERED},
                                      {"failed", v1::PAGE_STATE_FAILED},
                                      {"canceled", v1::PAGE_STATE_FAILED}}) {
    const auto request = ReadMessageStatus({{"MessageSid", "SM1"}, {"MessageStatus", status}}, "page-1");
    ASSERT_TRUE(request.ok()) << status;
    EXPECT_EQ(request->state(), state) << status;
    EXPECT_EQ(request->error_code(), "");
  }
}

TEST(ReadMessageStatus, PassesOverWhatTellsNothing) {
  for (const char* status : {"scheduled", "receiving", "partially_delivered", "DELIVERED", "new"}) {
    const auto request = ReadMessageStatus({{"MessageSid", "SM1"}, {"MessageStatus", status}}, "page-1");
    EXPECT_TRUE(absl::IsNotFound(request.status())) << status;
  }
}

TEST(ReadMessageStatus, NamesTheMissingField) {
  for (const char* name : {"MessageSid", "MessageStatus"}) {
    const auto request = ReadMessageStatus(Without(kStatus, name), "page-1");
    ASSERT_TRUE(absl::IsInvalidArgument(request.status())) << name;
    EXPECT_THAT(request.status().message(), HasSubstr(name));
  }
}

FormFields With(FormFields form, const std::string& name, const std::string& value) {
  form = Without(std::move(form), name);
  form.emplace_back(name, value);
  return form;
}

const FormFields kKeyPress = {
    {"CallSid", "CA1"}, {"CallStatus", "in-progress"}, {"Digits", "1"}, {"msg", "Gather End"}};
const FormFields kEndedCall = {{"CallSid", "CA2"},
                               {"CallStatus", "completed"},
                               {"Direction", "inbound"},
                               {"From", "+19495550123"},
                               {"To", "+19495550100"},
                               {"CallDuration", "90"},
                               {"Timestamp", "Sat, 21 Nov 2026 09:30:30 +0000"}};

TEST(ReadKeyPress, IsAnAnswerForItsPage) {
  const auto request = ReadKeyPress(kKeyPress, "page-1");
  ASSERT_TRUE(request.ok()) << request.status();
  const v1::KeyPress& press = request->key_press();
  EXPECT_EQ(press.provider(), "twilio");
  EXPECT_EQ(press.page_id(), "page-1");
  EXPECT_EQ(press.provider_call_id(), "CA1");
  EXPECT_EQ(press.digits(), "1");
}

TEST(ReadKeyPress, TakesNoKeyForNoKey) {
  for (const FormFields& form : {Without(kKeyPress, "Digits"), With(kKeyPress, "Digits", "")}) {
    const auto request = ReadKeyPress(form, "page-1");
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->key_press().digits(), "");
  }
}

TEST(ReadKeyPress, CutsWhatNoHumanMeant) {
  EXPECT_EQ(ReadKeyPress(With(kKeyPress, "Digits", std::string(500, '1')), "page-1")->key_press().digits().size(), 32u);
}

TEST(ReadKeyPress, NamesTheMissingField) {
  const auto request = ReadKeyPress(Without(kKeyPress, "CallSid"), "page-1");
  ASSERT_TRUE(absl::IsInvalidArgument(request.status()));
  EXPECT_THAT(request.status().message(), HasSubstr("CallSid"));
}

TEST(ReadCallStatus, KnowsEachStatus) {
  for (const auto& [status, state, over, error_code] : {std::tuple{"queued", v1::PAGE_STATE_ACCEPTED, false, ""},
                                                        {"initiated", v1::PAGE_STATE_ACCEPTED, false, ""},
                                                        {"ringing", v1::PAGE_STATE_SENT, false, ""},
                                                        {"in-progress", v1::PAGE_STATE_DELIVERED, false, ""},
                                                        {"answered", v1::PAGE_STATE_DELIVERED, false, ""},
                                                        {"completed", v1::PAGE_STATE_DELIVERED, true, ""},
                                                        {"busy", v1::PAGE_STATE_UNDELIVERED, true, "busy"},
                                                        {"no-answer", v1::PAGE_STATE_UNDELIVERED, true, "no-answer"},
                                                        {"failed", v1::PAGE_STATE_FAILED, true, "failed"},
                                                        {"canceled", v1::PAGE_STATE_FAILED, true, "canceled"}}) {
    const auto request = ReadCallStatus({{"CallSid", "CA1"}, {"CallStatus", status}}, "page-1");
    ASSERT_TRUE(request.ok()) << status;
    EXPECT_EQ(request->provider(), "twilio");
    EXPECT_EQ(request->page_id(), "page-1");
    EXPECT_EQ(request->provider_message_id(), "CA1");
    EXPECT_EQ(request->provider_status(), status);
    EXPECT_EQ(request->state(), state) << status;
    EXPECT_EQ(request->call_over(), over) << status;
    EXPECT_EQ(request->error_code(), error_code) << status;
  }
}

TEST(ReadCallStatus, PassesOverWhatTellsNothing) {
  for (const char* status : {"COMPLETED", "new"}) {
    EXPECT_TRUE(absl::IsNotFound(ReadCallStatus({{"CallSid", "CA1"}, {"CallStatus", status}}, "page-1").status()));
  }
}

TEST(ReadCallStatus, NamesTheMissingField) {
  for (const char* name : {"CallSid", "CallStatus"}) {
    const auto request = ReadCallStatus(Without(kKeyPress, name), "page-1");
    ASSERT_TRUE(absl::IsInvalidArgument(request.status())) << name;
    EXPECT_THAT(request.status().message(), HasSubstr(name));
  }
}

TEST(ReadEndedCall, IsACallToDispatch) {
  const auto request = ReadEndedCall(kEndedCall);
  ASSERT_TRUE(request.ok()) << request.status();
  const v1::Call& call = request->call();
  EXPECT_EQ(call.source(), v1::CALL_SOURCE_TWILIO);
  EXPECT_EQ(call.external_call_id(), "CA2");
  EXPECT_EQ(call.twilio_call_sid(), "CA2");
  EXPECT_EQ(call.caller_number(), "+19495550123");
  EXPECT_EQ(call.called_number(), "+19495550100");
  EXPECT_EQ(call.end_time().seconds(), 1795253430);
  EXPECT_EQ(call.start_time().seconds(), 1795253340);
}

TEST(ReadEndedCall, TakesEveryEnd) {
  for (const char* status : {"completed", "busy", "failed", "no-answer", "canceled"}) {
    EXPECT_TRUE(ReadEndedCall(With(kEndedCall, "CallStatus", status)).ok()) << status;
  }
  for (const char* status : {"queued", "initiated", "ringing", "in-progress", "new"}) {
    EXPECT_TRUE(absl::IsNotFound(ReadEndedCall(With(kEndedCall, "CallStatus", status)).status())) << status;
  }
}

TEST(ReadEndedCall, TakesOnlyCallsThatCameIn) {
  EXPECT_TRUE(ReadEndedCall(Without(kEndedCall, "Direction")).ok());
  for (const char* direction : {"outbound-api", "outbound-dial", "outbound"}) {
    EXPECT_TRUE(absl::IsNotFound(ReadEndedCall(With(kEndedCall, "Direction", direction)).status())) << direction;
  }
}

TEST(ReadEndedCall, DoesNotLoseACallToAWithheldNumber) {
  for (const char* from : {"anonymous", "Anonymous", "", "+266696687", "+7378742833", "+2562533", "+8656696",
                           "+86282452253", "sip:ana@example.com", "\xff"}) {
    const auto request = ReadEndedCall(With(kEndedCall, "From", from));
    ASSERT_TRUE(request.ok()) << from;
    EXPECT_EQ(request->call().caller_number(), "") << from;
  }
}

TEST(ReadEndedCall, TellsTheTimesThatItKnows) {
  const v1::Call no_duration = ReadEndedCall(Without(kEndedCall, "CallDuration"))->call();
  EXPECT_TRUE(no_duration.has_end_time());
  EXPECT_FALSE(no_duration.has_start_time());
  for (const char* timestamp : {"", "yesterday", "2026-11-21T09:30:30Z", "Sat, 21 Nov 1926 09:30:30 +0000"}) {
    const v1::Call call = ReadEndedCall(With(kEndedCall, "Timestamp", timestamp))->call();
    EXPECT_FALSE(call.has_end_time()) << timestamp;
    EXPECT_FALSE(call.has_start_time()) << timestamp;
  }
  for (const char* duration : {"", "-1", "9999999999", "a while"}) {
    EXPECT_FALSE(ReadEndedCall(With(kEndedCall, "CallDuration", duration))->call().has_start_time()) << duration;
  }
}

TEST(ReadEndedCall, NamesTheMissingField) {
  for (const char* name : {"CallSid", "CallStatus"}) {
    const auto request = ReadEndedCall(Without(kEndedCall, name));
    ASSERT_TRUE(absl::IsInvalidArgument(request.status())) << name;
    EXPECT_THAT(request.status().message(), HasSubstr(name));
  }
}

}  // namespace
}  // namespace afterhours::twilio
