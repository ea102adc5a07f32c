#include <gmock/gmock.h>

#include <functional>

#include "absl/strings/cord.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"

namespace afterhours::rpc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kId[] = "0190a1b2-c3d4-7e5f-8a6b-0123456789ab";

// The fields that an answer names as bad; empty when it is OK.
std::vector<std::string> BadFields(const absl::Status& status) {
  std::vector<std::string> fields;
  if (status.ok()) return fields;
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(ErrorReason(status), "FIELD_INVALID");
  google::rpc::BadRequest bad_request;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  EXPECT_TRUE(payload.has_value() && bad_request.ParseFromString(std::string(*payload)));
  for (const auto& violation : bad_request.field_violations()) {
    EXPECT_FALSE(violation.description().empty());
    fields.push_back(violation.field());
  }
  return fields;
}

absl::Status Judge(const v1::DispatchRequest& request) {
  store::NewDispatch out;
  return Read(request, &out);
}
absl::Status Judge(const v1::ListDispatchesRequest& request) {
  store::ListFilter out;
  return Read(request, &out);
}
absl::Status Judge(const v1::ReportDeliveryRequest& request) {
  core::Receipt out;
  return Read(request, &out);
}
template <typename Request>
absl::Status Judge(const Request& request) {
  return Check(request);
}

// A request spoilt in one way, and the field that must be named for it.
template <typename Request>
struct Fault {
  const char* field;
  std::function<void(Request&)> spoil;
};

template <typename Request>
void ExpectNamed(const Request& good, const std::vector<Fault<Request>>& faults) {
  EXPECT_THAT(BadFields(Judge(good)), IsEmpty());
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Request bad = good;
    faults[i].spoil(bad);
    EXPECT_THAT(BadFields(Judge(bad)), ElementsAre(faults[i].field)) << "fault " << i;
  }
}

v1::DispatchRequest GoodDispatch() {
  v1::DispatchRequest request;
  request.set_request_id("r1");
  v1::Call& call = *request.mutable_call();
  call.set_source(v1::CALL_SOURCE_RETELL);
  call.set_external_call_id("call-1");
  call.set_caller_number("(949) 555-0123");
  call.set_called_number("+19495550100");
  call.set_summary(std::string(4000, 's'));
  call.set_transcript(std::string(200000, 't'));
  call.set_urgency(v1::URGENCY_HIGH);
  call.set_twilio_call_sid("CA1");
  call.mutable_start_time()->set_seconds(1714608475);
  call.mutable_start_time()->set_nanos(945000000);
  return request;
}

TEST(ReadDispatch, NamesEachBadField) {
  using R = v1::DispatchRequest;
  ExpectNamed<R>(
      GoodDispatch(),
      {
          {"request_id", [](R& r) { r.set_request_id(std::string(129, 'x')); }},
          {"request_id", [](R& r) { r.set_request_id("\xff"); }},
          {"request_id", [](R& r) { r.set_request_id(""), r.mutable_call()->set_external_call_id(""); }},
          {"call.source", [](R& r) { r.mutable_call()->clear_source(); }},
          {"call.source", [](R& r) { r.mutable_call()->set_source(static_cast<v1::CallSource>(99)); }},
          {"call.external_call_id", [](R& r) { r.mutable_call()->set_external_call_id(std::string(129, 'x')); }},
          {"call.caller_number", [](R& r) { r.mutable_call()->set_caller_number("anonymous"); }},
          {"call.caller_number", [](R& r) { r.mutable_call()->set_caller_number(std::string(100000, '\xff')); }},
          {"call.called_number", [](R& r) { r.mutable_call()->set_called_number("12"); }},
          {"call.summary", [](R& r) { r.mutable_call()->set_summary(std::string(4001, 's')); }},
          {"call.summary", [](R& r) { r.mutable_call()->set_summary(std::string("a\0b", 3)); }},
          {"call.transcript", [](R& r) { r.mutable_call()->set_transcript(std::string(200001, 't')); }},
          {"call.transcript", [](R& r) { r.mutable_call()->set_transcript("\xed\xa0\x80"); }},
          {"call.twilio_call_sid", [](R& r) { r.mutable_call()->set_twilio_call_sid(std::string(129, 'x')); }},
          {"call.urgency", [](R& r) { r.mutable_call()->set_urgency(static_cast<v1::Urgency>(-1)); }},
          {"call.start_time", [](R& r) { r.mutable_call()->mutable_start_time()->set_seconds(-1); }},
          {"call.start_time", [](R& r) { r.mutable_call()->mutable_start_time()->set_nanos(1000000000); }},
          {"call.end_time", [](R& r) { r.mutable_call()->mutable_end_time()->set_seconds(253402300800); }},
      });
}

