#include "server/store/content_hash.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

namespace afterhours::store {
namespace {

using core::Call;
using testing::MatchesRegex;

Call Reported() {
  Call call;
  call.source = v1::CALL_SOURCE_RETELL;
  call.external_call_id = "call-1";
  call.caller_number = "+19495550123";
  call.called_number = "+19495550100";
  call.summary = "leak";
  return call;
}

TEST(ContentHash, IsASha256AsByteaText) {
  EXPECT_THAT(RequestHash(Reported()), MatchesRegex("\\\\x[0-9a-f]{64}"));
  EXPECT_EQ(RequestHash(Reported()), RequestHash(Reported()));
}

TEST(ContentHash, OfARequestTellsEveryField) {
  const std::vector<std::function<void(Call&)>> changes = {
      [](Call&) {},
      [](Call& c) { c.source = v1::CALL_SOURCE_MANUAL; },
      [](Call& c) { c.external_call_id = "call-2"; },
      [](Call& c) { c.caller_number = ""; },
      [](Call& c) { c.called_number = "+19495550102"; },
      [](Call& c) { c.summary = "lea"; },
      [](Call& c) { c.summary = "", c.transcript = "leak"; },
      [](Call& c) { c.given_urgency = v1::URGENCY_LOW; },
      [](Call& c) { c.start_time = absl::UnixEpoch(); },
      [](Call& c) { c.end_time = absl::UnixEpoch(); },
      [](Call& c) { c.twilio_call_sid = "CA1"; },
  };
  std::set<std::string> hashes;
  for (const auto& change : changes) {
    Call call = Reported();
    change(call);
    hashes.insert(RequestHash(call));
  }
  EXPECT_EQ(hashes.size(), changes.size());
}

TEST(ContentHash, KnowsWhereAFieldEnds) {
  Call one = Reported(), other = Reported();
  one.summary = "ab", one.transcript = "c";
  other.summary = "a", other.transcript = "bc";
  EXPECT_NE(RequestHash(one), RequestHash(other));
  one = other = Reported();
  one.caller_number = "12", one.called_number = "3";
  other.caller_number = "1", other.called_number = "23";
  EXPECT_NE(CallIdentityHash(one), CallIdentityHash(other));
}

TEST(ContentHash, OfACallTellsItsNumbersOnly) {
  Call later = Reported();
  later.summary = "a longer summary";
  later.transcript = "User: leak";
  later.end_time = absl::UnixEpoch();
  later.given_urgency = v1::URGENCY_HIGH;
  EXPECT_EQ(CallIdentityHash(later), CallIdentityHash(Reported()));
  later.caller_number = "+19495550124";
  EXPECT_NE(CallIdentityHash(later), CallIdentityHash(Reported()));
}

}  // namespace
}  // namespace afterhours::store
