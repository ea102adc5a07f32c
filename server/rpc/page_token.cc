#include "server/rpc/page_token.h"

#include <cstdint>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace afterhours::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// FNV-1a of the filters: tells other filters, and has no authority.
std::string FilterMark(const Message& request) {
  const std::unique_ptr<Message> filters(request.New());
  filters->CopyFrom(request);
  for (const char* name : {"page_size", "page_token"}) {
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) filters->GetReflection()->ClearField(filters.get(), field);
  }
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : filters->SerializeAsString()) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return absl::StrCat(absl::Hex(hash));
}

std::string TokenOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("page_token");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

}  // namespace

std::string MakePageToken(const Message& request, const std::string& last) {
  return absl::WebSafeBase64Escape(absl::StrCat(FilterMark(request), "|", last));
}

absl::StatusOr<std::string> ReadPageToken(const Message& request, absl::FunctionRef<bool(absl::string_view)> is_valid) {
  const std::string token = TokenOf(request);
  if (token.empty()) return std::string();
  std::string text;
  const bool decoded = absl::WebSafeBase64Unescape(token, &text);
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('|', 1));
  if (!decoded || parts.first != FilterMark(request) || !is_valid(parts.second)) {
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
                 "page_token is not from a list with these filters; start again without it");
  }
  return parts.second;
}

}  // namespace afterhours::rpc