TEST(ReadDispatch, NamesAllBadFieldsTogether) {
  EXPECT_THAT(BadFields(Judge(v1::DispatchRequest())), ElementsAre("call", "call.source", "request_id"));
}

TEST(ReadDispatch, PutsNumbersIntoE164AndKeepsTheRest) {
  store::NewDispatch out;
  ASSERT_TRUE(Read(GoodDispatch(), &out).ok());
  EXPECT_EQ(out.request_id, "r1");
  EXPECT_EQ(out.call.source, v1::CALL_SOURCE_RETELL);
  EXPECT_EQ(out.call.external_call_id, "call-1");
  EXPECT_EQ(out.call.caller_number, "+19495550123");
  EXPECT_EQ(out.call.called_number, "+19495550100");
  EXPECT_EQ(out.call.summary.size(), 4000u);
  EXPECT_EQ(out.call.transcript.size(), 200000u);
  EXPECT_EQ(out.call.given_urgency, v1::URGENCY_HIGH);
  EXPECT_EQ(out.call.twilio_call_sid, "CA1");
  EXPECT_EQ(out.call.start_time, absl::FromUnixMillis(1714608475945));
  EXPECT_EQ(out.call.end_time, std::nullopt);
}

TEST(CheckAck, NamesEachBadField) {
  using R = v1::AckRequest;
  R reply;
  reply.mutable_text_reply()->set_provider("twilio");
  reply.mutable_text_reply()->set_provider_message_id("SM1");
  reply.mutable_text_reply()->set_from_number("+19495550111");
  reply.mutable_text_reply()->set_to_number("+19495550100");
  ExpectNamed<R>(
      reply, {
                 {"answer", [](R& r) { r.Clear(); }},
                 {"text_reply.provider", [](R& r) { r.mutable_text_reply()->clear_provider(); }},
                 {"text_reply.provider_message_id", [](R& r) { r.mutable_text_reply()->clear_provider_message_id(); }},
                 {"text_reply.from_number", [](R& r) { r.mutable_text_reply()->clear_from_number(); }},
                 {"text_reply.to_number", [](R& r) { r.mutable_text_reply()->clear_to_number(); }},
                 {"text_reply.body", [](R& r) { r.mutable_text_reply()->set_body(std::string(4001, 'x')); }},
             });
  R press;
  press.mutable_key_press()->set_provider("twilio");
  press.mutable_key_press()->set_page_id(kId);
  press.mutable_key_press()->set_digits("1");
  ExpectNamed<R>(press,
                 {
                     {"key_press.provider", [](R& r) { r.mutable_key_press()->clear_provider(); }},
                     {"key_press.page_id", [](R& r) { r.mutable_key_press()->clear_page_id(); }},
                     {"key_press.page_id", [](R& r) { r.mutable_key_press()->set_page_id(std::string(129, 'x')); }},
                     {"key_press.provider_call_id",
                      [](R& r) { r.mutable_key_press()->set_provider_call_id(std::string(129, 'x')); }},
                     {"key_press.digits", [](R& r) { r.mutable_key_press()->set_digits(std::string(33, '1')); }},
                 });
  press.mutable_key_press()->clear_digits();
  EXPECT_THAT(BadFields(Judge(press)), IsEmpty()) << "no key is an answer too";
  R ack;
  ack.mutable_operator_ack()->set_dispatch_id(kId);
  ack.mutable_operator_ack()->set_act(v1::ACK_ACT_ACCEPT);
  ack.mutable_operator_ack()->set_acked_by("Ana Diaz");
  ExpectNamed<R>(
      ack, {
               {"operator_ack.dispatch_id", [](R& r) { r.mutable_operator_ack()->set_dispatch_id("x"); }},
               {"operator_ack.act", [](R& r) { r.mutable_operator_ack()->clear_act(); }},
               {"operator_ack.act", [](R& r) { r.mutable_operator_ack()->set_act(static_cast<v1::AckAct>(9)); }},
               {"operator_ack.acked_by", [](R& r) { r.mutable_operator_ack()->clear_acked_by(); }},
               {"operator_ack.acked_by", [](R& r) { r.mutable_operator_ack()->set_acked_by(std::string(129, 'x')); }},
           });
}

TEST(CheckStatus, NamesEachBadField) {
  using R = v1::StatusRequest;
  R request;
  request.set_dispatch_id(kId);
  ExpectNamed<R>(request, {{"key", [](R& r) { r.Clear(); }},
                           {"dispatch_id", [](R& r) { r.set_dispatch_id("call-1"); }},
                           {"external_call_id", [](R& r) { r.set_external_call_id(""); }},
                           {"external_call_id", [](R& r) { r.set_external_call_id(std::string(129, 'x')); }}});
}

