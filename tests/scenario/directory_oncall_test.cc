// Who is on call, now and on the nights when clocks change.

#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

World::Options Night() {
  return {.directory = R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/New_York
    numbers: ["+1 949 555 0100"]
    technicians:
      - {key: ana, name: Ana Diaz, sms: "+19495550111"}
      - {key: bo, name: Bo Chen, sms: "+19495550112"}
      - {key: cy, name: Cy Dee, sms: "+19495550113"}
    roster:
      - {technician: bo, priority: 1, windows: [{from: "22:00", until: "01:30"}]}
      - {technician: ana, priority: 2, windows: [{days: MON-FRI, from: "08:00", until: "17:00"}]}
)",
          .dispatchd_flags = {"--engine=false"}};
}

std::int64_t At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return absl::ToUnixSeconds(time);
}

std::vector<std::string> OnCallAt(World& world, const std::string& time, v1::WhoIsOnCallResponse* all = nullptr) {
  v1::WhoIsOnCallRequest request;
  request.set_business("smith");
  request.mutable_time()->set_seconds(At(time));
  const auto response = world.directory().Call(&DirectoryStub::WhoIsOnCall, request);
  EXPECT_THAT(response, Succeeds());
  std::vector<std::string> keys;
  for (const v1::OnCall& line : response->on_call()) keys.push_back(line.technician());
  if (all != nullptr) *all = *response;
  return keys;
}

TEST(DirectoryOnCall, TheNightWhenTheClockIsPutBack) {
  World world(Night());
  // 2026-11-01, 02:00 summer time (06:00Z) is 01:00 again: 01:30 comes twice, and the second one ends it.
  v1::WhoIsOnCallResponse all;
  EXPECT_THAT(OnCallAt(world, "2026-11-01T05:29:00Z", &all), ElementsAre("bo"));
  EXPECT_EQ(all.next_change_time().seconds(), At("2026-11-01T06:30:00Z"));
  EXPECT_EQ(all.on_call(0).name(), "Bo Chen");
  EXPECT_EQ(all.on_call(0).entry(), "bo");
  EXPECT_EQ(all.on_call(0).technician_id(), world.directory().GetTechnician("smith", "bo")->id());
  EXPECT_NE(all.on_call(0).reason(), "");
  EXPECT_THAT(OnCallAt(world, "2026-11-01T06:29:59Z"), ElementsAre("bo"));
  EXPECT_THAT(OnCallAt(world, "2026-11-01T06:30:00Z"), IsEmpty());
  EXPECT_THAT(OnCallAt(world, "2026-10-31T05:29:59Z"), ElementsAre("bo")) << "the night before";
  EXPECT_THAT(OnCallAt(world, "2026-10-31T05:30:00Z"), IsEmpty());

  // An override of the hour that comes twice, by absolute time.
  auto change = Proto<v1::Override>("key: 'x' kind: OVERRIDE_KIND_REPLACE technician: 'bo' replacement: 'cy'");
  change.mutable_start_time()->set_seconds(At("2026-11-01T06:00:00Z"));
  change.mutable_end_time()->set_seconds(At("2026-11-01T08:00:00Z"));
  ASSERT_THAT(world.directory().Create("smith", change), Succeeds());
  EXPECT_THAT(OnCallAt(world, "2026-11-01T05:59:59Z"), ElementsAre("bo"));
  EXPECT_THAT(OnCallAt(world, "2026-11-01T06:15:00Z", &all), ElementsAre("cy"));
  EXPECT_EQ(all.on_call(0).override(), "x");

  v1::PreviewOnCallRequest preview;
  preview.set_business("smith");
  preview.mutable_start_time()->set_seconds(At("2026-11-01T00:00:00Z"));
  preview.mutable_end_time()->set_seconds(At("2026-11-02T14:00:00Z"));
  const auto shifts = world.directory().Call(&DirectoryStub::PreviewOnCall, preview);
  ASSERT_THAT(shifts, Succeeds());
  EXPECT_EQ(shifts->time_zone(), "America/New_York");
  std::vector<std::string> told;
  std::int64_t end = preview.start_time().seconds();
  for (const v1::Shift& shift : shifts->shifts()) {
    EXPECT_EQ(shift.start_time().seconds(), end) << "no hole";
    end = shift.end_time().seconds();
    told.push_back((shift.on_call().empty() ? "-" : shift.on_call(0).technician()) +
                   absl::FormatTime(" %dT%H:%M", absl::FromUnixSeconds(end), absl::UTCTimeZone()));
  }
  EXPECT_EQ(end, preview.end_time().seconds());
  EXPECT_THAT(told, ElementsAre("- 01T02:00", "bo 01T06:00", "cy 01T06:30", "- 02T03:00", "bo 02T06:30", "- 02T13:00",
                                "ana 02T14:00"));
}

