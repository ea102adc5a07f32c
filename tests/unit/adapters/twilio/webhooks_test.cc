#include "adapters/twilio/webhooks.h"

#include <gmock/gmock.h>

#include <algorithm>

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

}  // namespace
}  // namespace afterhours::twilio
