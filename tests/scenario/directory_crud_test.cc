// Everything in the directory can be made, read, changed and removed, and nothing
// of that happens without a line of history.

#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

// No dispatch is made in these tests; RPCs need no engine.
World::Options Still() { return {.dispatchd_flags = {"--engine=false"}}; }

TEST(DirectoryCrud, Business_FromItsCreationToItsEnd) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business wanted = NewBusiness("north", "(949) 555-0150");
  wanted.add_retell_agent_ids("agent_1");
  wanted.mutable_owner()->set_phone("949.555.0151");
  const auto made = directory.Create(wanted, "olga");
  ASSERT_THAT(made, Succeeds());
  EXPECT_EQ(made->id().size(), 36u);
  EXPECT_EQ(made->region(), "US");
  EXPECT_THAT(made->numbers(), ElementsAre("+19495550150"));
  EXPECT_EQ(made->owner().phone(), "+19495550151");
  EXPECT_TRUE(made->has_create_time() && made->has_update_time() && !made->etag().empty());

  for (const std::string& name : {made->id(), std::string("north")}) {
    const auto read = directory.Get(name);
    ASSERT_THAT(read, Succeeds());
    EXPECT_EQ(read->SerializeAsString(), made->SerializeAsString());
  }
  v1::Business change;
  change.set_key("north");
  change.set_name("North & Sons");
  const auto renamed = directory.Update(change);
  ASSERT_THAT(renamed, Succeeds());
  EXPECT_EQ(renamed->name(), "North & Sons");
  EXPECT_THAT(renamed->numbers(), ElementsAre("+19495550150")) << "an empty mask takes what is set only";
  EXPECT_NE(renamed->etag(), made->etag());
  EXPECT_EQ(renamed->id(), made->id());

  EXPECT_THAT(directory.DeleteBusiness(made->id(), made->etag()), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeleteBusiness(made->id(), renamed->etag()), Succeeds());
  EXPECT_THAT(directory.Get("north"), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));
  EXPECT_THAT(directory.Get(made->id()), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));
  EXPECT_THAT(directory.DeleteBusiness("north"), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));
  EXPECT_THAT(directory.Update(change), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));
  EXPECT_THAT(directory.Create("north", NewTechnician("cy", "+19495550152")),
              Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));

  // Its number, its agent and its key are free again; it is another business.
  wanted.set_key("south");
  EXPECT_THAT(directory.Create(wanted), Succeeds());
  const auto again = directory.Create(NewBusiness("north", ""));
  ASSERT_THAT(again, Succeeds());
  EXPECT_NE(again->id(), made->id());
}

TEST(DirectoryCrud, Technician_FromCreationToEnd) {
  World world(Still());
  Directory& directory = world.directory();
  const v1::Technician wanted = Proto<v1::Technician>(R"(
    key: "cy" name: "Cy Dee"
    contact_methods { channel: CHANNEL_SMS address: "949 555 0113" }
    contact_methods { channel: CHANNEL_EMAIL address: "cy@example.com" }
    contact_methods { channel: CHANNEL_SMS address: "949 555 0114" })");
  const auto made = directory.Create("smith", wanted);
  ASSERT_THAT(made, Succeeds());
  EXPECT_TRUE(made->has_active() && made->active() && made->has_available() && made->available());
  EXPECT_EQ(made->contact_methods(0).address(), "+19495550113");
  EXPECT_EQ(made->contact_methods(2).address(), "+19495550114") << "the order is theirs";
  for (const std::string& name : {made->id(), std::string("cy")}) {
    EXPECT_EQ(directory.GetTechnician("smith", name)->SerializeAsString(), made->SerializeAsString());
  }
  v1::Technician change;
  change.set_key("cy");
  change.set_available(false);
  const auto away = directory.Update("smith", change);
  ASSERT_THAT(away, Succeeds());
  EXPECT_FALSE(away->available());
  EXPECT_TRUE(away->active());
  EXPECT_EQ(away->contact_methods_size(), 3);
  change.set_etag(made->etag());
  EXPECT_THAT(directory.Update("smith", change), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeleteTechnician("smith", "cy", made->etag()), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeleteTechnician("smith", "cy", away->etag()), Succeeds());
  EXPECT_THAT(directory.GetTechnician("smith", "cy"), Fails(Code::kNotFound, "TECHNICIAN_NOT_FOUND"));
  EXPECT_THAT(directory.DeleteTechnician("smith", "cy"), Fails(Code::kNotFound, "TECHNICIAN_NOT_FOUND"));
  EXPECT_THAT(directory.GetTechnician("jones", "ana"), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));
}

