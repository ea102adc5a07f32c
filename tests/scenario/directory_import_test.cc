// The tables of the system before, taken over through the API.

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

World::Options Still() { return {.dispatchd_flags = {"--engine=false"}}; }

std::string Table(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(absl::StrCat(AFTERHOURS_TEST_DATA, "/airtable/", name)).rdbuf();
  EXPECT_NE(text.str(), "") << name;
  return text.str();
}

v1::ImportAirtableRequest Messy() {
  v1::ImportAirtableRequest request;
  request.set_businesses_csv(Table("businesses.csv"));
  request.set_roster_csv(Table("on-call-roster.csv"));
  request.set_default_time_zone("America/Denver");
  return request;
}

v1::ImportAirtableRequest Clean() {
  v1::ImportAirtableRequest request;
  request.set_businesses_csv(Table("clean-businesses.csv"));
  request.set_roster_csv(Table("clean-on-call-roster.csv"));
  return request;
}

TEST(DirectoryImport, ReportsEveryRow_AndChangesNothingUnlessToldTo) {
  World world(Still());
  Directory& directory = world.directory();
  const std::string before = directory.Export();
  v1::ImportAirtableRequest request = Messy();
  const auto report = directory.Call(&DirectoryStub::ImportAirtable, request);
  ASSERT_THAT(report, Succeeds());
  std::string lines;
  for (const v1::ImportFinding& finding : report->findings()) {
    absl::StrAppend(&lines, finding.table(), ":", finding.line(), ": ", finding.column(),
                    finding.column().empty() ? "" : " ", finding.message(), finding.refused() ? "" : " (taken)", "\n");
  }
  absl::StrAppend(&lines, report->taken_count(), " of ", report->row_count(), " rows taken\n");
  EXPECT_EQ(lines, Table("report.txt"));
  EXPECT_FALSE(report->applied());
  EXPECT_GT(report->change_count(), 0) << "what it would change is told";
  EXPECT_EQ(directory.Export(), before);
  request.set_partial(true);
  request.set_dry_run(true);
  EXPECT_FALSE(directory.Call(&DirectoryStub::ImportAirtable, request)->applied());
  EXPECT_EQ(directory.Export(), before);

  request.set_dry_run(false);
  const auto taken = directory.Call(&DirectoryStub::ImportAirtable, request);
  ASSERT_THAT(taken, Succeeds());
  EXPECT_TRUE(taken->applied());
  EXPECT_EQ(taken->change_count(), report->change_count());
  const std::string after = directory.Export();
  EXPECT_NE(after, before);
  EXPECT_THAT(directory.Get("smith"), Succeeds()) << "what is in no table stays";
  const auto again = directory.Call(&DirectoryStub::ImportAirtable, request);
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->change_count(), 0);
  EXPECT_EQ(directory.Export(), after);
}

TEST(DirectoryImport, WhatTheTablesHaveNoColumnFor_StaysAsItIs) {
  World world(Still());
  Directory& directory = world.directory();
  ASSERT_THAT(directory.Call(&DirectoryStub::ImportAirtable, Clean()), Succeeds());
  ASSERT_THAT(directory.Update(Proto<v1::Business>(R"(
    key: "alder-plumbing" sms_sender: "+12135550177" repeat_call_window { seconds: 60 }
    retell_agent_ids: "agent_alder" urgency_rules { phrase: "boat" urgency: URGENCY_HIGH })")),
              Succeeds());
  v1::Policy policy = Proto<v1::Policy>("urgency: URGENCY_HIGH rounds: 3");
  ASSERT_THAT(directory.Update("alder-plumbing", policy), Succeeds());
  ASSERT_THAT(directory.Create("alder-plumbing", Proto<v1::Override>(R"(
    key: "tonight" kind: OVERRIDE_KIND_REMOVE technician: "ana-diaz" start_time { seconds: 4102444800 }
    end_time { seconds: 4102448400 })")),
              Succeeds());
  const std::string before = directory.Export("alder-plumbing");
  const auto again = directory.Call(&DirectoryStub::ImportAirtable, Clean());
  ASSERT_THAT(again, Succeeds());
  EXPECT_THAT(again->changes(), IsEmpty()) << again->DebugString();
  EXPECT_EQ(directory.Export("alder-plumbing"), before);

  // What they have is updated.
  v1::ImportAirtableRequest renamed = Clean();
  renamed.set_businesses_csv(absl::StrReplaceAll(renamed.businesses_csv(), {{"Al Alder", "Alma Alder"}}));
  const auto updated = directory.Call(&DirectoryStub::ImportAirtable, renamed);
  ASSERT_THAT(updated, Succeeds());
  EXPECT_EQ(updated->change_count(), 1);
  EXPECT_EQ(directory.Get("alder-plumbing")->owner().name(), "Alma Alder");
  EXPECT_EQ(directory.Get("alder-plumbing")->sms_sender(), "+12135550177");
}

TEST(DirectoryImport, BadRequestsAndTakenNumbers) {
  World world(Still());
  Directory& directory = world.directory();
  EXPECT_THAT(directory.Call(&DirectoryStub::ImportAirtable, v1::ImportAirtableRequest()),
              FailsAt(Paths{"businesses_csv", "roster_csv"}));
  v1::ImportAirtableRequest nonsense;
  nonsense.set_businesses_csv("\"");
  nonsense.set_roster_csv("nothing\n");
  const auto report = directory.Call(&DirectoryStub::ImportAirtable, nonsense);
  ASSERT_THAT(report, Succeeds());
  EXPECT_FALSE(report->applied());
  EXPECT_FALSE(report->findings().empty());
  ASSERT_THAT(directory.Create(NewBusiness("holder", "+1 213 555 0101")), Succeeds());
  const std::string before = directory.Export();
  EXPECT_THAT(directory.Call(&DirectoryStub::ImportAirtable, Clean()), Fails(Code::kAlreadyExists, "NUMBER_TAKEN"));
  EXPECT_EQ(directory.Export(), before);
}

}  // namespace
}  // namespace afterhours::testing
