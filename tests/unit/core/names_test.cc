#include "server/core/names.h"

#include <gtest/gtest.h>

namespace afterhours::core {
namespace {

template <typename Enum>
void ExpectRoundTrip(int min, int max, Enum (*parse)(absl::string_view)) {
  for (int i = min; i <= max; ++i) {
    const auto value = static_cast<Enum>(i);
    const std::string name = Name(value);
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_EQ(parse(name), value) << name;
  }
}

TEST(Names, OfAllValuesAreReadBack) {
  ExpectRoundTrip<v1::Urgency>(v1::Urgency_MIN, v1::Urgency_MAX, &ParseUrgency);
  ExpectRoundTrip<v1::DispatchStatus>(v1::DispatchStatus_MIN, v1::DispatchStatus_MAX, &ParseDispatchStatus);
  ExpectRoundTrip<v1::PageState>(v1::PageState_MIN, v1::PageState_MAX, &ParsePageState);
  ExpectRoundTrip<v1::Channel>(v1::Channel_MIN, v1::Channel_MAX, &ParseChannel);
  ExpectRoundTrip<v1::CallSource>(v1::CallSource_MIN, v1::CallSource_MAX, &ParseCallSource);
  ExpectRoundTrip<v1::EventKind>(v1::EventKind_MIN, v1::EventKind_MAX, &ParseEventKind);
}

TEST(Names, OfTimersAreReadBack) {
  for (const TimerKind kind :
       {TimerKind::kStep, TimerKind::kCutoff, TimerKind::kCheck, TimerKind::kReplies, TimerKind::kOpinion}) {
    EXPECT_EQ(ParseTimerKind(Name(kind)), kind);
  }
}

TEST(Names, AreShort) {
  EXPECT_EQ(Name(v1::URGENCY_HIGH), "HIGH");
  EXPECT_EQ(Name(v1::DISPATCH_STATUS_DISPATCHED_NO_ACK), "DISPATCHED_NO_ACK");
  EXPECT_EQ(Name(v1::PAGE_STATE_UNCERTAIN), "UNCERTAIN");
  EXPECT_EQ(Name(v1::CHANNEL_SMS), "SMS");
}

TEST(Names, ThatAreNoneAreUnspecified) {
  for (const char* name : {"", "high", "URGENCY_HIGH", "HIGHEST", "HIGH "}) {
    EXPECT_EQ(ParseUrgency(name), v1::URGENCY_UNSPECIFIED) << name;
  }
  EXPECT_EQ(ParsePageState("HIGH"), v1::PAGE_STATE_UNSPECIFIED);
}

}  // namespace
}  // namespace afterhours::core
