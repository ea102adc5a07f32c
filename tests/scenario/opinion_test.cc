// A language model's second opinion on a call's urgency: it can bring help
// sooner, and do nothing else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/harness/eventually.h"
#include "tests/harness/fake_model.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kKey[] = "sk-OpinionTestKey";
constexpr char kMedium[] = "No hot water since noon";
constexpr char kLow[] = "Wants a quote for a new boiler";

World::Options With(const std::string& base_url, const std::vector<std::string>& more_flags = {}) {
  World::Options options;
  options.dispatchd_flags = {absl::StrCat("--urgency_model_url=", base_url), "--urgency_model=small-1"};
  options.dispatchd_flags.insert(options.dispatchd_flags.end(), more_flags.begin(), more_flags.end());
  options.dispatchd_secrets = {{"URGENCY_MODEL_API_KEY", kKey}};
  return options;
}

double Count(const World& world, const std::string& outcome) {
  return world.DispatchdMetric(absl::StrCat("afterhours_opinions_total{outcome=\"", outcome, "\"}"));
}

void ExpectOutcome(const World& world, const std::string& outcome) {
  Eventually(absl::StrCat("an opinion that is ", outcome), [&] { return Count(world, outcome) == 1; });
}

void ExpectUrgency(const DispatchHandle& dispatch, v1::Urgency urgency) {
  Eventually(absl::StrCat("urgency ", v1::Urgency_Name(urgency)),
             [&] { return dispatch.Get().dispatch().urgency() == urgency; });
}

// Who judged, in order.
std::vector<std::string> Judges(const DispatchHandle& dispatch) {
  std::vector<std::string> actors;
  const v1::StatusResponse status = dispatch.Get();
  for (const v1::Event& event : status.events()) {
    if (event.kind() == v1::EVENT_KIND_URGENCY_JUDGED) actors.push_back(event.actor());
  }
  return actors;
}

// Until it is ten in the evening, when what is LOW is held.
void AdvanceToTheEvening(World& world) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("America/Los_Angeles", &zone));
  const absl::Time now = absl::Now();
  const absl::CivilDay today = absl::ToCivilDay(now, zone);
  absl::Time evening = absl::FromCivil(absl::CivilHour(today) + 22, zone);
  if (evening < now) evening = absl::FromCivil(absl::CivilHour(today + 1) + 22, zone);
  world.Advance(evening - now);
}

TEST(Opinion, RaisesToHigh_AndTheEscalationHurries) {
  FakeModel model;
  model.Judges("HIGH", "A newborn is in a cold house");
  model.Hold();
  World world(With(model.base_url()));
  const DispatchHandle dispatch = world.PlaceCall(kMedium);
  Phone ana = world.PhoneOf("ana");
  ana.Does("answers after 0 s and presses 1").ExpectSms("hot water");  // the model has not answered yet
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  const v1::Dispatch before = dispatch.Get().dispatch();
  ASSERT_EQ(before.urgency(), v1::URGENCY_MEDIUM);
  model.Release();

  ExpectUrgency(dispatch, v1::URGENCY_HIGH);
  const v1::Dispatch after = dispatch.Get().dispatch();
  EXPECT_EQ(after.urgency_reason(), "model: A newborn is in a cold house");
  EXPECT_THAT(Judges(dispatch), ElementsAre("system", "model:small-1"));
  EXPECT_LT(after.next_step_time().seconds(), before.next_step_time().seconds());
  EXPECT_LT(after.cutoff_time().seconds(), before.cutoff_time().seconds());
  world.Advance(absl::Seconds(61));  // HIGH waits a minute, MEDIUM two
  ana.ExpectCall();
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_EQ(Count(world, "raised"), 1);
  EXPECT_THAT(model.requests(), SizeIs(1));
}

TEST(Opinion, RaisesWhatIsHeld_WhichIsPagedThen) {
  FakeModel model;
  model.Judges("HIGH", "He is locked out in the cold");
  World world(With(model.base_url()));
  AdvanceToTheEvening(world);
  const DispatchHandle dispatch = world.PlaceCall(kLow);
  dispatch.ExpectEvent(v1::EVENT_KIND_WAITING);
  world.PhoneOf("ana").ExpectSms("boiler");
  ExpectUrgency(dispatch, v1::URGENCY_HIGH);
}

