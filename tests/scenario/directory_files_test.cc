// The directory as a file: what is written down is what is there, and what is
// applied is all of it or nothing.

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Code = absl::StatusCode;

World::Options Still(const std::string& directory = "") {
  return {.directory = directory, .dispatchd_flags = {"--engine=false"}};
}

// A business with a bit of everything, and texts that YAML could misread.
v1::Business MakeRich(Directory& directory) {
  v1::Business rich = Proto<v1::Business>(R"(
    key: "rich" name: "yes: \"Ünï\" #1 \\ & 'sons' " time_zone: "Europe/London" region: "GB"
    numbers: "0113 496 0123" numbers: "0113 496 0122" retell_agent_ids: "0x10" retell_agent_ids: "Zed" retell_agent_ids: "agent_2"
    sms_sender: "MG00000000000000000000000000000001" owner { name: "null" phone: "0113 496 0199" } trade: TRADE_LOCKSMITH
    urgency_rules { phrase: "lift stuck" urgency: URGENCY_HIGH topic: "lift" } repeat_call_window { nanos: 500000000 })");
  EXPECT_THAT(directory.Create(rich), Succeeds());
  for (const char* technician :
       {R"(key: "1" name: "~" contact_methods { channel: CHANNEL_VOICE address: "07700 900001" }
           contact_methods { channel: CHANNEL_SMS address: "07700 900001" } available: false)",
        R"(key: "no" name: "line\nbreak\ttab" contact_methods { channel: CHANNEL_EMAIL address: "no@example.com" })",
        R"(key: "on" name: "- on" active: false)",
        R"(key: "two" name: "Two" contact_methods { channel: CHANNEL_SMS address: "07700 900002" }
           contact_methods { channel: CHANNEL_SMS address: "07700 900003" })",
        R"(key: "usual" name: "Usual" contact_methods { channel: CHANNEL_SMS address: "07700 900004" }
           contact_methods { channel: CHANNEL_VOICE address: "07700 900004" }
           contact_methods { channel: CHANNEL_WHATSAPP address: "07700 900004" })"}) {
    EXPECT_THAT(directory.Create("rich", Proto<v1::Technician>(technician)), Succeeds());
  }
  for (const char* entry :
       {R"(key: "no" priority: 1 technician: "no")", R"(key: "no-2" priority: 2147483647 technician: "no")",
        R"(key: "usual" priority: 2 technician: "two" windows { days: DAY_OF_WEEK_SUNDAY days: DAY_OF_WEEK_MONDAY
           days: DAY_OF_WEEK_TUESDAY from: "00:00" until: "24:00" } windows { from: "22:00" until: "06:00" })",
        R"(key: "turns" priority: 3 rotation { unit: ROTATION_UNIT_MONTH shift_length: 2 start: "2026-01-31T09:30"
           technicians: "1" technicians: "usual" technicians: "1" })"}) {
    EXPECT_THAT(directory.Create("rich", Proto<v1::RosterEntry>(entry)), Succeeds());
  }
  // 2099: within the hour that comes twice, and beside what a minute can say.
  for (const char* change :
       {R"(key: "a" kind: OVERRIDE_KIND_ADD technician: "two" start_time { seconds: 4096573200 nanos: 1 }
           end_time { seconds: 4096576800 } reason: "x: y")",
        R"(key: "b" kind: OVERRIDE_KIND_REPLACE technician: "1" replacement: "two" start_time { seconds: 4096576800 }
           end_time { seconds: 4096576801 nanos: 999999999 })",
        R"(key: "c" kind: OVERRIDE_KIND_REMOVE technician: "usual" start_time { seconds: 4096573200 }
           end_time { seconds: 4096580400 } priority: 3)"}) {
    EXPECT_THAT(directory.Create("rich", Proto<v1::Override>(change)), Succeeds());
  }
  EXPECT_THAT(directory.Update("rich", Proto<v1::Policy>(R"(
    urgency: URGENCY_LOW steps { channel: CHANNEL_WHATSAPP wait { nanos: 1000000 } } rounds: 3 cutoff { seconds: 90061 }
    hold { from: "23:59" until: "00:00" })"),
                               {"*"}),
              Succeeds());
  return *directory.Get("rich");
}

