#pragma once

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "afterhours/v1/directory.pb.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"

namespace afterhours::testing {

// A message from protobuf's text.
template <typename Message>
Message Proto(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// The paths that an error's google.rpc.BadRequest names.
inline std::vector<std::string> FieldsOf(const absl::Status& status) {
  google::rpc::BadRequest details;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  EXPECT_TRUE(!payload.has_value() || details.ParseFromString(std::string(*payload)));
  std::vector<std::string> fields;
  for (const auto& violation : details.field_violations()) fields.push_back(violation.field());
  return fields;
}

inline absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// An error of that code and reason.
MATCHER_P2(Fails, code, reason, "") {
  const absl::Status status = StatusOf(arg);
  *result_listener << status;
  return status.code() == code && ErrorReason(status) == reason;
}

// INVALID_ARGUMENT that names exactly these fields.
MATCHER_P(FailsAt, fields, "") {
  const absl::Status status = StatusOf(arg);
  *result_listener << status;
  return status.code() == absl::StatusCode::kInvalidArgument && ErrorReason(status) == "FIELD_INVALID" &&
         FieldsOf(status) == std::vector<std::string>(fields);
}

MATCHER(Succeeds, "") {
  const absl::Status status = StatusOf(arg);
  *result_listener << status;
  return status.ok();
}

using Paths = std::vector<std::string>;

inline v1::Business NewBusiness(const std::string& key, const std::string& number) {
  v1::Business business;
  business.set_key(key);
  business.set_name("Business " + key);
  business.set_time_zone("America/New_York");
  if (!number.empty()) business.add_numbers(number);
  return business;
}

inline v1::Technician NewTechnician(const std::string& key, const std::string& number) {
  v1::Technician technician;
  technician.set_key(key);
  technician.set_name("Technician " + key);
  v1::ContactMethod& contact = *technician.add_contact_methods();
  contact.set_channel(v1::CHANNEL_SMS);
  contact.set_address(number);
  return technician;
}

}  // namespace afterhours::testing
