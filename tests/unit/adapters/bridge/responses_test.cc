#include "adapters/bridge/responses.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "afterhours/v1/dispatch_service.pb.h"
#include "base/status.h"

namespace afterhours::bridge {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Pair;

TEST(ErrorResponse, TellsReasonAndMessageAsJson) {
  const HttpResponse response =
      ErrorResponse(Error(absl::StatusCode::kNotFound, "DISPATCH_NOT_FOUND", "no dispatch \"x\""));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/json");
  const nlohmann::json body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body["error"]["reason"], "DISPATCH_NOT_FOUND");
  EXPECT_EQ(body["error"]["message"], "no dispatch \"x\"");
}

TEST(ErrorResponse, MapsEachCode) {
  using Code = absl::StatusCode;
  for (const auto& [code, http_status] : {std::pair{Code::kInvalidArgument, 400},
                                          {Code::kNotFound, 404},
                                          {Code::kFailedPrecondition, 409},
                                          {Code::kInternal, 500},
                                          {Code::kUnknown, 500},
                                          {Code::kUnavailable, 503},
                                          {Code::kDeadlineExceeded, 503},
                                          {Code::kResourceExhausted, 503}}) {
    EXPECT_EQ(ErrorResponse(absl::Status(code, "why")).status, http_status) << absl::StatusCodeToString(code);
  }
}

TEST(ErrorResponse, SaysWhenToComeBack) {
  EXPECT_THAT(ErrorResponse(absl::UnavailableError("away")).headers, Contains(Pair("Retry-After", "2")));
  EXPECT_THAT(ErrorResponse(absl::NotFoundError("none")).headers, IsEmpty());
  EXPECT_THAT(ErrorResponse(401, "UNAUTHENTICATED", "who?").headers, Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(ErrorResponse, SurvivesTextThatIsNotUtf8) {
  EXPECT_TRUE(nlohmann::json::accept(ErrorResponse(400, "MALFORMED", "bad byte \xff").body));
}

TEST(JsonResponse, IsProtobufsMapping) {
  v1::DispatchResponse message;
  message.mutable_dispatch()->set_id("d1");
  message.mutable_dispatch()->set_status(v1::DISPATCH_STATUS_UNASSIGNED);
  const HttpResponse response = JsonResponse(message);
  EXPECT_EQ(response.status, 200);
  const nlohmann::json body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body["dispatch"]["id"], "d1");
  EXPECT_EQ(body["dispatch"]["status"], "DISPATCH_STATUS_UNASSIGNED");
  EXPECT_EQ(body["created"], false) << "defaults are shown";
}

}  // namespace
}  // namespace afterhours::bridge
