#include <gtest/gtest.h>

#include "base/ids.h"
#include "server/rpc/convert.h"

namespace afterhours::rpc {
namespace {

TEST(WriteDispatch, TellsAllThatIsKnown) {
  core::Snapshot snapshot;
  snapshot.business.id = "b1";
  snapshot.business.name = "Smith Plumbing";
  snapshot.dispatch.id = "d1";
  snapshot.dispatch.status = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
  snapshot.dispatch.urgency = v1::URGENCY_HIGH;
  snapshot.dispatch.acked_by = "Ana Diaz";
  snapshot.dispatch.create_time = absl::FromUnixMicros(1714608475945123);
  snapshot.dispatch.end_time = absl::FromUnixSeconds(1714608500);
  snapshot.call.caller_number = "+19495550123";
  snapshot.call.given_urgency = v1::URGENCY_MEDIUM;
  v1::Dispatch out;
  Write(snapshot, &out);
  EXPECT_EQ(out.id(), "d1");
  EXPECT_EQ(out.business_id(), "b1");
  EXPECT_EQ(out.business_name(), "Smith Plumbing");
  EXPECT_EQ(out.status(), v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_EQ(out.urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(out.acked_by(), "Ana Diaz");
  EXPECT_EQ(out.create_time().seconds(), 1714608475);
  EXPECT_EQ(out.create_time().nanos(), 945123000);
  EXPECT_EQ(out.end_time().seconds(), 1714608500);
  EXPECT_EQ(out.call().caller_number(), "+19495550123");
  EXPECT_EQ(out.call().urgency(), v1::URGENCY_MEDIUM) << "the level that was given, not the one judged";
  EXPECT_FALSE(out.call().has_start_time());
}

TEST(WriteDispatch, HasNoBusinessWhenNoneMatched) {
  core::Snapshot snapshot;
  snapshot.business.id = std::string(kNilId);
  v1::Dispatch out;
  Write(snapshot, &out);
  EXPECT_EQ(out.business_id(), "");
  EXPECT_FALSE(out.has_end_time());
}

TEST(WritePageAndEvent, NameTheirDispatch) {
  core::Page page;
  page.id = "p1";
  page.state = v1::PAGE_STATE_UNCERTAIN;
  page.attempt_count = 2;
  page.reply_code = "K7PD";
  v1::Page out_page;
  Write(page, "d1", &out_page);
  EXPECT_EQ(out_page.id(), "p1");
  EXPECT_EQ(out_page.dispatch_id(), "d1");
  EXPECT_EQ(out_page.state(), v1::PAGE_STATE_UNCERTAIN);
  EXPECT_EQ(out_page.attempt_count(), 2);
  EXPECT_EQ(out_page.reply_code(), "K7PD");

  const core::Event event{3,    absl::FromUnixSeconds(5), v1::EVENT_KIND_ACKED, "technician:ana",
                          "p1", "Acknowledged",           {{"acked_by", "ana"}}};
  v1::Event out_event;
  Write(event, "d1", &out_event);
  EXPECT_EQ(out_event.dispatch_id(), "d1");
  EXPECT_EQ(out_event.sequence(), 3);
  EXPECT_EQ(out_event.kind(), v1::EVENT_KIND_ACKED);
  EXPECT_EQ(out_event.event_time().seconds(), 5);
  EXPECT_EQ(out_event.attributes().at("acked_by"), "ana");
}

}  // namespace
}  // namespace afterhours::rpc