TEST(DirectoryOnCall, TheNightWhenTheClockIsPutForward) {
  World world(Night());
  v1::RosterEntry change;
  change.set_key("bo");
  *change.add_windows() = Proto<v1::Window>("from: '22:00' until: '02:30'");
  ASSERT_THAT(world.directory().Update("smith", change), Succeeds());
  // 2026-03-08: 02:30 is skipped; at 07:00Z it is 03:00 at once.
  EXPECT_THAT(OnCallAt(world, "2026-03-08T06:59:59Z"), ElementsAre("bo"));
  EXPECT_THAT(OnCallAt(world, "2026-03-08T07:00:00Z"), IsEmpty());
}

TEST(DirectoryOnCall, NowIsTheDatabasesNow) {
  World world(Night());
  v1::WhoIsOnCallRequest request;
  request.set_business("smith");
  const auto before = world.directory().Call(&DirectoryStub::WhoIsOnCall, request);
  world.Advance(absl::Hours(24 * 400));
  const auto after = world.directory().Call(&DirectoryStub::WhoIsOnCall, request);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_GE(after->time().seconds() - before->time().seconds(), 400 * 86400);
  v1::PreviewOnCallRequest preview;
  preview.set_business("smith");
  const auto week = world.directory().Call(&DirectoryStub::PreviewOnCall, preview);
  ASSERT_THAT(week, Succeeds());
  ASSERT_GT(week->shifts_size(), 7);
  EXPECT_GE(week->shifts(0).start_time().seconds(), after->time().seconds());
  EXPECT_EQ(week->shifts(week->shifts_size() - 1).end_time().seconds() - week->shifts(0).start_time().seconds(),
            7 * 86400);
}

TEST(DirectoryOnCall, AskingForImpossibleTimes) {
  World world(Night());
  Directory& directory = world.directory();
  v1::PreviewOnCallRequest preview;
  preview.set_business("smith");
  preview.mutable_start_time()->set_seconds(1000000);
  preview.mutable_end_time()->set_seconds(1000000);
  EXPECT_THAT(directory.Call(&DirectoryStub::PreviewOnCall, preview), FailsAt(Paths{"end_time"}));
  preview.mutable_end_time()->set_seconds(1000001);
  EXPECT_THAT(directory.Call(&DirectoryStub::PreviewOnCall, preview), Succeeds());
  preview.mutable_end_time()->set_seconds(1000000 + 92 * 86400 + 1);
  EXPECT_THAT(directory.Call(&DirectoryStub::PreviewOnCall, preview), FailsAt(Paths{"end_time"}));
  preview.mutable_start_time()->set_seconds(-1);
  preview.mutable_end_time()->set_nanos(-1);
  EXPECT_THAT(directory.Call(&DirectoryStub::PreviewOnCall, preview), FailsAt(Paths{"start_time", "end_time"}));
  // The end of time: a week from there is in no year that a message can have.
  preview.mutable_start_time()->set_seconds(253402300799);
  preview.clear_end_time();
  EXPECT_THAT(directory.Call(&DirectoryStub::PreviewOnCall, preview), FailsAt(Paths{"end_time"}));
  v1::WhoIsOnCallRequest who;
  who.set_business("smith");
  who.mutable_time()->set_seconds(253402300799);
  const auto last = directory.Call(&DirectoryStub::WhoIsOnCall, who);
  ASSERT_THAT(last, Succeeds());
  EXPECT_FALSE(last->has_next_change_time());
  who.mutable_time()->set_seconds(0);
  EXPECT_THAT(directory.Call(&DirectoryStub::WhoIsOnCall, who), Succeeds());
  who.mutable_time()->set_seconds(253402300800);
  EXPECT_THAT(directory.Call(&DirectoryStub::WhoIsOnCall, who), FailsAt(Paths{"time"}));
}

}  // namespace
}  // namespace afterhours::testing
