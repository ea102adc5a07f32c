#include "adapters/bridge/responses.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace afterhours::bridge {

HttpResponse ErrorResponse(int http_status, absl::string_view reason, absl::string_view message) {
  const nlohmann::json body = {{"error", {{"reason", std::string(reason)}, {"message", std::string(message)}}}};
  HttpResponse response{
      http_status, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n", {}};
  if (http_status == 503) response.headers.emplace_back("Retry-After", "2");
  if (http_status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse ErrorResponse(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  const auto answer = [&](int http_status, const char* otherwise) {
    return ErrorResponse(http_status, reason.empty() ? otherwise : reason, status.message());
  };
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return answer(400, "INVALID_ARGUMENT");
    case absl::StatusCode::kNotFound:
      return answer(404, "NOT_FOUND");
    case absl::StatusCode::kFailedPrecondition:
      return answer(409, "FAILED_PRECONDITION");
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return answer(500, "INTERNAL");
    default:
      return answer(503, "DISPATCHD_UNAVAILABLE");
  }
}

HttpResponse JsonResponse(const google::protobuf::Message& message) {
  std::string body;
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  if (!google::protobuf::util::MessageToJsonString(message, &body, options).ok()) {
    return ErrorResponse(500, "INTERNAL", "the answer could not be written as JSON");
  }
  return {200, "application/json", body + "\n", {}};
}

}  // namespace afterhours::bridge