TEST(Opinion, ThatIsLowerOrTheSame_ChangesNothing) {
  FakeModel model;
  model.Judges("LOW", "It can wait");
  World world(With(model.base_url()));
  const DispatchHandle dispatch = world.PlaceCall(kMedium);
  world.PhoneOf("ana").ExpectSms("hot water");
  ExpectOutcome(world, "lower");
  model.Judges("MEDIUM", "No hot water");
  const DispatchHandle same = world.PlaceCall(kMedium, {{"from_number", "+19495550124"}});
  world.PhoneOf("ana").ExpectSms("hot water");
  ExpectOutcome(world, "agreed");
  for (const DispatchHandle& each : {dispatch, same}) {
    EXPECT_EQ(each.Get().dispatch().urgency(), v1::URGENCY_MEDIUM);
    EXPECT_THAT(Judges(each), ElementsAre("system"));
  }
}

TEST(Opinion, OfASlowModelIsDoneWithout) {
  FakeModel model;
  model.Hold();
  World world(With(model.base_url(), {"--urgency_model_timeout=500ms"}));
  const DispatchHandle dispatch = world.PlaceCall(kMedium);
  world.PhoneOf("ana").ExpectSms("hot water");
  EXPECT_EQ(Count(world, "timeout"), 0) << "the page has not waited";
  ExpectOutcome(world, "timeout");
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_MEDIUM);
  EXPECT_THAT(world.DispatchdLog(), HasSubstr("a model gave no opinion"));
  EXPECT_THAT(model.requests(), SizeIs(1)) << "it is not asked again";
}

TEST(Opinion, OfABrokenModelIsDoneWithout) {
  FakeModel model;
  model.Answers(401, R"({"error": {"message": "Incorrect key: sk-OpinionTestKey", "code": "invalid_api_key"}})");
  World world(With(model.base_url()));
  Phone ana = world.PhoneOf("ana");
  world.PlaceCall(kMedium);
  ana.ExpectSms("hot water");
  ExpectOutcome(world, "refused");
  EXPECT_THAT(world.DispatchdLog(), HasSubstr("HTTP 401, invalid_api_key"));
  model.Says("I cannot help with that. {\"urgency\": \"VERY HIGH\"}");
  const DispatchHandle dispatch = world.PlaceCall(kMedium, {{"from_number", "+19495550124"}});
  ana.ExpectSms("hot water");
  ExpectOutcome(world, "failed");
  EXPECT_EQ(dispatch.Get().dispatch().urgency(), v1::URGENCY_MEDIUM);
  EXPECT_THAT(Judges(dispatch), ElementsAre("system"));
}

TEST(Opinion, OfAModelThatIsAwayIsDoneWithout) {
  World world(With("http://127.0.0.1:1/v1"));
  world.PlaceCall(kMedium);
  world.PhoneOf("ana").ExpectSms("hot water");
  ExpectOutcome(world, "failed");
}

TEST(Opinion, GetsTheWordsAndTheKey_WhichAreNotLogged) {
  FakeModel model;
  model.Judges("HIGH", "Zebras in the cellar");
  World world(With(model.base_url()));
  const DispatchHandle dispatch = world.PlaceCall("No hot water, and giraffes in the attic");
  world.PhoneOf("ana").ExpectSms("giraffes");
  ExpectUrgency(dispatch, v1::URGENCY_HIGH);
  ASSERT_THAT(model.requests(), SizeIs(1));
  const HttpRequest request = model.requests().front();
  EXPECT_EQ(request.Header("Authorization"), absl::StrCat("Bearer ", kKey));
  EXPECT_THAT(request.body, HasSubstr("giraffes in the attic"));
  EXPECT_THAT(request.body, Not(HasSubstr(World::kCallerNumber)));
  ExpectOutcome(world, "raised");
  const std::string log = world.DispatchdLog();
  EXPECT_THAT(log, HasSubstr("a model gave its opinion"));
  for (const char* secret : {kKey, "giraffes", "Zebras"}) EXPECT_THAT(log, Not(HasSubstr(secret)));
}

