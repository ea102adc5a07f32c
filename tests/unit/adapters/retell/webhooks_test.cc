#include "adapters/retell/webhooks.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/rpc/convert.h"

namespace afterhours::retell {
namespace {

using testing::HasSubstr;

// Retell's sample of call_ended, from its documentation.
constexpr char kSample[] = R"({"event":"call_ended","call":{"call_type":"phone_call","from_number":"+12137771234",
  "to_number":"+12137771235","direction":"inbound","call_id":"Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6",
  "agent_id":"oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD","call_status":"registered","metadata":{},
  "retell_llm_dynamic_variables":{"customer_name":"John Doe"},"start_timestamp":1714608475945,
  "end_timestamp":1714608491736,"disconnection_reason":"user_hangup","transcript":"...","transcript_object":[],
  "transcript_with_tool_calls":[],"opt_out_sensitive_data_storage":false}})";

std::string CallWith(const std::string& members) {
  return absl::StrCat(R"({"event":"call_analyzed","call":{"call_id":"call-1",)", members, "}}");
}

// The call of a body that must be read, and that the API must take as it is.
v1::Call Read(const std::string& body) {
  const absl::StatusOr<Event> event = ReadEvent(body);
  EXPECT_TRUE(event.ok()) << event.status();
  if (!event.ok() || !event->dispatch.has_value()) return {};
  store::NewDispatch out;
  EXPECT_TRUE(rpc::Read(*event->dispatch, &out).ok()) << rpc::Read(*event->dispatch, &out);
  return event->dispatch->call();
}

TEST(RetellEvent, TheDocumentedSampleIsACall) {
  EXPECT_EQ(ReadEvent(kSample)->kind, "call_ended");
  const v1::Call call = Read(kSample);
  EXPECT_EQ(call.source(), v1::CALL_SOURCE_RETELL);
  EXPECT_EQ(call.external_call_id(), "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6");
  EXPECT_EQ(call.caller_number(), "+12137771234");
  EXPECT_EQ(call.called_number(), "+12137771235");
  EXPECT_EQ(call.transcript(), "...");
  EXPECT_EQ(call.summary(), "");
  EXPECT_EQ(call.start_time().seconds(), 1714608475);
  EXPECT_EQ(call.start_time().nanos(), 945000000);
  EXPECT_EQ(call.end_time().seconds(), 1714608491);
  EXPECT_EQ(call.end_time().nanos(), 736000000);
}

TEST(RetellEvent, TheAnalysisBringsSummaryUrgencyAndTheTwilioCall) {
  const v1::Call call = Read(CallWith(R"("call_analysis":{"call_summary":"Water leak",
      "custom_analysis_data":{"emergency_level":"High"}},"telephony_identifier":{"twilio_call_sid":"CA1"})"));
  EXPECT_EQ(call.summary(), "Water leak");
  EXPECT_EQ(call.urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(call.twilio_call_sid(), "CA1");
}

TEST(RetellEvent, OthersAskForNoDispatch) {
  for (const char* kind : {"call_started", "transcript_updated", "chat_ended", "something_new"}) {
    const auto event = ReadEvent(absl::StrCat(R"({"event":")", kind, R"(","call":{"call_id":"x"}})"));
    ASSERT_TRUE(event.ok()) << kind;
    EXPECT_EQ(event->kind, kind);
    EXPECT_FALSE(event->dispatch.has_value()) << kind;
  }
  EXPECT_TRUE(ReadEvent(R"({"event":"chat_ended"})").ok()) << "another event needs no call";
}

TEST(RetellEvent, SaysWhatIsWrongWithTheBody) {
  for (const auto& [body, fault] : {std::pair{"", "not JSON"},
                                    {"{", "not JSON"},
                                    {"[]", "not a JSON object"},
                                    {"{}", "\"event\""},
                                    {R"({"event":7})", "\"event\""},
                                    {R"({"event":"call_ended"})", "\"call.call_id\""},
                                    {R"({"event":"call_ended","call":[]})", "\"call.call_id\""},
                                    {R"({"event":"call_ended","call":{"call_id":null}})", "\"call.call_id\""}}) {
    const auto event = ReadEvent(body);
    ASSERT_TRUE(absl::IsInvalidArgument(event.status())) << body;
    EXPECT_THAT(event.status().message(), HasSubstr(fault)) << body;
  }
}

TEST(RetellEvent, NullsAndOddTypesAreLeftOut) {
  for (const char* value : {"null", "7", "[]", "{}", "true", "\"\""}) {
    SCOPED_TRACE(value);
    std::string members;
    for (const char* name : {"from_number", "to_number", "transcript", "start_timestamp", "end_timestamp",
                             "call_analysis", "telephony_identifier"}) {
      absl::StrAppend(&members, members.empty() ? "" : ",", "\"", name, "\":", value);
    }
    if (absl::string_view(value) == "7") members = R"("from_number":7,"transcript":7,"call_analysis":7)";
    const v1::Call call = Read(CallWith(members));
    EXPECT_EQ(call.external_call_id(), "call-1");
    EXPECT_EQ(call.caller_number(), "");
    EXPECT_EQ(call.called_number(), "");
    EXPECT_EQ(call.transcript(), "");
    EXPECT_EQ(call.summary(), "");
    EXPECT_FALSE(call.has_start_time());
    EXPECT_FALSE(call.has_end_time());
  }
}

TEST(RetellEvent, ACallerWithoutANumberIsACallerStill) {
  for (const char* number : {"anonymous", "Restricted", "+266696687", "sip:x@y", "1", "\\u0000"}) {
    const v1::Call call = Read(CallWith(absl::StrCat(R"("from_number":")", number, "\"")));
    EXPECT_EQ(call.external_call_id(), "call-1") << number;
    EXPECT_EQ(call.caller_number(), "") << number;
  }
}

