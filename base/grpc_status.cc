#include "base/grpc_status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace afterhours {
namespace {

// What the parts of an error may have, for all of it to fit into 8 KiB. The message
// is in it twice: percent-encoded, and as it is.
constexpr std::size_t kMessageBytesMax = 1500;
constexpr std::size_t kViolationsBytesMax = 3000;
constexpr std::size_t kInfoBytesMax = 700;
constexpr std::size_t kFieldBytesMax = 200;
constexpr std::size_t kDescriptionBytesMax = 800;
constexpr std::size_t kOverheadBytes = 10;  // of an entry, in protobuf's format

// Cut after a whole sentence, where there is one. In the header, what is not plain
// ASCII takes three bytes each.
std::string CutMessage(absl::string_view message) {
  constexpr absl::string_view kMore = "; and more";
  std::size_t bytes = 0;
  for (std::size_t encoded = 0; bytes < message.size(); ++bytes) {
    const char c = message[bytes];
    encoded += c >= ' ' && c <= '~' && c != '%' ? 1 : 3;
    if (encoded > kMessageBytesMax) break;
  }
  if (bytes == message.size()) return std::string(message);
  const std::size_t sentence = message.rfind("; ", bytes);
  return absl::StrCat(sentence == absl::string_view::npos ? CutText(message, bytes) : message.substr(0, sentence),
                      kMore);
}

google::rpc::BadRequest Cut(const google::rpc::BadRequest& all) {
  google::rpc::BadRequest cut;
  std::size_t bytes = 0;
  for (const auto& violation : all.field_violations()) {
    const std::string field = CutText(violation.field(), kFieldBytesMax);
    const std::string description = CutText(violation.description(), kDescriptionBytesMax);
    bytes += field.size() + description.size() + kOverheadBytes;
    if (bytes > kViolationsBytesMax) break;
    auto* named = cut.add_field_violations();
    named->set_field(field);
    named->set_description(description);
  }
  const int left_out = all.field_violations_size() - cut.field_violations_size();
  if (left_out > 0) {
    auto* rest = cut.add_field_violations();
    rest->set_field("...");
    rest->set_description(absl::StrCat("and ", left_out, " more"));
  }
  return cut;
}

google::rpc::ErrorInfo Cut(google::rpc::ErrorInfo info) {
  std::size_t bytes = 0;
  for (auto entry = info.mutable_metadata()->begin(); entry != info.mutable_metadata()->end();) {
    const std::size_t size = entry->first.size() + entry->second.size() + kOverheadBytes;
    if (bytes + size > kInfoBytesMax) {
      entry = info.mutable_metadata()->erase(entry);
    } else {
      bytes += size;
      ++entry;
    }
  }
  return info;
}

void Fit(google::protobuf::Any& any) {
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  if (any.value().size() > kViolationsBytesMax && any.UnpackTo(&bad_request)) {
    any.set_value(Cut(bad_request).SerializeAsString());
  } else if (any.value().size() > kInfoBytesMax && any.UnpackTo(&info)) {
    any.set_value(Cut(std::move(info)).SerializeAsString());
  }
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = CutMessage(status.message());
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  status.ForEachPayload([&details](absl::string_view url, const absl::Cord& payload) {
    auto* any = details.add_details();
    any->set_type_url(std::string(url));
    any->set_value(std::string(payload));
    Fit(*any);
  });
  // The codes of absl and gRPC are the same numbers.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message, details.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& any : details.details()) result.SetPayload(any.type_url(), absl::Cord(any.value()));
  }
  return result;
}

}  // namespace afterhours
