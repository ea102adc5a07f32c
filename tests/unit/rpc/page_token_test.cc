#include "server/rpc/page_token.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "afterhours/v1/dispatch_service.pb.h"
#include "base/ids.h"
#include "base/status.h"

namespace afterhours::rpc {
namespace {

constexpr char kId[] = "0190a1b2-c3d4-7e5f-8a6b-0123456789ab";
constexpr char kBusiness[] = "b0000000-0000-7000-8000-000000000001";

v1::ListDispatchesRequest Filters(const std::string& business_id, const std::vector<v1::DispatchStatus>& statuses) {
  v1::ListDispatchesRequest request;
  request.set_business_id(business_id);
  for (const v1::DispatchStatus status : statuses) request.add_statuses(status);
  return request;
}

std::string ReasonOf(const v1::ListDispatchesRequest& request) {
  return ErrorReason(ReadPageToken(request, &IsId).status());
}

TEST(PageToken, GoesOnWhereTheListEnded) {
  for (v1::ListDispatchesRequest request :
       {Filters("", {}), Filters(kBusiness, {}), Filters(kBusiness, {v1::DISPATCH_STATUS_UNASSIGNED})}) {
    request.set_page_token(MakePageToken(request, kId));
    EXPECT_EQ(ReadPageToken(request, &IsId).value(), kId);
    request.set_page_size(7);
    EXPECT_EQ(ReadPageToken(request, &IsId).value(), kId) << "the page's size may change";
  }
}

TEST(PageToken, IsOpaqueAndFitForAUrl) {
  const std::string token = MakePageToken(Filters("", {}), kId);
  EXPECT_EQ(token.find(kId), std::string::npos);
  EXPECT_EQ(token.find_first_of("+/&? "), std::string::npos);
}

TEST(PageToken, WithoutOneTheListBegins) { EXPECT_EQ(ReadPageToken(Filters(kBusiness, {}), &IsId).value(), ""); }

TEST(PageToken, IsRefusedWithOtherFilters) {
  const std::string token = MakePageToken(Filters(kBusiness, {v1::DISPATCH_STATUS_UNASSIGNED}), kId);
  for (v1::ListDispatchesRequest other :
       {Filters("", {}), Filters(kBusiness, {}), Filters("", {v1::DISPATCH_STATUS_UNASSIGNED}),
        Filters(kBusiness, {v1::DISPATCH_STATUS_DISPATCHING}),
        Filters(kBusiness, {v1::DISPATCH_STATUS_UNASSIGNED, v1::DISPATCH_STATUS_DISPATCHING}),
        Filters(std::string(kNilId), {v1::DISPATCH_STATUS_UNASSIGNED})}) {
    other.set_page_token(token);
    EXPECT_EQ(ReasonOf(other), "PAGE_TOKEN_INVALID") << other.ShortDebugString();
    EXPECT_TRUE(absl::IsInvalidArgument(ReadPageToken(other, &IsId).status()));
  }
}

TEST(PageToken, IsRefusedWhenItIsGarbage) {
  v1::ListDispatchesRequest request;
  const std::string good = MakePageToken(request, kId);
  for (const std::string& token : {std::string("x"), std::string("!!!"), std::string("AAAA"), std::string(100000, 'A'),
                                   good.substr(1), good.substr(0, good.size() - 4), good + good,
                                   absl::WebSafeBase64Escape(kId), absl::WebSafeBase64Escape(std::string("|") + kId),
                                   MakePageToken(request, "' or 1=1 --"), MakePageToken(request, "")}) {
    request.set_page_token(token);
    EXPECT_EQ(ReasonOf(request), "PAGE_TOKEN_INVALID") << token.substr(0, 80);
  }
}

}  // namespace
}  // namespace afterhours::rpc
