// dispatchctl directory, used rightly and wrongly.

#include <fstream>
#include <sstream>

#include "tests/scenario/cli.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

World::Options Still() { return {.dispatchd_flags = {"--engine=false"}}; }

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(DirectoryCli, ListOncallPreviewChanges) {
  World world(Still());
  Cli cli(world);
  EXPECT_EQ(cli.Run({"directory", "list"}), 0) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("KEY"), HasSubstr("Smith Plumbing"), HasSubstr("+19495550100")));
  EXPECT_EQ(cli.Run({"directory", "oncall", "smith", "--at", "2026-12-24T18:00Z"}), 0) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("2026-12-24 18:00"), HasSubstr("1  Ana Diaz"), HasSubstr("2  Bo Chen")));
  EXPECT_EQ(cli.Run({"directory", "preview", "smith", "--from", "2026-12-24T18:00Z", "--until", "2026-12-25T18:00Z"}),
            0)
      << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("America/Los_Angeles"), HasSubstr("2026-12-24 10:00"),
                                HasSubstr("Ana Diaz, then Bo Chen")));
  EXPECT_EQ(
      cli.Run({"directory", "override", "smith", "--kind", "replace", "--technician", "ana", "--replacement", "bo",
               "--from", "2099-12-24T18:00Z", "--until", "2099-12-26T08:00Z", "--reason", "Xmas", "--by", "olga"}),
      0)
      << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("override replace-ana-2099-12-24-1800"));
  EXPECT_EQ(cli.Run({"directory", "oncall", "smith", "--at", "2099-12-25"}), 0) << cli.output;
  EXPECT_THAT(cli.output, Not(HasSubstr("Ana Diaz  ")));
  EXPECT_EQ(cli.Run({"directory", "changes", "smith", "--limit", "1"}), 0) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("operator:olga"), HasSubstr("new override"), HasSubstr("Xmas")));
  EXPECT_THAT(cli.output, Not(HasSubstr("technician ana")));
}

TEST(DirectoryCli, JsonIsOneValidDocument) {
  World world(Still());
  Cli cli(world);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(world.directory().Create(NewBusiness("b" + std::to_string(i), "")), Succeeds());
  }
  const std::string file = world.FilePath("file.yaml");
  WriteFile(file, world.directory().Export());
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"list"},
                                             {"oncall", "smith"},
                                             {"preview", "smith"},
                                             {"check"},
                                             {"changes"},
                                             {"plan", file},
                                             {"apply", file},
                                             {"export"},
                                             {"export", "smith"},
                                             {"override", "smith", "--kind", "remove", "--technician", "ana", "--from",
                                              "2099-01-01", "--until", "2099-01-02"}}) {
    std::vector<std::string> arguments = {"--json", "directory"};
    arguments.insert(arguments.end(), command.begin(), command.end());
    const int code = cli.Run(arguments);
    EXPECT_TRUE(code == 0 || (command[0] == "check" && code == 1)) << command[0] << ": " << cli.output;
    EXPECT_TRUE(nlohmann::json::accept(cli.output)) << command[0] << ": " << cli.output;
  }
}

TEST(DirectoryCli, CheckTellsByItsExitCode) {
  World world(Still());
  Cli cli(world);
  EXPECT_EQ(cli.Run({"directory", "check"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("1 business, all is well"));
  ASSERT_THAT(world.directory().Create(NewBusiness("empty", "949 555 0150")), Succeeds());
  EXPECT_EQ(cli.Run({"directory", "check"}), 1) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("empty: NOBODY_ON_CALL"), HasSubstr("in 2 businesses")));
  EXPECT_EQ(cli.Run({"directory", "check", "smith"}), 0) << cli.output;
  EXPECT_EQ(cli.Run({"directory", "check", "empty"}), 1) << cli.output;
  EXPECT_EQ(cli.Run({"directory", "check", "nobody"}), 3) << cli.output;
}

