#include "base/status.h"

#include <gmock/gmock.h>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"

namespace afterhours {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload = status.GetPayload("type.googleapis.com/" + Detail::descriptor()->full_name());
  EXPECT_TRUE(payload.has_value() && detail.ParseFromString(std::string(*payload)));
  return detail;
}

TEST(Error, CarriesItsReasonDomainAndMetadata) {
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "DISPATCH_NOT_FOUND", "no dispatch \"x\"", {{"id", "x"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no dispatch \"x\"");
  EXPECT_EQ(ErrorReason(status), "DISPATCH_NOT_FOUND");
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.domain(), "afterhours.v1");
  EXPECT_THAT(info.metadata(), UnorderedElementsAre(Pair("id", "x")));
}

TEST(InvalidFields, NamesEachField) {
  const absl::Status status = InvalidFields({{"call.summary", "is too long"}, {"request_id", "is required"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(status), "FIELD_INVALID");
  EXPECT_EQ(status.message(), "call.summary: is too long; request_id: is required");
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(0).field(), "call.summary");
  EXPECT_EQ(bad_request.field_violations(0).description(), "is too long");
  EXPECT_EQ(bad_request.field_violations(1).field(), "request_id");
}

TEST(RetryDelay, IsReadBack) {
  for (const absl::Duration delay :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Milliseconds(1500), absl::Seconds(2), absl::Hours(100)}) {
    EXPECT_EQ(RetryDelay(WithRetryDelay(absl::ResourceExhaustedError("full"), delay)), delay) << delay;
  }
  EXPECT_EQ(RetryDelay(absl::ResourceExhaustedError("full")), std::nullopt);
}

TEST(RetryDelay, KeepsTheReason) {
  const absl::Status status =
      WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "the queue is full"), absl::Seconds(1));
  EXPECT_EQ(ErrorReason(status), "QUEUE_FULL");
  EXPECT_EQ(status.message(), "the queue is full");
}

TEST(ErrorReason, IsEmptyForOtherErrors) {
  EXPECT_EQ(ErrorReason(absl::OkStatus()), "");
  EXPECT_EQ(ErrorReason(absl::InternalError("x")), "");
  absl::Status garbled = absl::InternalError("x");
  garbled.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\xff\xff\xff"));
  EXPECT_EQ(ErrorReason(garbled), "");
}

TEST(Annotate, SaysWhatWasBeingDoneAndKeepsTheRest) {
  const absl::Status status = Annotate(
      Annotate(Error(absl::StatusCode::kAborted, "LOST", "a lock was lost", {{"a", "b"}}), "claim pages"), "send");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "send: claim pages: a lock was lost");
  EXPECT_EQ(ErrorReason(status), "LOST");
  EXPECT_TRUE(Annotate(absl::OkStatus(), "send").ok());
}

}  // namespace
}  // namespace afterhours