TEST(Opinion, IsAskedForAgainWhenALaterReportSaysMore) {
  FakeModel model;
  model.Judges("MEDIUM", "No hot water");
  World world(With(model.base_url()));
  const DispatchHandle dispatch = world.PlaceCall(kMedium, {{"call_id", "call_more"}});
  world.PhoneOf("ana").ExpectSms("hot water");
  ExpectOutcome(world, "agreed");
  model.Judges("HIGH", "They are alone up there");
  world.SendRetellEvent({{"event", "call_analyzed"},
                         {"call",
                          {{"call_id", "call_more"},
                           {"from_number", World::kCallerNumber},
                           {"to_number", World::kCalledNumber},
                           {"call_analysis", {{"call_summary", "No hot water on the third floor"}}}}}});
  ExpectUrgency(dispatch, v1::URGENCY_HIGH);
  EXPECT_THAT(model.requests().back().body, HasSubstr("third floor"));
}

TEST(Opinion, IsLostInACrash_AndNothingElseIs) {
  FakeModel model;
  model.Judges("HIGH", "too late");
  model.Hold();
  World world(With(model.base_url()));
  const DispatchHandle dispatch = world.PlaceCall(kMedium);
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("hot water");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  Eventually("the model is asked", [&] { return model.requests().size() == 1; });
  world.KillDispatchd();
  model.Release();
  world.StartDispatchd();
  page.Reply("1");
  dispatch.ExpectStatus(v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED);
  EXPECT_THAT(Judges(dispatch), ElementsAre("system"));
  EXPECT_THAT(model.requests(), SizeIs(1));
}

TEST(Opinion, HasATimerOnlyWhereAModelCouldRaise) {
  FakeModel model;
  constexpr char kTimers[] = "select count(*) from timers where kind = 'OPINION'";
  {
    World world({.dispatchd_flags = {"--engine=false"}});
    world.Dispatch(kMedium);
    EXPECT_EQ(world.database().Count(kTimers), 0) << "no model is set up";
  }
  World world(With(model.base_url(), {"--engine=false"}));
  world.Dispatch("Gas leak in the kitchen");
  EXPECT_EQ(world.database().Count(kTimers), 0) << "it is HIGH already";
  world.Dispatch(kMedium);
  EXPECT_EQ(world.database().Count(kTimers), 1);
  EXPECT_THAT(model.requests(), IsEmpty());
}

TEST(Opinion, FlagsThatAreWrongAreRefused) {
  const auto run = [](std::vector<std::string> flags, const std::string& key = "") {
    std::vector<std::string> command = {AFTERHOURS_DISPATCHD, "--public_url=https://x.example",
                                        absl::StrCat("--twilio_account_sid=", Simulator::kAccountSid),
                                        "--twilio_from=+19495550101"};
    command.insert(command.end(), flags.begin(), flags.end());
    std::string output;
    EXPECT_EQ(RunToEnd(command, {{"TWILIO_AUTH_TOKEN", "x"}, {"URGENCY_MODEL_API_KEY", key}}, &output), 2) << output;
    return output;
  };
  const std::string url = "--urgency_model_url=https://api.example.com/v1", model = "--urgency_model=small-1";
  EXPECT_THAT(run({url}), HasSubstr("--urgency_model must be the model's name"));
  EXPECT_THAT(run({model}), HasSubstr("--urgency_model needs --urgency_model_url"));
  EXPECT_THAT(run({"--urgency_model_url=http://api.example.com/v1", model}), HasSubstr("https://"));
  EXPECT_THAT(run({url + "/", model}), HasSubstr("slash"));
  EXPECT_THAT(run({url, model, "--urgency_model_timeout=31s"}), HasSubstr("from 100ms to 30s"));
  const std::string told = run({url, model}, "sk key");
  EXPECT_THAT(told, HasSubstr("URGENCY_MODEL_API_KEY"));
  EXPECT_THAT(told, Not(HasSubstr("sk key")));
}

}  // namespace
}  // namespace afterhours::testing
