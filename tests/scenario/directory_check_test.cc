// What would fail tonight is told before tonight.

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "PROBLEM subject" of each finding.
std::vector<std::string> Found(const std::vector<v1::DirectoryFinding>& findings) {
  std::vector<std::string> found;
  for (const v1::DirectoryFinding& finding : findings) {
    EXPECT_NE(finding.message(), "");
    const std::string problem = v1::DirectoryProblem_Name(finding.problem()).substr(sizeof("DIRECTORY_PROBLEM"));
    found.push_back(absl::StrCat(problem, finding.subject().empty() ? "" : " ", finding.subject()));
  }
  return found;
}

double Problems(World& world, const std::string& problem) {
  return world.DispatchdMetric(absl::StrCat("afterhours_directory_problems{problem=\"", problem, "\"}"));
}

constexpr char kWell[] = R"(
businesses:
  - key: well
    name: All Well
    time_zone: America/Los_Angeles
    numbers: ["+1 949 555 0100"]
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}]
    roster: [{technician: ana}]
)";

TEST(DirectoryCheck, NothingIsFoundWhereAllIsWell) {
  World world({.directory = kWell});
  EXPECT_THAT(Found(world.directory().Check()), IsEmpty());
  v1::CheckDirectoryRequest request;
  EXPECT_EQ(world.directory().Call(&DirectoryStub::CheckDirectory, request)->business_count(), 1);
  for (const char* problem : {"NOBODY_ON_CALL", "UNREACHABLE_TECHNICIAN", "DOUBTFUL_NUMBER", "NO_SECOND_PERSON",
                              "DEAD_CHANNEL", "NO_NUMBER"}) {
    EXPECT_EQ(Problems(world, problem), 0) << problem;
  }
}

