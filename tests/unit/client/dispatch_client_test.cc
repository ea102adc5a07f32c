#include "client/dispatch_client.h"

#include <gmock/gmock.h>

#include "base/ids.h"
#include "client/mocks/mock_dispatch_connection.h"

namespace afterhours {
namespace {

using testing::_;
using testing::DoAll;
using testing::Return;
using testing::SaveArg;

class DispatchClientTest : public testing::Test {
 protected:
  v1::DispatchRequest Sent(const v1::DispatchRequest& request) {
    v1::DispatchRequest sent;
    EXPECT_CALL(*connection_, Dispatch(_)).WillOnce(DoAll(SaveArg<0>(&sent), Return(v1::DispatchResponse())));
    EXPECT_TRUE(client_.Dispatch(request).ok());
    return sent;
  }

  std::shared_ptr<MockDispatchConnection> connection_ = std::make_shared<MockDispatchConnection>();
  DispatchClient client_{connection_};
};

TEST_F(DispatchClientTest, GivesARequestIdWhenNothingElseMakesItIdempotent) {
  v1::DispatchRequest request;
  request.mutable_call()->set_summary("leak");
  const v1::DispatchRequest first = Sent(request);
  EXPECT_TRUE(IsId(first.request_id())) << first.request_id();
  EXPECT_EQ(first.call().summary(), "leak");
  EXPECT_NE(Sent(request).request_id(), first.request_id()) << "two calls are two dispatches";
}

TEST_F(DispatchClientTest, LeavesARequestIdAlone) {
  v1::DispatchRequest request;
  request.set_request_id("mine");
  EXPECT_EQ(Sent(request).request_id(), "mine");
}

TEST_F(DispatchClientTest, NeedsNoRequestIdForACallWithAnIdOfItsOwn) {
  v1::DispatchRequest request;
  request.mutable_call()->set_external_call_id("call-1");
  EXPECT_EQ(Sent(request).request_id(), "");
}

TEST_F(DispatchClientTest, HandsErrorsOn) {
  EXPECT_CALL(*connection_, Dispatch(_)).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_EQ(client_.Dispatch({}).status(), absl::UnavailableError("away"));
  EXPECT_CALL(*connection_, Status(_)).WillOnce(Return(absl::NotFoundError("none")));
  EXPECT_EQ(client_.Status({}).status(), absl::NotFoundError("none"));
}

TEST_F(DispatchClientTest, WatchesUntilTheWatcherHasSeenEnough) {
  EXPECT_CALL(*connection_, WatchDispatch(_, _))
      .WillOnce([](const auto&, const std::function<bool(const v1::WatchDispatchResponse&)>& on_event) {
        int count = 0;
        v1::WatchDispatchResponse response;
        while (on_event(response)) ++count;
        return count == 2 ? absl::OkStatus() : absl::InternalError("counted wrong");
      });
  int seen = 0;
  EXPECT_TRUE(client_.WatchDispatch({}, [&seen](const auto&) { return ++seen < 3; }).ok());
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace afterhours