TEST(DirectoryCli, ExportPlanApply) {
  World world(Still());
  Cli cli(world);
  EXPECT_EQ(cli.Run({"directory", "export"}), 0);
  const std::string before = cli.output, file = world.FilePath("directory.yaml");
  EXPECT_EQ(before, world.directory().Export());
  WriteFile(file, before);
  EXPECT_EQ(cli.Run({"directory", "plan", file}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("would change: 0 things"));
  EXPECT_THAT(cli.output, Not(HasSubstr("--plan")));
  std::string wanted = before;
  wanted.replace(wanted.find("Ana Diaz"), 8, "Ana $(id)");
  WriteFile(file, wanted);
  EXPECT_EQ(cli.Run({"directory", "plan", file}), 1) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("smith: change technician ana"), HasSubstr("Ana Diaz"),
                                HasSubstr("Ana $(id)"), HasSubstr("would change: 1 thing;")));
  const std::size_t at = cli.output.find("--plan ");
  ASSERT_NE(at, std::string::npos);
  const std::string plan = cli.output.substr(at + 7, cli.output.find('\n', at) - at - 7);
  EXPECT_EQ(cli.Run({"directory", "apply", file, "--plan", "0123456789abcdef"}), 1) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("PLAN_MISMATCH"), HasSubstr("plan again")));
  EXPECT_EQ(world.directory().Export(), before);
  EXPECT_EQ(cli.Run({"directory", "apply", file, "--plan", plan, "--by", "olga"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("changed: 1 thing;"));
  EXPECT_EQ(world.directory().GetTechnician("smith", "ana")->name(), "Ana $(id)");
  EXPECT_EQ(cli.Run({"directory", "apply", file}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("changed: 0 things"));

  WriteFile(file, "businesses:\n  - {key: a, nmae: A, time_zone: Mars/Base}\n");
  EXPECT_EQ(cli.Run({"directory", "apply", file}), 1) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("businesses[0].nmae"), HasSubstr("businesses[0].time_zone"),
                                HasSubstr("(line 2)"), HasSubstr("FIELD_INVALID")));
  EXPECT_EQ(cli.Run({"directory", "plan", file}), 1) << cli.output;
}

TEST(DirectoryCli, ImportAirtable) {
  World world(Still());
  Cli cli(world);
  const std::string folder = std::string(AFTERHOURS_TEST_DATA) + "/airtable/";
  const std::vector<std::string> clean = {"directory", "import-airtable", folder + "clean-businesses.csv",
                                          folder + "clean-on-call-roster.csv"};
  const auto with = [](std::vector<std::string> command, const std::vector<std::string>& more) {
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  EXPECT_EQ(cli.Run(with(clean, {"--dry-run"})), 0) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("8 of 8 rows can be taken"), HasSubstr("nothing was changed")));
  EXPECT_THAT(world.directory().Get("alder-plumbing"), Fails(absl::StatusCode::kNotFound, "BUSINESS_NOT_FOUND"));
  EXPECT_EQ(cli.Run(with(clean, {"--by", "olga"})), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("8 of 8 rows were taken"));
  EXPECT_THAT(world.directory().Get("alder-plumbing"), Succeeds());
  EXPECT_EQ(world.directory().Changes("alder-plumbing")[0].actor(), "operator:olga");
  EXPECT_EQ(cli.Run(clean), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("; 0 changes"));

  const std::vector<std::string> messy = {
      "directory",   "import-airtable", folder + "businesses.csv", folder + "on-call-roster.csv",
      "--time_zone", "America/Denver"};
  EXPECT_EQ(cli.Run(messy), 1) << cli.output;
  EXPECT_THAT(cli.output, AllOf(HasSubstr("70 of 116 rows could be taken; nothing was changed"), HasSubstr("--partial"),
                                HasSubstr("Businesses, line 19, Time Zone: refused: ")));
  const std::string before = world.directory().Export();
  EXPECT_EQ(cli.Run(with(messy, {"--partial", "--dry-run"})), 1) << cli.output;
  EXPECT_EQ(world.directory().Export(), before);
  EXPECT_EQ(cli.Run(with(messy, {"--partial"})), 1) << cli.output << "rows were refused";
  EXPECT_THAT(cli.output, HasSubstr("70 of 116 rows were taken"));
  EXPECT_NE(world.directory().Export(), before);
  EXPECT_EQ(cli.Run(with(messy, {"--partial"})), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("; 0 changes"));
  EXPECT_EQ(cli.Run(with(clean, {"--time_zone", "Mars/Base"})), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("not an IANA time zone"));
}