TEST(DirectoryCrud, RosterEntry_FromCreationToEnd) {
  World world(Still());
  Directory& directory = world.directory();
  const auto made = directory.Create("smith", Proto<v1::RosterEntry>(R"(
    key: "nights" priority: 3 windows { days: DAY_OF_WEEK_MONDAY from: "18:00" until: "06:00" }
    rotation { unit: ROTATION_UNIT_WEEK start: "2026-01-05T09:00" technicians: "ana" technicians: "bo" })"));
  ASSERT_THAT(made, Succeeds());
  EXPECT_EQ(made->rotation().shift_length(), 1);
  EXPECT_EQ(directory.GetRosterEntry("smith", "nights")->SerializeAsString(), made->SerializeAsString());

  // A technician in place of the rotation: a oneof holds one of them.
  v1::RosterEntry change = *made;
  change.set_technician("bo");
  change.set_priority(9);
  const auto simple = directory.Update("smith", change, {"technician"});
  ASSERT_THAT(simple, Succeeds());
  EXPECT_EQ(simple->technician(), "bo");
  EXPECT_FALSE(simple->has_rotation());
  EXPECT_EQ(simple->priority(), 3);
  EXPECT_THAT(directory.DeleteRosterEntry("smith", "nights", made->etag()), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeleteRosterEntry("smith", "nights"), Succeeds());
  EXPECT_THAT(directory.GetRosterEntry("smith", "nights"), Fails(Code::kNotFound, "ROSTER_ENTRY_NOT_FOUND"));
  EXPECT_THAT(directory.Update("smith", change), Fails(Code::kNotFound, "ROSTER_ENTRY_NOT_FOUND"));
}

TEST(DirectoryCrud, Override_FromCreationToEnd) {
  World world(Still());
  Directory& directory = world.directory();
  const auto made = directory.Create("smith", Proto<v1::Override>(R"(
    key: "swap" kind: OVERRIDE_KIND_REPLACE technician: "ana" replacement: "bo"
    start_time { seconds: 4102444800 nanos: 5 } end_time { seconds: 4102531200 } reason: "wedding")"));
  ASSERT_THAT(made, Succeeds());
  EXPECT_EQ(made->start_time().nanos(), 5);
  EXPECT_EQ(directory.GetOverride("smith", "swap")->SerializeAsString(), made->SerializeAsString());
  v1::Override change;
  change.set_key("swap");
  change.mutable_end_time()->set_seconds(4102488000);
  const auto shorter = directory.Update("smith", change, {"end_time", "reason"});
  ASSERT_THAT(shorter, Succeeds());
  EXPECT_EQ(shorter->reason(), "") << "named by the mask, and not set";
  EXPECT_EQ(shorter->replacement(), "bo");
  EXPECT_THAT(directory.DeleteOverride("smith", "swap", made->etag()), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeleteOverride("smith", "swap", shorter->etag()), Succeeds());
  EXPECT_THAT(directory.GetOverride("smith", "swap"), Fails(Code::kNotFound, "OVERRIDE_NOT_FOUND"));
}

// An override that ended long ago is forgotten: it must not take dispatchd with it.
TEST(DirectoryCrud, OverridesOfLongAgo_AreRefused_AndThoseThatAgeAreForgotten) {
  World world(Still());
  Directory& directory = world.directory();
  const auto over = Proto<v1::Override>(R"(
    key: "old" kind: OVERRIDE_KIND_REMOVE technician: "ana" start_time { seconds: 1000 } end_time { seconds: 2000 })");
  EXPECT_THAT(directory.Create("smith", over), FailsAt(Paths{"override.end_time"}));
  v1::Override soon = over;
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  soon.mutable_start_time()->set_seconds(now);
  soon.mutable_end_time()->set_seconds(now + 3600);
  const auto made = directory.Create("smith", soon);
  ASSERT_THAT(made, Succeeds());
  EXPECT_THAT(directory.Update("smith", over), FailsAt(Paths{"override.end_time"}));
  const std::string file = directory.Export();
  const std::size_t changes = directory.Changes().size();

  world.Advance(absl::Hours(24 * 31 + 2));
  EXPECT_THAT(directory.GetOverride("smith", "old"), Fails(Code::kNotFound, "OVERRIDE_NOT_FOUND"));
  EXPECT_EQ(directory.Plan(file)->change_count(), 0) << "what a file says of the past changes nothing";
  EXPECT_THAT(directory.Apply(file), Succeeds());
  v1::Business same;
  same.set_key("smith");
  same.set_name("Smith Plumbing");
  EXPECT_THAT(directory.Update(same), Succeeds());
  EXPECT_EQ(directory.Changes().size(), changes) << "nobody changed anything";
}

TEST(DirectoryCrud, Policies_DefaultThenOwnThenDefault) {
  World world(Still());
  Directory& directory = world.directory();
  const auto policies = directory.Policies("smith");
  ASSERT_THAT(policies, Succeeds());
  ASSERT_EQ(policies->size(), 3u);
  EXPECT_EQ((*policies)[0].urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ((*policies)[2].urgency(), v1::URGENCY_LOW);
  for (const v1::Policy& policy : *policies) EXPECT_TRUE(policy.is_default());
  const v1::Policy usual = (*policies)[2];
  ASSERT_TRUE(usual.has_hold());

  v1::Policy change;
  change.set_urgency(v1::URGENCY_LOW);
  change.mutable_cutoff()->set_seconds(3600);
  const auto own = directory.Update("smith", change, {"cutoff", "hold"});
  ASSERT_THAT(own, Succeeds());
  EXPECT_FALSE(own->is_default());
  EXPECT_FALSE(own->has_hold()) << "the mask names it, and it is not set";
  EXPECT_EQ(own->steps_size(), usual.steps_size()) << "it goes on from the default";
  EXPECT_TRUE((*directory.Policies("smith"))[0].is_default());

  change.set_etag(usual.etag());
  EXPECT_THAT(directory.Update("smith", change), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(directory.DeletePolicy("smith", v1::URGENCY_LOW, usual.etag()), Fails(Code::kAborted, "ETAG_MISMATCH"));
  const auto reset = directory.DeletePolicy("smith", v1::URGENCY_LOW, own->etag());
  ASSERT_THAT(reset, Succeeds());
  EXPECT_TRUE(reset->is_default());
  EXPECT_EQ(reset->etag(), usual.etag());
  const std::size_t changes = directory.Changes().size();
  EXPECT_THAT(directory.DeletePolicy("smith", v1::URGENCY_LOW), Succeeds());
  EXPECT_EQ(directory.Changes().size(), changes) << "it was the default already";

  // Its own, saying what the default says, is the default.
  v1::Policy own_again = *own;
  own_again.clear_etag();
  EXPECT_THAT(directory.Update("smith", own_again, {"*"}), Succeeds());
  EXPECT_THAT(directory.Update("smith", usual, {"*"}), Fails(Code::kAborted, "ETAG_MISMATCH"));
  v1::Policy usual_now = usual;
  usual_now.clear_etag();
  const auto same = directory.Update("smith", usual_now, {"*"});
  ASSERT_THAT(same, Succeeds());
  EXPECT_TRUE(same->is_default());
}

TEST(DirectoryCrud, TheRosterKeepsItsTechnicians) {
  World world(Still());
  Directory& directory = world.directory();
  const absl::Status used = directory.DeleteTechnician("smith", "ana");
  EXPECT_THAT(used, Fails(Code::kFailedPrecondition, "TECHNICIAN_IN_USE"));
  EXPECT_THAT(std::string(used.message()), HasSubstr("roster entry \"ana\""));
  EXPECT_THAT(directory.DeleteRosterEntry("smith", "ana"), Succeeds());
  ASSERT_THAT(directory.Create("smith", Proto<v1::Override>(R"(
    key: "help" kind: OVERRIDE_KIND_REPLACE technician: "bo" replacement: "ana"
    start_time { seconds: 4102444800 } end_time { seconds: 4102531200 })")),
              Succeeds());
  const absl::Status still = directory.DeleteTechnician("smith", "ana");
  EXPECT_THAT(still, Fails(Code::kFailedPrecondition, "TECHNICIAN_IN_USE"));
  EXPECT_THAT(std::string(still.message()), HasSubstr("override \"help\""));
  EXPECT_THAT(directory.DeleteOverride("smith", "help"), Succeeds());
  EXPECT_THAT(directory.DeleteTechnician("smith", "ana"), Succeeds());
}

}  // namespace
}  // namespace afterhours::testing
