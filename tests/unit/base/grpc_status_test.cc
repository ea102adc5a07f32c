#include "base/grpc_status.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"

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

TEST(GrpcStatus, FitsIntoTheHeadersOfAnyClient) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 5000; ++i) {
    violations.push_back({absl::StrCat("businesses[", i, "].name"), i % 2 == 0 ? "is Ünïque%" : "is required"});
  }
  violations[1].description = std::string(1 << 20, '%');
  for (const absl::Status& status :
       {InvalidFields(violations), absl::InternalError(std::string(1 << 20, '\n')),
        Error(absl::StatusCode::kNotFound, "X", "y", {{"key", std::string(1 << 20, 'z')}})}) {
    const grpc::Status sent = ToGrpcStatus(status);
    EXPECT_LT(3 * sent.error_message().size(), 5000u);
    EXPECT_LT(sent.error_details().size() + sent.error_message().size(), 8000u);
    EXPECT_EQ(ErrorReason(FromGrpcStatus(sent)), ErrorReason(status));
  }
  const absl::Status arrived = FromGrpcStatus(ToGrpcStatus(InvalidFields(violations)));
  google::rpc::BadRequest named;
  ASSERT_TRUE(named.ParseFromString(std::string(*arrived.GetPayload("type.googleapis.com/google.rpc.BadRequest"))));
  const int count = named.field_violations_size();
  EXPECT_GT(count, 20);
  EXPECT_EQ(named.field_violations(0).field(), "businesses[0].name");
  EXPECT_EQ(named.field_violations(count - 1).description(), absl::StrCat("and ", 5000 - (count - 1), " more"));
  EXPECT_TRUE(absl::StartsWith(arrived.message(), "businesses[0].name: is Ünïque%"));
  EXPECT_TRUE(absl::EndsWith(arrived.message(), "; and more"));
}

TEST(GrpcStatus, SurvivesDetailsThatAreNotOurs) {
  const absl::Status status = FromGrpcStatus(grpc::Status(grpc::StatusCode::INTERNAL, "why", "\xff\xff garbage"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "why");
  EXPECT_EQ(ErrorReason(status), "");
}

}  // namespace
}  // namespace afterhours
