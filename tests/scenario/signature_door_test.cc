// Every published signature vector passes through the bridge's door, and none
// passes with a byte changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

nlohmann::json Vectors() { return nlohmann::json::parse(std::ifstream(AFTERHOURS_SIGNATURE_VECTORS)); }

// A changed copy of `text` that stays in its alphabet.
std::string WithByteChanged(std::string text, std::size_t at) {
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

FormFields ParamsOf(const nlohmann::json& vector) {
  FormFields params;
  for (const nlohmann::json& pair : vector["params"]) params.emplace_back(pair[0], pair[1]);
  return params;
}

int CountRows(World& world) {
  return world.database().Count(
      "select (select count(*) from dispatches) + (select count(*) from inbound_messages) + "
      "(select count(*) from unmatched_receipts)");
}

TEST(SignatureDoor, Twilio) {
  const nlohmann::json vectors = Vectors();
  ASSERT_GE(vectors["twilio"].size(), 10u);
  std::unique_ptr<World> world;
  for (const nlohmann::json& vector : vectors["twilio"]) {
    SCOPED_TRACE(vector["id"].get<std::string>());
    const std::string url = vector["signed_url"], signature = vector["signature"];
    ASSERT_EQ(vector["token"], "12345");  // the bridge of these tests takes it as its second token
    if (world == nullptr) {
      world = std::make_unique<World>(World::Options{.bridge_flags = {"--twilio_sms_url=" + url}});
    } else {
      world->RestartBridge({"--twilio_sms_url=" + url});
    }
    const bool is_form = !vector.contains("raw_body");
    const std::string body = is_form ? EncodeForm(ParamsOf(vector)) : vector["raw_body"].get<std::string>();
    const auto post = [&](const std::string& with_signature, const std::string& with_body) {
      return Http("POST", world->bridge_url() + "/webhooks/twilio/sms",
                  {{"Content-Type", is_form ? "application/x-www-form-urlencoded" : "application/json"},
                   {"X-Twilio-Signature", with_signature}},
                  with_body);
    };
    // Signed, though these are not text messages: past the door, and no further.
    const HttpAnswer passed = post(signature, body);
    EXPECT_EQ(passed.status, is_form ? 400 : 415) << passed.body;
    EXPECT_EQ(passed.Json()["error"]["reason"], is_form ? "MALFORMED" : "CONTENT_TYPE");
    for (std::size_t i = 0; i + 1 < signature.size(); i += 9) {
      EXPECT_EQ(post(WithByteChanged(signature, i), body).status, 403) << i;
    }
    EXPECT_EQ(post(signature, body + (is_form ? "&x=" : " ")).status, 403);
    EXPECT_EQ(post("", body).status, 403);
  }
  EXPECT_EQ(CountRows(*world), 0);
}

TEST(SignatureDoor, Retell) {
  const nlohmann::json vectors = Vectors();
  const nlohmann::json& vector = vectors["retell"][0];
  World world;
  const absl::Time signed_at = absl::FromUnixMillis(vector["ts_ms"].get<std::int64_t>());
  world.Advance(signed_at - absl::Now());
  const auto post = [&](const std::string& header, const std::string& body) {
    return Http("POST", world.bridge_url() + "/webhooks/retell/call-ended",
                {{"Content-Type", "application/json"}, {"x-retell-signature", header}}, body);
  };
  const std::string header = vector["header"], body = vector["raw_body"];
  const HttpAnswer passed = post(header, body);
  EXPECT_EQ(passed.status, 400) << passed.body;  // signed, and without a call
  for (std::size_t i = 0; i < header.size(); ++i) EXPECT_EQ(post(WithByteChanged(header, i), body).status, 403) << i;
  for (std::size_t i = 0; i < body.size(); ++i) EXPECT_EQ(post(header, WithByteChanged(body, i)).status, 403) << i;
  world.Advance(absl::Minutes(6));
  EXPECT_EQ(post(header, body).status, 403) << "too old";
  EXPECT_EQ(CountRows(world), 0);
}

}  // namespace
}  // namespace afterhours::testing