TEST(ReadList, NamesEachBadField) {
  using R = v1::ListDispatchesRequest;
  R request;
  request.set_business_id(kId);
  request.add_statuses(v1::DISPATCH_STATUS_UNASSIGNED);
  ExpectNamed<R>(request, {{"page_size", [](R& r) { r.set_page_size(-1); }},
                           {"business_id", [](R& r) { r.set_business_id("smith"); }},
                           {"statuses", [](R& r) { r.add_statuses(static_cast<v1::DispatchStatus>(99)); }}});
}

TEST(ReadList, BoundsThePageAndAsksForOneMore) {
  for (const auto& [asked, count_max] : {std::pair{0, 51}, {1, 2}, {500, 501}, {1000000, 501}}) {
    v1::ListDispatchesRequest request;
    request.set_page_size(asked);
    store::ListFilter filter;
    ASSERT_TRUE(Read(request, &filter).ok());
    EXPECT_EQ(filter.count_max, count_max);
  }
}

TEST(ReadList, GoesOnFromItsToken) {
  v1::ListDispatchesRequest request;
  request.add_statuses(v1::DISPATCH_STATUS_UNASSIGNED);
  request.set_page_token(MakePageToken(request, kId));
  store::ListFilter filter;
  ASSERT_TRUE(Read(request, &filter).ok());
  EXPECT_EQ(filter.before_id, kId);
  EXPECT_THAT(filter.statuses, ElementsAre("UNASSIGNED"));
  request.set_page_token("garbage");
  EXPECT_EQ(ErrorReason(Judge(request)), "PAGE_TOKEN_INVALID");
}

TEST(CheckWatchAndCancel, NameEachBadField) {
  using W = v1::WatchDispatchRequest;
  W watch;
  watch.set_dispatch_id(kId);
  ExpectNamed<W>(watch, {{"dispatch_id", [](W& r) { r.clear_dispatch_id(); }},
                         {"after_sequence", [](W& r) { r.set_after_sequence(-1); }}});
  using C = v1::CancelDispatchRequest;
  C cancel;
  cancel.set_dispatch_id(kId);
  ExpectNamed<C>(cancel, {{"dispatch_id", [](C& r) { r.set_dispatch_id("x"); }},
                          {"reason", [](C& r) { r.set_reason(std::string(501, 'x')); }},
                          {"canceled_by", [](C& r) { r.set_canceled_by(std::string(129, 'x')); }}});
}

TEST(CheckRecover, NamesABadDispatch) {
  v1::RecoverRequest request;
  EXPECT_THAT(BadFields(Judge(request)), IsEmpty()) << "without one it is about all";
  request.set_dispatch_id("x");
  EXPECT_THAT(BadFields(Judge(request)), ElementsAre("dispatch_id"));
}

TEST(ReadReport, KeepsThatACallIsOver) {
  v1::ReportDeliveryRequest request;
  request.set_provider("twilio");
  request.set_page_id(kId);
  request.set_provider_status("completed");
  request.set_state(v1::PAGE_STATE_DELIVERED);
  request.set_call_over(true);
  core::Receipt out;
  ASSERT_TRUE(Read(request, &out).ok());
  EXPECT_TRUE(out.call_over);
}

TEST(ReadReport, NamesEachBadField) {
  using R = v1::ReportDeliveryRequest;
  R request;
  request.set_provider("twilio");
  request.set_page_id(kId);
  request.set_provider_status("delivered");
  request.set_state(v1::PAGE_STATE_DELIVERED);
  ExpectNamed<R>(request, {
                              {"provider", [](R& r) { r.clear_provider(); }},
                              {"page_id", [](R& r) { r.clear_page_id(); }},
                              {"page_id", [](R& r) { r.set_page_id(std::string(129, 'x')); }},
                              {"provider_message_id", [](R& r) { r.set_provider_message_id("\xff"); }},
                              {"provider_status", [](R& r) { r.clear_provider_status(); }},
                              {"error_code", [](R& r) { r.set_error_code(std::string(129, 'x')); }},
                              {"state", [](R& r) { r.clear_state(); }},
                              {"state", [](R& r) { r.set_state(v1::PAGE_STATE_PLANNED); }},
                              {"state", [](R& r) { r.set_state(v1::PAGE_STATE_CANCELED); }},
                              {"state", [](R& r) { r.set_state(static_cast<v1::PageState>(99)); }},
                          });
  request.clear_page_id();
  request.set_provider_message_id("SM1");
  EXPECT_THAT(BadFields(Judge(request)), IsEmpty()) << "the provider's id is enough";
}

}  // namespace
}  // namespace afterhours::rpc