TEST(DirectoryCheck, EachProblemIsFound_AndIsInTheMetric) {
  World world({.directory = absl::StrCat(kWell, R"(
  - {key: a-empty, name: Empty, time_zone: Etc/UTC, numbers: ["+1 949 555 0102"]}
  - key: b-unreachable
    name: Unreachable
    time_zone: Etc/UTC
    numbers: ["+1 949 555 0103"]
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}, {key: mail, name: Mo, email: mo@example.com},
                  {key: none, name: No}, {key: left, name: Le, active: false}, {key: idle, name: Id}]
    roster: [{technician: ana}, {technician: mail}, {technician: none}, {technician: left}]
  - key: c-doubtful
    name: Doubtful
    time_zone: Etc/UTC
    numbers: ["+1 149 555 0104"]
    owner: {name: Sam, phone: "+1 149 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 149 555 0111"}]
    roster: [{technician: ana}]
  - key: d-alone
    name: Alone
    time_zone: Etc/UTC
    numbers: ["+1 949 555 0105"]
    owner: {name: Ana, phone: "+1 949 555 0111"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}, {key: bo, name: Bo, sms: "+1 949 555 0112"}]
    roster: [{technician: ana}]
  - key: e-dead
    name: Dead
    time_zone: Etc/UTC
    numbers: ["+1 949 555 0106"]
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111", voice: none}]
    roster: [{technician: ana}]
    policies:
      HIGH: {steps: [{channel: EMAIL, wait: 1m}, {channel: SMS, wait: 1m}], owner_steps: [{channel: SMS}], cutoff: 30m}
      LOW: {steps: [{channel: SMS, wait: 1m}], owner_steps: [{channel: SMS}], cutoff: 30m}
  - key: f-no-number
    name: No Number
    time_zone: Etc/UTC
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}]
    roster: [{technician: ana}]
  - key: g-gap
    name: Gap
    time_zone: America/New_York
    numbers: ["+1 949 555 0107"]
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}]
    roster: [{technician: ana, windows: [{days: MON-SUN, from: "17:00", until: "08:00"}]}]
)")});
  Directory& directory = world.directory();
  EXPECT_THAT(Found(directory.Check("well")), IsEmpty());
  EXPECT_THAT(Found(directory.Check("a-empty")),
              ElementsAre("NOBODY_ON_CALL", "DEAD_CHANNEL LOW", "NO_SECOND_PERSON LOW", "DEAD_CHANNEL MEDIUM",
                          "DEAD_CHANNEL MEDIUM", "NO_SECOND_PERSON MEDIUM", "DEAD_CHANNEL HIGH", "DEAD_CHANNEL HIGH",
                          "NO_SECOND_PERSON HIGH"));
  EXPECT_THAT(Found(directory.Check("b-unreachable")),
              ElementsAre("UNREACHABLE_TECHNICIAN mail", "UNREACHABLE_TECHNICIAN none"));
  EXPECT_THAT(Found(directory.Check("c-doubtful")),
              ElementsAre("DOUBTFUL_NUMBER +11495550104", "DOUBTFUL_NUMBER owner", "DOUBTFUL_NUMBER ana"));
  EXPECT_THAT(Found(directory.Check("d-alone")),
              ElementsAre("NO_SECOND_PERSON LOW", "NO_SECOND_PERSON MEDIUM", "NO_SECOND_PERSON HIGH"));
  EXPECT_THAT(Found(directory.Check("e-dead")), ElementsAre("DEAD_CHANNEL MEDIUM", "DEAD_CHANNEL HIGH"));
  EXPECT_THAT(Found(directory.Check("f-no-number")), ElementsAre("NO_NUMBER"));
  const auto gaps = directory.Check("g-gap");
  ASSERT_GE(gaps.size(), 7u);
  for (const v1::DirectoryFinding& gap : gaps) {
    EXPECT_EQ(gap.problem(), v1::DIRECTORY_PROBLEM_NOBODY_ON_CALL);
    EXPECT_TRUE(gap.has_start_time());
    EXPECT_THAT(gap.message(), HasSubstr("only its owner"));
  }
  EXPECT_THAT(directory.Check("a-empty")[0].message(), HasSubstr("nobody would be"));
  EXPECT_FALSE(directory.Check("a-empty")[0].has_end_time());

  // All of them, page by page, are what each of them has.
  v1::CheckDirectoryRequest request;
  request.set_page_size(3);
  std::vector<v1::DirectoryFinding> all;
  int businesses = 0;
  do {
    const auto page = directory.Call(&DirectoryStub::CheckDirectory, request);
    ASSERT_THAT(page, Succeeds());
    businesses += page->business_count();
    all.insert(all.end(), page->findings().begin(), page->findings().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(businesses, 8);
  EXPECT_EQ(Found(all), Found(directory.Check()));

  // dispatchd looked through it when it started.
  std::map<std::string, int> counts;
  for (const v1::DirectoryFinding& finding : all) {
    ++counts[v1::DirectoryProblem_Name(finding.problem()).substr(sizeof("DIRECTORY_PROBLEM"))];
  }
  EXPECT_EQ(counts.size(), 6u);
  for (const auto& [problem, count] : counts) {
    // A gap may have begun or ended since.
    if (problem == "NOBODY_ON_CALL") continue;
    Eventually(problem, [&, p = problem, c = count] { return Problems(world, p) == c; });
  }
  EXPECT_GE(Problems(world, "NOBODY_ON_CALL"), 7);
}

TEST(DirectoryCheck, WhatIsKnownNotToWork_IsFound) {
  World world({.directory = kWell, .dispatchd_flags = {"--engine=false"}});
  const std::string id = world.directory().Get("well")->id();
  world.database().Value(
      "insert into suppressions (business_id, channel, address, sender, reason, create_time, expire_time) "
      "values ('" +
      id +
      "', 'SMS', '+19495550111', '', '21610', now(), now() + interval '1 hour'), "
      "('" +
      id + "', 'VOICE', '+19495550111', '', '13224', now(), now() + interval '2 hours') returning 1");
  EXPECT_THAT(Found(world.directory().Check()), ::testing::Contains("UNREACHABLE_TECHNICIAN ana"));
  world.Advance(absl::Minutes(61));
  EXPECT_THAT(Found(world.directory().Check()), IsEmpty()) << "texts work again, and calls do not";
}

TEST(DirectoryCheck, TheOnlyBusinessNeedsNoNumber) {
  World world({.directory = R"(
businesses:
  - key: only
    name: Only
    time_zone: Etc/UTC
    owner: {name: Sam, phone: "+1 949 555 0199"}
    technicians: [{key: ana, name: Ana, sms: "+1 949 555 0111"}]
    roster: [{technician: ana}]
)",
               .dispatchd_flags = {"--engine=false"}});
  Directory& directory = world.directory();
  EXPECT_THAT(Found(directory.Check()), IsEmpty());
  ASSERT_THAT(directory.Create(NewBusiness("second", "949 555 0150")), Succeeds());
  EXPECT_THAT(Found(directory.Check("only")), ElementsAre("NO_NUMBER"));
  v1::Business agent;
  agent.set_key("only");
  agent.add_retell_agent_ids("agent_1");
  ASSERT_THAT(directory.Update(agent), Succeeds());
  EXPECT_THAT(Found(directory.Check("only")), IsEmpty()) << "calls find it by its voice agent";
  agent.clear_retell_agent_ids();
  ASSERT_THAT(directory.Update(agent, {"retell_agent_ids"}), Succeeds());
  ASSERT_THAT(directory.DeleteBusiness("second"), Succeeds());
  EXPECT_THAT(Found(directory.Check()), IsEmpty()) << "it is the only one again";
}

}  // namespace
}  // namespace afterhours::testing