TEST(DirectoryCli, WrongUse_IsTold) {
  World world(Still());
  Cli cli(world);
  const std::string file = world.FilePath("nothing.yaml");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    const char* told;
  };
  for (const Case& wrong : std::vector<Case>{
           {{}, 2, "needs a command"},
           {{"nonsense"}, 2, "unknown command directory nonsense"},
           {{"list", "smith"}, 2, "unexpected argument 'smith'"},
           {{"list", "--by", "x"}, 2, "no flag --by"},
           {{"oncall"}, 2, "needs a business"},
           {{"oncall", "smith", "--at", "whenever"}, 2, "'whenever' is not a time"},
           {{"oncall", "nobody"}, 3, "directory list"},
           {{"preview", "smith", "--from", "2026-01-02", "--until", "2026-01-01"}, 1, "end_time"},
           {{"preview", "smith", "--until"}, 2, "--until needs a value"},
           {{"check", "a", "b"}, 2, "unexpected argument 'b'"},
           {{"override", "smith", "--kind", "remove"}, 2, "needs --technician"},
           {{"override", "smith", "--kind", "swap", "--technician", "ana", "--from", "now", "--until", "tomorrow"},
            2,
            "--kind is add, remove or replace"},
           {{"override", "smith", "--kind", "add", "--technician", "nobody", "--from", "2099-01-01", "--until",
             "2099-01-02"},
            1,
            "override.technician"},
           {{"override", "smith", "--kind", "add", "--technician", "ana", "--from", "2099-01-01", "--until",
             "2099-01-02", "--priority", "high"},
            2,
            "--priority is a number"},
           {{"changes", "--limit", "0"}, 2, "--limit is a number"},
           {{"changes", "nobody"}, 3, "directory list"},
           {{"export", "nobody"}, 3, "directory list"},
           {{"export", "--limit", "3"}, 2, "no flag --limit"},
           {{"plan"}, 2, "needs a file"},
           {{"plan", file}, 2, "cannot read"},
           {{"plan", world.FilePath("")}, 2, "cannot read"},
           {{"apply", file}, 2, "cannot read"},
           {{"apply", file, "--dry-run"}, 2, "no flag --dry-run"},
           {{"import-airtable", file}, 2, "needs the two exported tables"},
           {{"import-airtable", file, file}, 2, "cannot read"},
           {{"import-airtable", "-", "-"}, 2, "standard input"},
       }) {
    std::vector<std::string> arguments = {"directory"};
    arguments.insert(arguments.end(), wrong.arguments.begin(), wrong.arguments.end());
    const std::string name = wrong.arguments.empty() ? "" : wrong.arguments[0];
    EXPECT_EQ(cli.Run(arguments), wrong.code) << name << ": " << cli.output;
    EXPECT_THAT(cli.output, HasSubstr(wrong.told)) << name;
  }
  EXPECT_EQ(cli.Run({"directory", "--help"}), 0);
  EXPECT_THAT(cli.output, HasSubstr("import-airtable"));
  world.KillDispatchd();
  EXPECT_EQ(cli.Run({"--timeout", "2", "directory", "list"}), 4) << cli.output;
  EXPECT_EQ(cli.Run({"--timeout", "2", "directory", "check"}), 4) << cli.output;
}

}  // namespace
}  // namespace afterhours::testing
