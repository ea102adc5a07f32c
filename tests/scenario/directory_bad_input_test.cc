// What breaks a rule is refused by the name that the caller has for it, and
// changes nothing.

#include "absl/strings/str_cat.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Code = absl::StatusCode;

// A world whose directory must be at the end what it was.
class DirectoryBadInput : public ::testing::Test {
 protected:
  DirectoryBadInput() : world_({.dispatchd_flags = {"--engine=false"}}), directory_(world_.directory()) {
    before_ = directory_.Export();
    changes_ = directory_.Changes().size();
  }

  void TearDown() override {
    EXPECT_EQ(directory_.Export(), before_);
    EXPECT_EQ(directory_.Changes().size(), changes_);
  }

  World world_;
  Directory& directory_;
  std::string before_;
  std::size_t changes_ = 0;
};

TEST_F(DirectoryBadInput, FieldsAreNamedAsTheRequestNamesThem) {
  EXPECT_THAT(directory_.Create(v1::Business()), FailsAt(Paths{"business.key", "business.name", "business.time_zone"}));
  EXPECT_THAT(directory_.Create(Proto<v1::Business>(R"(
    key: "North!" name: "North" time_zone: "Mars/Base" region: "XX" numbers: "12" sms_sender: "x" trade: 77
    owner { phone: "none" } repeat_call_window { seconds: -1 }
    urgency_rules { phrase: "gas" urgency: 9 topic: "A" })")),
              FailsAt(Paths{"business.key", "business.time_zone", "business.region", "business.numbers[0]",
                            "business.sms_sender", "business.owner.phone", "business.trade",
                            "business.urgency_rules[0].urgency", "business.urgency_rules[0].topic",
                            "business.repeat_call_window"}));
  EXPECT_THAT(
      directory_.Create("smith", Proto<v1::Technician>(R"(
    key: "cy" contact_methods { channel: CHANNEL_SMS address: "12" }
    contact_methods { channel: CHANNEL_EMAIL address: "cy" } contact_methods {})")),
      FailsAt(Paths{"technician.name", "technician.contact_methods[0].address", "technician.contact_methods[1].address",
                    "technician.contact_methods[2].channel", "technician.contact_methods[2].address"}));
  EXPECT_THAT(directory_.Create("smith", Proto<v1::RosterEntry>(R"(
    key: "new" technician: "nobody" windows { from: "25:00" until: "9" } windows { days: 8 from: "09:00" until: "10:00" }
    )")),
              FailsAt(Paths{"roster_entry.priority", "roster_entry.windows[0].from", "roster_entry.windows[0].until",
                            "roster_entry.windows[1].days[0]", "roster_entry.technician"}));
  EXPECT_THAT(directory_.Create("smith", Proto<v1::RosterEntry>(R"(
    key: "turns" priority: 1 rotation { technicians: "ana" technicians: "cy" start: "soon" shift_length: -1 })")),
              FailsAt(Paths{"roster_entry.rotation.unit", "roster_entry.rotation.shift_length",
                            "roster_entry.rotation.start", "roster_entry.rotation.technicians[1]"}));
  EXPECT_THAT(directory_.Create("smith", Proto<v1::Override>(R"(key: "o" technician: "ana" reason: "x")")),
              FailsAt(Paths{"override.kind", "override.start_time", "override.end_time"}));
  EXPECT_THAT(directory_.Update("smith", Proto<v1::Policy>(R"(
    urgency: URGENCY_HIGH steps { wait { seconds: 86401 } } cutoff {} hold { from: "7" until: "08:00" })")),
              FailsAt(Paths{"policy.steps[0].channel", "policy.steps[0].wait", "policy.cutoff", "policy.hold"}));
  EXPECT_THAT(directory_.Update("smith", v1::Policy()), FailsAt(Paths{"policy.urgency"}));
  EXPECT_THAT(directory_.DeletePolicy("smith", v1::URGENCY_UNSPECIFIED), FailsAt(Paths{"urgency"}));
  EXPECT_THAT(directory_.Call(&DirectoryStub::CreateTechnician, v1::CreateTechnicianRequest()),
              FailsAt(Paths{"business", "technician"}));
  EXPECT_THAT(directory_.Get(""), FailsAt(Paths{"business"}));
  EXPECT_THAT(directory_.Update(Proto<v1::Business>(R"(name: "x")")), FailsAt(Paths{"business.key"}));
  EXPECT_THAT(directory_.Update("smith", v1::Technician()), FailsAt(Paths{"technician.key"}));
  EXPECT_THAT(directory_.Update("smith", v1::RosterEntry()), FailsAt(Paths{"roster_entry.key"}));
  EXPECT_THAT(directory_.Update("smith", v1::Override()), FailsAt(Paths{"override.key"}));
}

// Found by an update in the middle of a list, too.
TEST_F(DirectoryBadInput, UpdatesNameTheFieldOfTheRequest) {
  v1::Technician technician;
  technician.set_key("bo");
  technician.add_contact_methods()->set_address("12");
  EXPECT_THAT(directory_.Update("smith", technician),
              FailsAt(Paths{"technician.contact_methods[0].channel", "technician.contact_methods[0].address"}));
  v1::RosterEntry entry;
  entry.set_key("ana");
  entry.add_windows()->set_from("09:00");
  EXPECT_THAT(directory_.Update("smith", entry), FailsAt(Paths{"roster_entry.windows[0].until"}));
}

TEST_F(DirectoryBadInput, NulsBrokenUtf8AndEndlessTexts_AreInvalidArguments) {
  const std::string nul("smith\0x", 7), endless(3 << 20, 'x');
  const auto invalid = [](const absl::Status& status) {
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.ToString().substr(0, 500);
    EXPECT_LT(status.message().size(), 2000u);
  };
  for (const std::string& bad : {nul, endless, std::string("a b"), std::string("Ünïcode")}) {
    v1::RosterEntry entry;
    entry.set_key(bad);
    v1::Override change;
    change.set_key(bad);
    invalid(directory_.Create(NewBusiness(bad, "")).status());
    invalid(directory_.Create("smith", NewTechnician(bad, "+19495550113")).status());
    invalid(directory_.Create("smith", entry).status());
    invalid(directory_.Create("smith", change).status());
    if (bad == nul || bad == endless) {
      invalid(directory_.Update(NewBusiness(bad, "")).status());
      invalid(directory_.Update("smith", NewTechnician(bad, "+19495550113")).status());
      invalid(directory_.Update("smith", entry).status());
      invalid(directory_.Update("smith", change).status());
    } else {
      EXPECT_THAT(directory_.Update("smith", entry), Fails(Code::kNotFound, "ROSTER_ENTRY_NOT_FOUND"));
    }
    v1::Business mask;
    mask.set_key("smith");
    invalid(directory_.Update(mask, {bad}).status());
  }
  for (const std::string& bad : {nul, endless}) {
    invalid(directory_.Get(bad).status());
    invalid(directory_.GetTechnician("smith", bad).status());
    invalid(directory_.GetRosterEntry(bad, "ana").status());
    invalid(directory_.DeleteOverride("smith", bad));
    invalid(directory_.DeleteBusiness(bad));
    invalid(directory_.Plan(bad).status());
    invalid(directory_.Apply("businesses: []", bad).status());
    v1::Business named = NewBusiness("north", "");
    named.set_name(bad);
    invalid(directory_.Create(named).status());
    invalid(directory_.Create(NewBusiness("north", ""), bad).status());
    named = NewBusiness("north", bad);
    invalid(directory_.Create(named).status());
    named = NewBusiness("north", "");
    named.set_time_zone(bad);
    invalid(directory_.Create(named).status());
    named = NewBusiness("north", "");
    named.add_retell_agent_ids(bad);
    invalid(directory_.Create(named).status());
    v1::Technician technician = NewTechnician("cy", "+19495550113");
    technician.mutable_contact_methods(0)->set_channel(v1::CHANNEL_EMAIL);
    technician.mutable_contact_methods(0)->set_address(absl::StrCat("a@", bad));
    invalid(directory_.Create("smith", technician).status());
  }
  // gRPC itself refuses what is no UTF-8.
  EXPECT_FALSE(directory_.Get("\xff").ok());
  v1::Business broken = NewBusiness("north", "");
  broken.set_name("\xc3(");
  EXPECT_FALSE(directory_.Create(broken).ok());
}

// A key that reads like an id could be found by neither.
TEST_F(DirectoryBadInput, AKeyThatIsAnId_IsRefused) {
  const std::string id = "01890000-0000-7000-8000-000000000000";
  EXPECT_THAT(directory_.Create(NewBusiness(id, "")), FailsAt(Paths{"business.key"}));
  EXPECT_THAT(directory_.Create("smith", NewTechnician(id, "+19495550113")), FailsAt(Paths{"technician.key"}));
  EXPECT_THAT(directory_.Create("smith", NewTechnician(directory_.GetTechnician("smith", "ana")->id(), "+19495550113")),
              FailsAt(Paths{"technician.key"}));
}

// Agents are told apart by spaces and lines nowhere.
TEST_F(DirectoryBadInput, VoiceAgentsAreOneWord) {
  for (const char* bad : {"a\nb", "a b", "\t", "", "a\r"}) {
    v1::Business business = NewBusiness("north", "");
    business.add_retell_agent_ids(bad);
    EXPECT_THAT(directory_.Create(business), FailsAt(Paths{"business.retell_agent_ids[0]"})) << bad;
  }
}

// What protobuf cannot write as JSON would take the whole roster with it.
TEST_F(DirectoryBadInput, SpansAreSpans) {
  for (const auto& [seconds, nanos] : std::vector<std::pair<std::int64_t, std::int32_t>>{
           {60, 2000000000}, {60, -1}, {-1, 1}, {0, -5}, {86400, 1}, {std::int64_t{1} << 62, 0}}) {
    v1::Business change;
    change.set_key("smith");
    change.mutable_repeat_call_window()->set_seconds(seconds);
    change.mutable_repeat_call_window()->set_nanos(nanos);
    EXPECT_THAT(directory_.Update(change), FailsAt(Paths{"business.repeat_call_window"})) << seconds << "s " << nanos;
  }
}

TEST_F(DirectoryBadInput, TooMany) {
  v1::Business business = NewBusiness("north", "");
  for (int i = 0; i < 101; ++i) business.add_numbers(absl::StrCat("+1949555", 2000 + i));
  for (int i = 0; i < 21; ++i) business.add_retell_agent_ids(absl::StrCat("agent_", i));
  for (int i = 0; i < 101; ++i) *business.add_urgency_rules() = Proto<v1::UrgencyRule>("phrase: 'gas' urgency: 3");
  EXPECT_THAT(directory_.Create(business),
              FailsAt(Paths{"business.numbers", "business.retell_agent_ids", "business.urgency_rules"}));
  v1::Technician technician = NewTechnician("cy", "+19495550113");
  for (int i = 0; i < 10; ++i) *technician.add_contact_methods() = technician.contact_methods(0);
  EXPECT_THAT(directory_.Create("smith", technician), FailsAt(Paths{"technician.contact_methods"}));
  v1::RosterEntry entry = Proto<v1::RosterEntry>("key: 'x' priority: 1 technician: 'ana'");
  for (int i = 0; i < 51; ++i) *entry.add_windows() = Proto<v1::Window>("from: '09:00' until: '10:00'");
  EXPECT_THAT(directory_.Create("smith", entry), FailsAt(Paths{"roster_entry.windows"}));
  entry = Proto<v1::RosterEntry>("key: 'x' priority: 1 rotation { unit: ROTATION_UNIT_DAY start: '2026-01-05T09:00' }");
  for (int i = 0; i < 51; ++i) entry.mutable_rotation()->add_technicians("ana");
  EXPECT_THAT(directory_.Create("smith", entry), FailsAt(Paths{"roster_entry.rotation.technicians"}));
}

TEST_F(DirectoryBadInput, AnErrorFitsIntoAnyClientsHeaders) {
  // A client of gRPC's own makes takes 8 KiB of them, and loses the error if it is longer.
  v1::Business business = NewBusiness("north", "");
  for (int i = 0; i < 100; ++i) business.add_numbers(absl::StrCat("no number at all, but a long text: ", i, "%Ü"));
  const auto refused = directory_.Create(business);
  EXPECT_THAT(refused, Fails(Code::kInvalidArgument, "FIELD_INVALID"));
  const std::vector<std::string> fields = FieldsOf(refused.status());
  EXPECT_THAT(fields, Contains("business.numbers[0]"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("more"));
  std::string yaml = "businesses:\n";
  for (int i = 0; i < 300; ++i) absl::StrAppend(&yaml, "  - {key: k", i, ", name: N, time_zone: Mars/Bäse }\n");
  const auto file = directory_.Plan(yaml);
  EXPECT_THAT(file, Fails(Code::kInvalidArgument, "FIELD_INVALID"));
  EXPECT_THAT(FieldsOf(file.status()), Contains("businesses[0].time_zone"));
  v1::Business masked;
  masked.set_key("smith");
  EXPECT_THAT(directory_.Update(masked, Paths(1000, "this_is_not_a_field_of_anything_that_we_know")),
              Fails(Code::kInvalidArgument, "FIELD_INVALID"));
}

TEST(DirectoryLimits, FiveHundredTechniciansAndNotOneMore) {
  World world({.dispatchd_flags = {"--engine=false"}});
  std::string technicians, roster;
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&technicians, "      - {key: t", i, ", name: T, sms: '+1949556", 1000 + i, "'}\n");
  }
  for (int i = 0; i < 200; ++i) absl::StrAppend(&roster, "      - {technician: t", i, "}\n");
  const std::string yaml =
      absl::StrCat("businesses:\n  - key: big\n    name: Big\n    time_zone: Etc/UTC\n    technicians:\n", technicians,
                   "    roster:\n", roster);
  Directory& directory = world.directory();
  ASSERT_THAT(directory.Apply(yaml), Succeeds());
  EXPECT_THAT(directory.Create("big", NewTechnician("more", "+19495550113")), FailsAt(Paths{"technicians"}));
  EXPECT_THAT(directory.Create("big", Proto<v1::RosterEntry>("key: 'more' priority: 1 technician: 't0'")),
              FailsAt(Paths{"roster"}));
  EXPECT_THAT(directory.DeleteTechnician("big", "t499"), Succeeds());
  EXPECT_THAT(directory.Create("big", NewTechnician("more", "+19495550113")), Succeeds());
}

TEST(DirectoryLimits, ARequestHas32MiB) {
  World world({.dispatchd_flags = {"--engine=false"}});
  Directory& directory = world.directory();
  const std::string yaml = directory.Export();
  EXPECT_THAT(directory.Plan(absl::StrCat(yaml, "# ", std::string(29'900'000, 'x'), "\n")), Succeeds());
  EXPECT_THAT(directory.Plan(absl::StrCat(yaml, "# ", std::string(30'000'000, 'x'), "\n")), FailsAt(Paths{"the file"}));
  const absl::Status refused = directory.Plan(std::string(33 << 20, 'x')).status();
  EXPECT_EQ(refused.code(), Code::kResourceExhausted) << refused;
  EXPECT_THAT(directory.Get("smith"), Succeeds());
}

// Two overrides about the same person: whichever of them the request is about.
TEST(DirectoryLimits, OverlappingOverrides_AreTheRequestsFault) {
  World world({.dispatchd_flags = {"--engine=false"}});
  Directory& directory = world.directory();
  const auto first = Proto<v1::Override>(R"(key: "a" kind: OVERRIDE_KIND_REMOVE technician: "ana"
    start_time { seconds: 4102444800 } end_time { seconds: 4102448400 })");
  v1::Override second = first;
  second.set_key("b");
  EXPECT_THAT(directory.Create("smith", first), Succeeds());
  EXPECT_THAT(directory.Create("smith", second), FailsAt(Paths{"override.start_time"}));
  second.mutable_start_time()->set_seconds(4102448400);
  second.mutable_end_time()->set_seconds(4102452000);
  EXPECT_THAT(directory.Create("smith", second), Succeeds()) << "one ends when the other begins";
  v1::Override longer = first;
  longer.mutable_end_time()->set_seconds(4102450000);
  const auto refused = directory.Update("smith", longer);
  EXPECT_THAT(refused, FailsAt(Paths{"override.start_time"}));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("\"b\""));
}

}  // namespace
}  // namespace afterhours::testing
