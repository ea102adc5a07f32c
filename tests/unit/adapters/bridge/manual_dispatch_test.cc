#include "adapters/bridge/manual_dispatch.h"

#include <gmock/gmock.h>

#include "base/status.h"

namespace afterhours::bridge {
namespace {

using testing::HasSubstr;

void ExpectRefused(absl::string_view body, absl::string_view reason, absl::string_view fault) {
  const auto request = ReadManualDispatch(body);
  ASSERT_TRUE(absl::IsInvalidArgument(request.status())) << body;
  EXPECT_EQ(ErrorReason(request.status()), reason) << body;
  EXPECT_THAT(request.status().message(), HasSubstr(fault)) << body;
}

TEST(ManualDispatch, TheDocumentedBodyIsRead) {
  const auto request = ReadManualDispatch(R"({
    "callId": "call-1",
    "callData": {"callerPhone": "+19495550123", "twilioToNumber": "+19495550100", "emergencyLevel": "HIGH",
                 "issueSummary": "Water leak", "transcript": "User: help"}})");
  ASSERT_TRUE(request.ok()) << request.status();
  const v1::Call& call = request->call();
  EXPECT_EQ(call.source(), v1::CALL_SOURCE_MANUAL);
  EXPECT_EQ(call.external_call_id(), "call-1");
  EXPECT_EQ(call.caller_number(), "+19495550123");
  EXPECT_EQ(call.called_number(), "+19495550100");
  EXPECT_EQ(call.urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(call.summary(), "Water leak");
  EXPECT_EQ(call.transcript(), "User: help");
  EXPECT_EQ(request->request_id(), "");
}

TEST(ManualDispatch, EverythingButCallDataIsOptional) {
  const auto request = ReadManualDispatch(R"({"callData": {"callerPhone": null}})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->call().source(), v1::CALL_SOURCE_MANUAL);
  EXPECT_EQ(request->call().external_call_id(), "");
  EXPECT_EQ(request->call().urgency(), v1::URGENCY_UNSPECIFIED);
}

TEST(ManualDispatch, TakesTheCallIdFromEitherPlace) {
  EXPECT_EQ(ReadManualDispatch(R"({"callData": {"callId": "inner"}})")->call().external_call_id(), "inner");
  EXPECT_EQ(ReadManualDispatch(R"({"callId": "outer", "callData": {"callId": "inner"}})")->call().external_call_id(),
            "outer");
}

TEST(ManualDispatch, ReadsTheLevelInAnyCase) {
  for (const char* level : {"low", "Low", "LOW"}) {
    const auto request = ReadManualDispatch(std::string(R"({"callData": {"emergencyLevel": ")") + level + "\"}}");
    ASSERT_TRUE(request.ok()) << level;
    EXPECT_EQ(request->call().urgency(), v1::URGENCY_LOW);
  }
}

TEST(ManualDispatch, RefusesWhatIsNoJsonObject) {
  for (const char* body :
       {"", "{", "callData", "{\"callData\": {}} x", "{\"callData\": {\"issueSummary\": \"\xff\"}}"}) {
    ExpectRefused(body, "MALFORMED", "not JSON");
  }
  for (const char* body : {"[]", "null", "7", "\"callData\""}) ExpectRefused(body, "MALFORMED", "not a JSON object");
}

TEST(ManualDispatch, NamesEachFieldAtFault) {
  ExpectRefused("{}", "FIELD_INVALID", "callData: is required");
  ExpectRefused(R"({"callData": []})", "FIELD_INVALID", "callData: is required");
  ExpectRefused(R"({"callData": {"callerPhone": 1949}})", "FIELD_INVALID", "callData.callerPhone: must be a text");
  ExpectRefused(R"({"callData": {"twilioToNumber": {}}})", "FIELD_INVALID", "callData.twilioToNumber: must be a text");
  ExpectRefused(R"({"callData": {"issueSummary": true}})", "FIELD_INVALID", "callData.issueSummary: must be a text");
  ExpectRefused(R"({"callData": {"transcript": []}})", "FIELD_INVALID", "callData.transcript: must be a text");
  ExpectRefused(R"({"callId": 7, "callData": {}})", "FIELD_INVALID", "callId: must be a text");
  ExpectRefused(R"({"callData": {"emergency": "HIGH"}})", "FIELD_INVALID", "callData.emergency: is not a known field");
  for (const char* level : {"URGENT", "UNSPECIFIED", "HIGH ", "1"}) {
    ExpectRefused(std::string(R"({"callData": {"emergencyLevel": ")") + level + "\"}}", "FIELD_INVALID",
                  "callData.emergencyLevel: must be HIGH, MEDIUM or LOW");
  }
}

TEST(ManualDispatch, NamesAllFieldsAtOnce) {
  ExpectRefused(R"({"callData": {"x": 1, "transcript": 2}})", "FIELD_INVALID", "callData.x");
  ExpectRefused(R"({"callData": {"x": 1, "transcript": 2}})", "FIELD_INVALID", "callData.transcript");
}

}  // namespace
}  // namespace afterhours::bridge
