#include "adapters/twilio/statuses.h"

#include <gtest/gtest.h>

#include <string>

namespace afterhours::twilio {
namespace {

TEST(CallStatus, SaysHowThePageStands) {
  struct Case {
    const char* status;
    v1::PageState state;
    bool over;
    const char* error;
  };
  const Case kCases[] = {
      {"queued", v1::PAGE_STATE_ACCEPTED, false, ""},
      {"initiated", v1::PAGE_STATE_ACCEPTED, false, ""},
      {"ringing", v1::PAGE_STATE_SENT, false, ""},
      {"in-progress", v1::PAGE_STATE_DELIVERED, false, ""},
      {"completed", v1::PAGE_STATE_DELIVERED, true, ""},
      {"busy", v1::PAGE_STATE_UNDELIVERED, true, "busy"},
      {"no-answer", v1::PAGE_STATE_UNDELIVERED, true, "no-answer"},
      {"failed", v1::PAGE_STATE_FAILED, true, "failed"},
      {"canceled", v1::PAGE_STATE_FAILED, true, "canceled"},
      {"", v1::PAGE_STATE_UNSPECIFIED, false, ""},
      {"Completed", v1::PAGE_STATE_UNSPECIFIED, false, ""},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(CallStateOf(c.status), c.state) << c.status;
    EXPECT_EQ(IsCallOver(c.status), c.over) << c.status;
    EXPECT_EQ(std::string(CallErrorOf(c.status)), c.error) << c.status;
  }
}

}  // namespace
}  // namespace afterhours::twilio
