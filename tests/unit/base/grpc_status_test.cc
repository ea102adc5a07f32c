#include "base/grpc_status.h"

#include <gtest/gtest.h>

#include "base/status.h"

namespace afterhours {
namespace {

TEST(GrpcStatus, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(GrpcStatus, KeepsEveryCodeBothWays) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "why");
    const grpc::Status sent = ToGrpcStatus(status);
    EXPECT_EQ(sent.error_code(), static_cast<grpc::StatusCode>(code));
    EXPECT_EQ(sent.error_message(), "why");
    EXPECT_EQ(FromGrpcStatus(sent), status);
  }
}

TEST(GrpcStatus, CarriesTheDetailsThere) {
  const absl::Status status = WithRetryDelay(
      InvalidFields({{"call.summary", "is too long"}, {"request_id", "is required"}}), absl::Milliseconds(250));
  const absl::Status arrived = FromGrpcStatus(ToGrpcStatus(status));
  EXPECT_EQ(arrived, status) << "payloads count";
  EXPECT_EQ(ErrorReason(arrived), "FIELD_INVALID");
  EXPECT_EQ(RetryDelay(arrived), absl::Milliseconds(250));
}

TEST(GrpcStatus, SurvivesDetailsThatAreNotOurs) {
  const absl::Status status = FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "why", "\xff\xff garbage"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "why");
  EXPECT_EQ(ErrorReason(status), "");
}

}  // namespace
}  // namespace afterhours