TEST(RetellEvent, TimesThatAreNoneAreLeftOut) {
  for (const char* millis : {"-1", "0", "-9223372036854775808", "9223372036854775807", "18446744073709551615",
                             "253402300800000", "1714608475945.5", "1e300", "\"1714608475945\""}) {
    const v1::Call call = Read(CallWith(absl::StrCat("\"start_timestamp\":", millis)));
    EXPECT_FALSE(call.has_start_time()) << millis;
  }
  EXPECT_EQ(Read(CallWith("\"start_timestamp\":253402300799999")).start_time().seconds(), 253402300799);
}

TEST(RetellEvent, AHugeTranscriptIsCutAtACharacter) {
  std::string transcript = "x";
  while (transcript.size() < 1000000) transcript += "\xf0\x9f\x92\xa7";
  const std::string quoted = absl::StrCat("\"", transcript, "\"");
  const v1::Call call =
      Read(CallWith(absl::StrCat("\"transcript\":", quoted, ",\"call_analysis\":{\"call_summary\":", quoted, "}")));
  EXPECT_LE(call.transcript().size(), 200000u);
  EXPECT_GT(call.transcript().size(), 199990u);
  EXPECT_TRUE(IsCleanText(call.transcript()));
  EXPECT_LE(call.summary().size(), 4000u);
  EXPECT_TRUE(IsCleanText(call.summary()));
}

TEST(RetellEvent, ANulInATextIsMended) { EXPECT_EQ(Read(CallWith(R"("transcript":"a\u0000b")")).transcript(), "a?b"); }

TEST(RetellEvent, ABrokenByteDoesNotLoseTheCall) {
  EXPECT_EQ(Read(CallWith("\"transcript\":\"water \xff leak\"")).transcript(), "water ? leak");
  EXPECT_EQ(Read(CallWith("\"transcript\":\"caf\xc3\"")).transcript(), "caf?");
}

TEST(RetellEvent, ALoneSurrogateDoesNotLoseTheCall) {
  EXPECT_THAT(Read(CallWith(R"("transcript":"water \ud83d leak")")).transcript(), HasSubstr("leak"));
  EXPECT_THAT(Read(CallWith(R"("transcript":"water \udca7 leak")")).transcript(), HasSubstr("leak"));
}

TEST(RetellEvent, DeepNestingIsSurvived) {
  EXPECT_FALSE(ReadEvent(std::string(200000, '[')).ok());
  EXPECT_EQ(Read(CallWith("\"metadata\":" + std::string(50000, '[') + std::string(50000, ']'))).external_call_id(),
            "call-1");
}

}  // namespace
}  // namespace afterhours::retell
