#include "server/rpc/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/ids.h"
#include "base/status.h"

namespace afterhours::rpc {
namespace {

// FNV-1a of the filters: tells other filters, and has no authority.
std::string FilterMark(const v1::ListDispatchesRequest& request) {
  std::string text = request.business_id();
  for (const int status : request.statuses()) absl::StrAppend(&text, ",", status);
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return absl::StrCat(absl::Hex(hash));
}

}  // namespace

std::string MakePageToken(const v1::ListDispatchesRequest& request, const std::string& last_id) {
  return absl::WebSafeBase64Escape(absl::StrCat(FilterMark(request), "|", last_id));
}

absl::StatusOr<std::string> ReadPageToken(const v1::ListDispatchesRequest& request) {
  if (request.page_token().empty()) return std::string();
  std::string text;
  const bool decoded = absl::WebSafeBase64Unescape(request.page_token(), &text);
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('|', 1));
  if (!decoded || parts.first != FilterMark(request) || !IsId(parts.second)) {
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
                 "page_token is not from a list with these filters; start again without it");
  }
  return parts.second;
}

}  // namespace afterhours::rpc