TEST(DirectoryFiles, WhatIsExportedAndApplied_ChangesNothing) {
  World world(Still());
  // A database may have an order of its own.
  world.database().Value("alter table business_agents alter column agent_id type text collate \"en-US-x-icu\"");
  Directory& directory = world.directory();
  const v1::Business rich = MakeRich(directory);
  for (int i = 0; i < 5; ++i) ASSERT_THAT(directory.Create(NewBusiness(absl::StrCat("b", i), "")), Succeeds());
  const std::string file = directory.Export();
  for (const int page_size : {1, 2, 7}) EXPECT_EQ(directory.Export("", page_size), file);
  const std::size_t changes = directory.Changes().size();
  const auto plan = directory.Plan(file);
  ASSERT_THAT(plan, Succeeds());
  EXPECT_THAT(plan->changes(), IsEmpty()) << plan->DebugString();
  EXPECT_EQ(plan->business_count(), 7);
  EXPECT_THAT(directory.Apply(file), Succeeds());
  EXPECT_EQ(directory.Get("rich")->SerializeAsString(), rich.SerializeAsString()) << "not even the time of its change";
  EXPECT_EQ(directory.Changes().size(), changes);

  // Into an empty directory, it gives the same.
  World other(Still("businesses: [{key: x, name: X, time_zone: Etc/UTC}]"));
  ASSERT_THAT(other.directory().DeleteBusiness("x"), Succeeds());
  ASSERT_THAT(other.directory().Apply(file), Succeeds());
  EXPECT_EQ(other.directory().Export(), file);
  EXPECT_EQ(other.directory().Get("rich")->etag(), rich.etag());
  EXPECT_EQ(directory.Export("rich"), other.directory().Export("rich"));
}

TEST(DirectoryFiles, APlanTells_AndAppliesOnlyWhatItTold) {
  World world(Still());
  Directory& directory = world.directory();
  const std::string before = directory.Export();
  std::string wanted = absl::StrReplaceAll(before, {{"Ana Diaz", "Ana D."}, {"+19495550112", "+19495550114"}});
  ASSERT_NE(wanted, before);
  const auto plan = directory.Plan(wanted);
  ASSERT_THAT(plan, Succeeds());
  ASSERT_EQ(plan->change_count(), 2);
  EXPECT_EQ(plan->changes(0).resource(), "technician");
  EXPECT_EQ(plan->changes(0).key(), "ana");
  EXPECT_THAT(plan->changes(0).before(), HasSubstr("Ana Diaz"));
  EXPECT_THAT(plan->changes(0).after(), HasSubstr("Ana D."));
  EXPECT_EQ(directory.Export(), before) << "a plan changes nothing";

  // Somebody changes something of it meanwhile: the plan is stale.
  v1::Technician meanwhile;
  meanwhile.set_key("ana");
  meanwhile.set_available(false);
  ASSERT_THAT(directory.Update("smith", meanwhile), Succeeds());
  const std::string now = directory.Export();
  EXPECT_THAT(directory.Apply(wanted, plan->plan()), Fails(Code::kAborted, "PLAN_MISMATCH"));
  EXPECT_THAT(directory.Apply(wanted, "x"), Fails(Code::kAborted, "PLAN_MISMATCH"));
  EXPECT_EQ(directory.Export(), now);
  const auto again = directory.Plan(wanted);
  const auto applied = directory.Apply(wanted, again->plan());
  ASSERT_THAT(applied, Succeeds());
  EXPECT_EQ(applied->change_count(), 2);
  EXPECT_EQ(directory.Export(), wanted);

  // The second time, as after a lost answer, nothing is left to be done.
  const std::size_t changes = directory.Changes().size();
  const auto twice = directory.Apply(wanted, again->plan());
  ASSERT_THAT(twice, Succeeds());
  EXPECT_EQ(twice->change_count(), 0);
  EXPECT_EQ(directory.Changes().size(), changes);
}

constexpr char kThree[] = R"(
businesses:
  - {key: a, name: A, time_zone: Etc/UTC, numbers: ["+19495550120"], retell_agent_ids: [agent_a]}
  - {key: b, name: B, time_zone: Etc/UTC, numbers: ["+19495550121"]}
  - {key: c, name: C, time_zone: Etc/UTC, numbers: ["+19495550122"]}
)";

