// The directory changes while dispatches run: what is out stays out, and nobody is
// forgotten.

#include "tests/harness/eventually.h"
#include "tests/scenario/directory_messages.h"
#include "tests/scenario/durable_world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;
constexpr auto NEEDS_REVIEW = v1::DISPATCH_STATUS_NEEDS_REVIEW;

TEST(DirectoryRunning, ATechnicianWhoIsDeleted_CanStillTakeWhatTheyWerePagedFor) {
  World world({.directory = DurableDirectory()});
  Directory& directory = world.directory();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(directory.DeleteTechnician("smith", "ana"), Fails(Code::kFailedPrecondition, "TECHNICIAN_IN_USE"));
  ASSERT_THAT(directory.DeleteRosterEntry("smith", "ana"), Succeeds());
  ASSERT_THAT(directory.DeleteTechnician("smith", "ana"), Succeeds());
  EXPECT_THAT(page.Reply("1"), HasSubstr("yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Ana Diaz");
}

TEST(DirectoryRunning, ATechnicianWhoIsDeleted_IsPassedOver) {
  World world({.directory = DurableDirectory()});
  Directory& directory = world.directory();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ASSERT_THAT(directory.DeleteRosterEntry("smith", "ana"), Succeeds());
  ASSERT_THAT(directory.DeleteTechnician("smith", "ana"), Succeeds());
  world.Advance(kStepWait);  // Ana would be called now
  world.PhoneOf("bo").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

TEST(DirectoryRunning, ABusinessThatIsDeleted_FinishesItsDispatches) {
  World world({.directory = DurableDirectory()});
  Directory& directory = world.directory();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ASSERT_THAT(directory.DeleteBusiness("smith"), Succeeds());

  // Its number is nobody's, then another one's; what is under way stays where it is.
  DispatchHandle late = world.PlaceCall("Gas smell");
  EXPECT_EQ(late.Get().dispatch().status(), NEEDS_REVIEW);
  ASSERT_THAT(directory.Create(NewBusiness("jones", World::kCalledNumber)), Succeeds());
  late.ExpectStatus(v1::DISPATCH_STATUS_UNASSIGNED);
  ASSERT_THAT(directory.Create("jones", NewTechnician("cy", "+19495550113")), Succeeds());
  ASSERT_THAT(directory.Create("jones", Proto<v1::RosterEntry>("key: 'cy' priority: 1 technician: 'cy'")), Succeeds());
  world.PhoneWith("+19495550113").ExpectSms("Gas smell").Reply("1");
  late.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().business_name(), "Smith Plumbing");

  world.PhoneOf("ana").Does("is busy");
  world.Advance(kStepWait);
  world.CountExpectedCalls(1);
  world.PhoneOf("bo").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Bo Chen");
}

TEST(DirectoryRunning, ADeletedBusinesssPageCanBeAcked_AndItsOwnerIsPaged) {
  World world({.directory = DurableDirectory()});
  Directory& directory = world.directory();
  DispatchHandle first = world.PlaceCall("Water leak");
  Phone ana = world.PhoneOf("ana");
  const ReceivedSms page = ana.ExpectSms("Water leak");
  DispatchHandle second = world.PlaceCall("No heat");
  ana.ExpectSms("No heat").Reply("2 {code}");
  world.PhoneOf("bo").ExpectSms("No heat").Reply("2 {code}");
  const ReceivedSms owners = world.PhoneOf("sam").ExpectSms("No heat");
  ASSERT_THAT(directory.DeleteBusiness("smith"), Succeeds());
  page.Reply("1 {code}");
  first.ExpectStatus(CONFIRMED);
  owners.Reply("1 {code}");
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(second.Get().dispatch().acked_by(), "Sam Smith");
}

TEST(DirectoryRunning, APolicysEdit_HoldsForNewDispatches) {
  World world({.directory = DurableDirectory()});
  Directory& directory = world.directory();
  DispatchHandle before = world.PlaceCall("Water leak");
  Phone ana = world.PhoneOf("ana");
  ana.ExpectSms("Water leak");
  before.ExpectPage(v1::PAGE_STATE_DELIVERED);
  for (const auto urgency : {v1::URGENCY_HIGH, v1::URGENCY_MEDIUM, v1::URGENCY_LOW}) {
    v1::Policy policy = Proto<v1::Policy>("steps { channel: CHANNEL_SMS wait { seconds: 7200 } }");
    policy.set_urgency(urgency);
    ASSERT_THAT(directory.Update("smith", policy, {"steps"}), Succeeds());
  }
  DispatchHandle after = world.PlaceCall("No heat");
  ana.ExpectSms("No heat");
  after.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ana.Does("is busy");
  world.Advance(kStepWait);
  world.CountExpectedCalls(1);  // the old policy: Ana is called about the first one, then Bo is texted
  world.PhoneOf("bo").ExpectSms("Water leak").Reply("1");
  before.ExpectStatus(CONFIRMED);
  EXPECT_EQ(after.Get().pages_size(), 1) << "the new policy waits for two hours";
}

TEST(DirectoryRunning, WhoComesOnCall_IsPagedAtOnce) {
  World world({.directory = R"(
businesses:
  - {key: smith, name: Smith Plumbing, time_zone: America/Los_Angeles, sms_sender: "+19495550101",
     technicians: [{key: ana, name: Ana Diaz, sms: "+19495550111"}]}
  - {key: other, name: Other, time_zone: America/Los_Angeles}
)"});
  Directory& directory = world.directory();
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  EXPECT_EQ(dispatch.Get().dispatch().status(), NEEDS_REVIEW);
  v1::Business claim;
  claim.set_key("smith");
  claim.add_numbers(World::kCalledNumber);
  ASSERT_THAT(directory.Update(claim, {}, "olga"), Succeeds());
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_UNASSIGNED);
  ASSERT_THAT(directory.Create("smith", Proto<v1::Override>(R"(
    key: "tonight" kind: OVERRIDE_KIND_ADD technician: "ana" start_time { seconds: 1 } end_time { seconds: 2 })")),
              FailsAt(Paths{"override.end_time"}));
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  v1::Override tonight = Proto<v1::Override>("key: 'tonight' kind: OVERRIDE_KIND_ADD technician: 'ana'");
  tonight.mutable_start_time()->set_seconds(now - 60);
  tonight.mutable_end_time()->set_seconds(now + 3600);
  ASSERT_THAT(directory.Create("smith", tonight), Succeeds());
  world.PhoneOf("ana").ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(CONFIRMED);
}

}  // namespace
}  // namespace afterhours::testing
