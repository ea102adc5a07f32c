// dispatchctl, as an operator uses it at 3 a.m. Built where grpcurl is there.

#include "tests/scenario/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/firms.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;

TEST(Cli, StatusShowsTheTimeline) {
  World world;
  Cli cli(world);
  DispatchHandle dispatch = world.PlaceCall("Basement is flooding");
  world.PhoneOf("ana").ExpectSms("flooding").Reply("1");
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_EQ(cli.Run({"status", dispatch.id()}), 0) << cli.output;
  for (const char* part : {"Smith Plumbing", "HIGH", "DISPATCHED_CONFIRMED by Ana Diaz", "business matched",
                           "urgency judged", "page sending", "Acknowledged by Ana Diaz"}) {
    EXPECT_THAT(cli.output, HasSubstr(part));
  }
  EXPECT_EQ(cli.Run({"--json", "status", dispatch.id()}), 0);
  EXPECT_EQ(nlohmann::json::parse(cli.output)["dispatch"]["ackedBy"], "Ana Diaz");
}

TEST(Cli, DispatchAckListCancelHealth) {
  World world({.dispatchd_flags = {"--engine=false"}});
  Cli cli(world);
  EXPECT_EQ(cli.Run({"health"}), 0) << cli.output;
  EXPECT_EQ(cli.Run({"--json", "dispatch", "--called", World::kCalledNumber, "--summary", "Water \"leak\"; $(true)"}),
            0)
      << cli.output;
  const nlohmann::json made = nlohmann::json::parse(cli.output);
  const std::string id = made["dispatch"]["id"];
  EXPECT_EQ(made["dispatch"]["call"]["summary"], "Water \"leak\"; $(true)");
  EXPECT_EQ(cli.Run({"list", "--status", "dispatching"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr(id));
  EXPECT_EQ(cli.Run({"ack", id, "--by", "Olga"}), 0) << cli.output;
  EXPECT_EQ(cli.Run({"ack", id, "--by", "Pia"}), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("Olga"));
  EXPECT_EQ(cli.Run({"cancel", id}), 1) << cli.output;
  EXPECT_EQ(cli.Run({"watch", id}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("Acknowledged by Olga"));
}

TEST(Cli, RecoverTellsWhatIsWrong_AndPutsItRight) {
  World world({.dispatchd_flags = {"--engine=false"}});  // whose sweep would be first
  Cli cli(world);
  const DispatchHandle dispatch = world.Dispatch("Water leak");
  EXPECT_EQ(cli.Run({"recover"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("all is well: 1 dispatch looked at"));
  EXPECT_EQ(cli.Run({"status", dispatch.id()}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("cutoff at"));

  EXPECT_EQ(world.database().Value("delete from timers where kind = 'CUTOFF' returning kind"), "CUTOFF");
  EXPECT_EQ(cli.Run({"recover", "--dry-run"}), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr(dispatch.id() + "  no cutoff"));
  EXPECT_THAT(cli.output, HasSubstr("nothing was changed"));
  EXPECT_EQ(cli.Run({"--json", "recover", dispatch.id()}), 0) << cli.output;
  const nlohmann::json recovered = nlohmann::json::parse(cli.output);
  ASSERT_EQ(recovered["findings"].size(), 1u) << cli.output;
  EXPECT_EQ(recovered["findings"][0]["problem"], "RECOVER_PROBLEM_NO_CUTOFF");
  EXPECT_EQ(cli.Run({"recover", dispatch.id()}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("all is well"));
  EXPECT_EQ(cli.Run({"status", dispatch.id()}), 0) << cli.output;
  for (const char* part : {"Found NO_CUTOFF", "next step at", "cutoff at"}) EXPECT_THAT(cli.output, HasSubstr(part));

  EXPECT_EQ(cli.Run({"recover", "01890000-0000-7000-8000-000000000000"}), 3) << cli.output;
  EXPECT_EQ(cli.Run({"status", dispatch.id(), "--dry-run"}), 2) << cli.output;
}

TEST(Cli, AssignSaysWhoseADispatchIs) {
  World world({.directory = DirectoryOf({Firm(), Jones()})});
  Cli cli(world);
  DispatchHandle dispatch = world.PlaceCall("Water leak", {{"call_id", "call_c"}, {"to_number", kNumberOfNobody}});
  EXPECT_EQ(cli.Run({"list", "--status", "needs_review"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr(dispatch.id()));
  EXPECT_EQ(cli.Run({"assign", "call_c", "--business", "brown"}), 3) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("dispatchctl directory list"));
  EXPECT_EQ(cli.Run({"assign", "call_c", "--business", "jones", "--by", "Olga"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("is for jones Plumbing: DISPATCHING"));
  world.PhoneWith(kCy).ExpectSms("Water leak").Reply("1");
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_EQ(cli.Run({"assign", dispatch.id(), "--business", "smith"}), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("NOT_UNDER_REVIEW"));
  EXPECT_EQ(cli.Run({"status", dispatch.id()}), 0);
  EXPECT_THAT(cli.output, HasSubstr("Olga said so"));
}

TEST(Cli, ReopenPagesForWhatWasScreenedOut) {
  World world;
  Cli cli(world);
  DispatchHandle dispatch = world.PlaceCall("Oh sorry, wrong number");
  EXPECT_EQ(cli.Run({"list", "--status", "screened_out"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr(dispatch.id()));
  EXPECT_EQ(cli.Run({"reopen", dispatch.id(), "--by", "Olga"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("DISPATCHING"));
  world.PhoneOf("ana").ExpectSms("wrong number");
  EXPECT_EQ(cli.Run({"list", "--status", "screened_out"}), 0) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("no dispatches"));
  EXPECT_EQ(cli.Run({"cancel", dispatch.id()}), 0) << cli.output;
  EXPECT_EQ(cli.Run({"reopen", dispatch.id()}), 1) << cli.output;
  EXPECT_THAT(cli.output, HasSubstr("DISPATCH_ENDED"));
}

TEST(Cli, ExitCodesTellWhatWentWrong) {
  World world;
  Cli cli(world);
  EXPECT_EQ(cli.Run({"nonsense"}), 2);
  EXPECT_EQ(cli.Run({"status", "01890000-0000-7000-8000-000000000000"}), 3) << cli.output;
  world.KillDispatchd();
  EXPECT_EQ(cli.Run({"--timeout", "2", "list"}), 4) << cli.output;
}

TEST(Cli, ReflectionListsTheServices) {
  World world;
  std::string output;
  EXPECT_EQ(RunToEnd({AFTERHOURS_GRPCURL, "-plaintext", world.dispatchd_address(), "list"}, {}, &output), 0);
  EXPECT_THAT(output, HasSubstr("afterhours.v1.DispatchService"));
  EXPECT_THAT(output, HasSubstr("grpc.health.v1.Health"));
}

}  // namespace
}  // namespace afterhours::testing