TEST(DirectoryFiles, AllOrNothing) {
  World world(Still());
  Directory& directory = world.directory();
  ASSERT_THAT(directory.Apply(kThree), Succeeds());
  const std::string before = directory.Export();
  const std::size_t changes = directory.Changes().size();
  const auto with_c = [](const std::string& c) {
    return absl::StrCat("businesses:\n  - {key: a, name: Other, time_zone: Etc/UTC, numbers: ['+19495550123']}\n  - ",
                        c, "\n");
  };
  EXPECT_THAT(directory.Apply(with_c("{key: c, name: C, time_zone: Mars/Base}")),
              FailsAt(Paths{"businesses[1].time_zone"}));
  EXPECT_THAT(directory.Apply(with_c("{key: c, name: C, time_zone: Etc/UTC, numbers: ['+19495550121']}")),
              Fails(Code::kAlreadyExists, "NUMBER_TAKEN"))
      << "b is not in the file";
  EXPECT_THAT(directory.Apply(with_c("{key: c, name: C, time_zone: Etc/UTC, numbers: ['+19495550123']}")),
              FailsAt(Paths{"businesses[1].numbers"}));
  EXPECT_THAT(directory.Apply(with_c("{key: a, name: A, time_zone: Etc/UTC}")), FailsAt(Paths{"businesses[1].key"}));
  EXPECT_EQ(directory.Apply("businesses: []").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(directory.Apply("\t{").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(directory.Apply("").status().code(), Code::kInvalidArgument);
  EXPECT_EQ(directory.Export(), before);
  EXPECT_EQ(directory.Changes().size(), changes);
}

TEST(DirectoryFiles, NumbersMoveAndSwapWithinAFile) {
  World world(Still());
  Directory& directory = world.directory();
  ASSERT_THAT(directory.Apply(kThree), Succeeds());
  const std::string swapped =
      absl::StrReplaceAll(kThree, {{"+19495550120", "+19495550121"}, {"+19495550121", "+19495550120"}});
  ASSERT_THAT(directory.Apply(swapped), Succeeds());
  EXPECT_THAT(directory.Get("a")->numbers(), ElementsAre("+19495550121"));
  EXPECT_THAT(directory.Get("b")->numbers(), ElementsAre("+19495550120"));
  EXPECT_THAT(directory.Get("c")->numbers(), ElementsAre("+19495550122"));
  EXPECT_EQ(directory.Plan(swapped)->change_count(), 0);
  // All to the last one, agent and all.
  const std::string moved = R"(
businesses:
  - {key: a, name: A, time_zone: Etc/UTC}
  - {key: b, name: B, time_zone: Etc/UTC}
  - {key: c, name: C, time_zone: Etc/UTC, numbers: ["+19495550120", "+19495550121", "+19495550122"],
     retell_agent_ids: [agent_a]}
)";
  ASSERT_THAT(directory.Apply(moved), Succeeds());
  EXPECT_THAT(directory.Get("a")->numbers(), IsEmpty());
  EXPECT_EQ(directory.Get("c")->numbers_size(), 3);
  // From one that the file says the same of as before, it cannot be taken.
  EXPECT_THAT(directory.Apply("businesses: [{key: a, name: A, time_zone: Etc/UTC, numbers: ['+19495550122']}]"),
              Fails(Code::kAlreadyExists, "NUMBER_TAKEN"));
}

TEST(DirectoryFiles, TwoAtOnce_BothHold_OneAfterTheOther) {
  World world(Still());
  Directory& directory = world.directory();
  const auto file = [](const std::string& name, bool reverse) {
    std::string yaml = "businesses:\n";
    for (int i = 0; i < 300; ++i) {
      absl::StrAppend(&yaml, "  - {key: b", reverse ? 299 - i : i, ", name: ", name, ", time_zone: Etc/UTC}\n");
    }
    return yaml;
  };
  for (int round = 0; round < 3; ++round) {
    absl::Status one, two;
    std::thread first([&] { one = directory.Apply(file(absl::StrCat("one", round), false)).status(); });
    std::thread second([&] { two = directory.Apply(file(absl::StrCat("two", round), true)).status(); });
    first.join();
    second.join();
    EXPECT_TRUE(one.ok()) << one;
    EXPECT_TRUE(two.ok()) << two;
    const std::string name = directory.Get("b0")->name();
    v1::ListBusinessesRequest list;
    list.set_page_size(500);
    const auto all = directory.Call(&DirectoryStub::ListBusinesses, list);
    for (const v1::Business& business : all->businesses()) {
      EXPECT_TRUE(business.key() == "smith" || business.name() == name) << business.key() << " " << business.name();
    }
  }
}

TEST(DirectoryFiles, WhoAppliesIt_IsInTheHistory) {
  World world(Still());
  v1::ApplyDirectoryRequest request;
  request.set_yaml("businesses: [{key: new, name: New, time_zone: Etc/UTC}]");
  request.set_changed_by("olga");
  ASSERT_THAT(world.directory().Call(&DirectoryStub::ApplyDirectory, request), Succeeds());
  const auto changes = world.directory().Changes("new");
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].actor(), "operator:olga");
}

}  // namespace
}  // namespace afterhours::testing
