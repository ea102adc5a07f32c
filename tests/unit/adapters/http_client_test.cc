#include "adapters/http_client.h"

#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "base/http_server.h"

namespace afterhours {
namespace {

HttpResult Do(HttpClient& client, HttpCall call) {
  std::promise<HttpResult> promise;
  client.Start(std::move(call), [&](HttpResult result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

TEST(HttpClient, CutsOffWhatIsLongerThanTheCallTakes) {
  HttpServer server({.handler_threads = 1}, [](const HttpRequest&) {
    return HttpResponse{200, "text/plain", std::string(100'000, 'x'), {}};
  });
  ASSERT_TRUE(server.Start().ok());
  HttpClient client({.https_only = false});
  HttpCall call;
  call.method = "GET";
  call.url = absl::StrCat("http://127.0.0.1:", server.port(), "/");
  const HttpResult cut = Do(client, call);
  EXPECT_EQ(cut.outcome, HttpResult::Outcome::kAnswered);
  EXPECT_EQ(cut.body.size(), 64u << 10);
  EXPECT_TRUE(cut.body_cut);
  call.answer_bytes_max = 100'000;
  const HttpResult whole = Do(client, call);
  EXPECT_EQ(whole.body.size(), 100'000u);
  EXPECT_FALSE(whole.body_cut);
}

TEST(HttpClient, ACallbackMayStartACallWhileTheClientGoes) {
  int ended = 0;
  HttpCall call;
  call.url = "http://127.0.0.1:1/";
  {
    HttpClient client({.https_only = false});
    client.Start(call, [&](const HttpResult&) {
      ++ended;
      client.Start(call, [&](const HttpResult&) { ++ended; });
    });
  }
  EXPECT_EQ(ended, 2);
}

}  // namespace
}  // namespace afterhours
