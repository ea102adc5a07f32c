// What a file says, and the shorter ways to say it.

#include "server/files/directory_yaml.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace afterhours::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string ExampleFile() {
  std::ifstream file(AFTERHOURS_DIRECTORY_EXAMPLE);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// The one business of a file that is good.
v1::BusinessDirectory Parsed(const std::string& yaml) {
  const auto directories = ParseDirectory(yaml);
  EXPECT_TRUE(directories.ok()) << directories.status() << "\n" << yaml;
  return directories.ok() && directories->size() == 1 ? directories->front() : v1::BusinessDirectory();
}

// A business in Los Angeles with Ana and Bo, and `extra` members.
std::string SmithWith(const std::string& extra) {
  return absl::StrCat(R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/Los_Angeles
    technicians:
      - {key: ana, name: Ana Diaz, sms: "+19495550111"}
      - {key: bo, name: Bo Chen, sms: "+19495550112"}
)",
                      extra);
}

// "SMS +19495550111", in order.
std::vector<std::string> Contacts(const v1::Technician& technician) {
  std::vector<std::string> contacts;
  for (const v1::ContactMethod& method : technician.contact_methods()) {
    contacts.push_back(absl::StrCat(v1::Channel_Name(method.channel()).substr(8), " ", method.address()));
  }
  return contacts;
}

std::vector<std::string> ContactsOf(const std::string& members) {
  const v1::BusinessDirectory directory = Parsed(absl::StrCat(
      "businesses: [{key: smith, name: Smith, time_zone: UTC, technicians: [{key: ana, name: Ana, ", members, "}]}]"));
  return directory.technicians_size() == 1 ? Contacts(directory.technicians(0)) : std::vector<std::string>();
}

template <typename Resources>
std::vector<std::string> KeysOf(const Resources& resources) {
  std::vector<std::string> keys;
  for (const auto& one : resources) keys.push_back(one.key());
  return keys;
}

TEST(DirectoryYaml, TheExampleIsRead) {
  const auto directories = ParseDirectory(ExampleFile());
  ASSERT_TRUE(directories.ok()) << directories.status();
  ASSERT_THAT(*directories, SizeIs(2));
  const v1::BusinessDirectory& smith = directories->at(0);
  EXPECT_EQ(smith.business().key(), "smith-plumbing");
  EXPECT_EQ(smith.business().name(), "Smith Plumbing");
  EXPECT_EQ(smith.business().time_zone(), "America/Los_Angeles");
  EXPECT_EQ(smith.business().sms_sender(), "+19495550101");
  EXPECT_EQ(smith.business().owner().name(), "Sam Smith");
  EXPECT_EQ(smith.business().owner().phone(), "+19495550199");
  EXPECT_THAT(smith.business().numbers(), ElementsAre("+19495550100"));
  ASSERT_THAT(smith.technicians(), SizeIs(2));
  EXPECT_EQ(smith.technicians(0).key(), "ana");
  EXPECT_EQ(smith.technicians(0).name(), "Ana Diaz");
  EXPECT_THAT(Contacts(smith.technicians(0)), ElementsAre("SMS +19495550111", "VOICE +19495550111"));
  EXPECT_TRUE(smith.technicians(1).active()) << "when it is not said";
  EXPECT_TRUE(smith.technicians(1).available());
  ASSERT_THAT(smith.roster(), SizeIs(2));
  EXPECT_EQ(smith.roster(1).technician(), "bo");
  EXPECT_EQ(smith.roster(1).priority(), 2);
  const v1::BusinessDirectory& harbor = directories->at(1);
  EXPECT_EQ(harbor.business().sms_sender(), "");
  EXPECT_THAT(harbor.business().numbers(), SizeIs(2));
  EXPECT_FALSE(harbor.technicians(0).available()) << "kim, who is before lee by key";
}

TEST(DirectoryYaml, JsonIsReadToo) {
  const v1::BusinessDirectory directory = Parsed(R"({
	"businesses": [{
		"key": "smith", "name": "Smith \u0026 Sons", "time_zone": "America/Los_Angeles",
		"numbers": ["(949) 555-0100"], "sms_sender": "MG00000000000000000000000000000000",
		"technicians": [{"key": "ana", "name": "Ana", "sms": "949.555.0111", "available": false}],
		"roster": [{"technician": "ana", "priority": 1}]
	}]
})");
  EXPECT_EQ(directory.business().name(), "Smith & Sons");
  EXPECT_THAT(directory.business().numbers(), ElementsAre("+19495550100"));
  EXPECT_EQ(directory.business().sms_sender(), "MG00000000000000000000000000000000");
  ASSERT_THAT(directory.technicians(), SizeIs(1));
  EXPECT_EQ(directory.technicians(0).contact_methods(0).address(), "+19495550111");
  EXPECT_FALSE(directory.technicians(0).available());
}

TEST(DirectoryYaml, WithoutListsIsABusinessWithNobody) {
  const v1::BusinessDirectory directory =
      Parsed("businesses: [{key: smith, name: Smith, time_zone: UTC, numbers: , technicians: []}]");
  EXPECT_THAT(directory.technicians(), IsEmpty());
  EXPECT_EQ(directory.business().region(), "US");
}

TEST(DirectoryYaml, EveryKindOfFieldIsRead) {
  const v1::BusinessDirectory directory = Parsed(SmithWith(R"(
    trade: Heating_cooling
    repeat_call_window: 1h30m
    retell_agent_ids: [agent_1, "17"]
    urgency_rules: [{phrase: "no heat", urgency: high, topic: heat}]
    overrides:
      - {key: swap, kind: replace, technician: ana, replacement: bo, reason: holidays,
         start_time: 2026-12-24T18:00, end_time: "2026-12-26T02:00:00Z"}
    policies:
      HIGH:
        steps: [{channel: SMS, wait: 90s}]
        cutoff: 2h
        hold: {from: "21:00", until: "07:00"}
)"));
  EXPECT_EQ(directory.business().trade(), v1::TRADE_HEATING_COOLING);
  EXPECT_EQ(directory.business().repeat_call_window().seconds(), 5400);
  EXPECT_THAT(directory.business().retell_agent_ids(), ElementsAre("17", "agent_1"));
  ASSERT_THAT(directory.business().urgency_rules(), SizeIs(1));
  EXPECT_EQ(directory.business().urgency_rules(0).urgency(), v1::URGENCY_HIGH);
  ASSERT_THAT(directory.overrides(), SizeIs(1));
  EXPECT_EQ(directory.overrides(0).kind(), v1::OVERRIDE_KIND_REPLACE);
  EXPECT_EQ(directory.overrides(0).start_time().seconds(), 1798164000) << "18:00 in Los Angeles";
  EXPECT_EQ(directory.overrides(0).end_time().seconds(), 1798250400) << "18:00 as well, a day later";
  ASSERT_THAT(directory.policies(), SizeIs(1));
  EXPECT_EQ(directory.policies(0).urgency(), v1::URGENCY_HIGH);
  EXPECT_EQ(directory.policies(0).steps(0).wait().seconds(), 90);
  EXPECT_EQ(directory.policies(0).rounds(), 1) << "when it is not said";
  EXPECT_EQ(directory.policies(0).hold().until(), "07:00");
}

TEST(DirectoryYaml, AnAliasIsWhatItStandsFor) {
  const v1::BusinessDirectory directory = Parsed(SmithWith(R"(
    policies:
      HIGH: &all
        steps: [{channel: SMS, wait: 2m}, {channel: VOICE, wait: 2m}]
        cutoff: 1h
      MEDIUM: *all
      LOW: *all
)"));
  ASSERT_THAT(directory.policies(), SizeIs(3));
  for (const v1::Policy& policy : directory.policies()) EXPECT_EQ(policy.cutoff().seconds(), 3600);
}

TEST(DirectoryYaml, ContactMethodsHaveAShorterForm) {
  EXPECT_THAT(ContactsOf("sms: 949-555-0111"), ElementsAre("SMS +19495550111", "VOICE +19495550111"));
  EXPECT_THAT(ContactsOf("sms: 949-555-0111, voice: 949-555-0112"),
              ElementsAre("SMS +19495550111", "VOICE +19495550112"));
  EXPECT_THAT(ContactsOf("sms: 949-555-0111, voice: none"), ElementsAre("SMS +19495550111"));
  EXPECT_THAT(ContactsOf("voice: 949-555-0111"), ElementsAre("VOICE +19495550111"));
  EXPECT_THAT(ContactsOf("whatsapp: 949-555-0112, email: ana@example.com, voice: none, sms: 949-555-0111"),
              ElementsAre("SMS +19495550111", "EMAIL ana@example.com", "WHATSAPP +19495550112"));
  EXPECT_THAT(ContactsOf("available: no"), IsEmpty());
  EXPECT_THAT(ContactsOf("contact_methods: [{channel: voice, address: 949-555-0111}]"),
              ElementsAre("VOICE +19495550111"));
}

TEST(DirectoryYaml, AnEntryOfTheRosterHasItsTechniciansKeyAndTheFirstPriority) {
  const v1::BusinessDirectory directory = Parsed(SmithWith(R"(
    roster:
      - {technician: bo}
      - {technician: ana, priority: 2}
      - {technician: ana, priority: 3}
      - {technician: ana, priority: 4}
      - {key: ana-2, technician: bo, priority: 5}
)"));
  EXPECT_THAT(KeysOf(directory.roster()), testing::UnorderedElementsAre("bo", "ana", "ana-3", "ana-4", "ana-2"));
  for (const v1::RosterEntry& entry : directory.roster()) {
    if (entry.key() == "bo") {
      EXPECT_EQ(entry.priority(), 1);
    }
  }
}

TEST(DirectoryYaml, AnOverrideHasAKeyOfItsTechnicianAndFirstDay) {
  const v1::BusinessDirectory directory = Parsed(SmithWith(R"(
    overrides:
      - {kind: REMOVE, technician: ana, start_time: "2026-12-25T07:30:00Z", end_time: 2026-12-25T00:00}
      - {kind: ADD, technician: bo, start_time: 2026-12-24T08:00, end_time: 2026-12-24T09:00}
      - {kind: ADD, technician: bo, start_time: 2026-12-24T10:00, end_time: 2026-12-24T11:00}
)"));
  EXPECT_THAT(KeysOf(directory.overrides()),
              testing::UnorderedElementsAre("ana-2026-12-24", "bo-2026-12-24", "bo-2026-12-24-2"))
      << "days by the business's clock";
}

TEST(DirectoryYaml, DaysMayBeRanges) {
  const auto days = [](const std::string& text) {
    const v1::BusinessDirectory directory = Parsed(SmithWith(
        absl::StrCat("    roster: [{technician: ana, windows: [{days: ", text, ", from: '18:00', until: '06:00'}]}]")));
    std::string letters;
    if (directory.roster_size() == 0) return letters;
    for (const int day : directory.roster(0).windows(0).days()) letters.push_back(static_cast<char>('0' + day));
    return letters;
  };
  EXPECT_EQ(days("[MON, WEDNESDAY, sun]"), "137");
  EXPECT_EQ(days("[MON-FRI]"), "12345");
  EXPECT_EQ(days("[Friday-Monday, wed]"), "56713");
  EXPECT_EQ(days("SAT-SUN"), "67") << "one need not be in a list";
  EXPECT_EQ(days("[TUE-TUE]"), "2");
}

TEST(DirectoryYaml, LocalTimesAreRepeatedAndSkippedTogetherWithTheClock) {
  const auto start = [](const std::string& text) {
    const v1::BusinessDirectory directory = Parsed(SmithWith(absl::StrCat(
        "    overrides: [{kind: ADD, technician: ana, end_time: 2026-12-24T09:00, start_time: ", text, "}]")));
    return directory.overrides_size() == 1 ? directory.overrides(0).start_time().seconds() : 0;
  };
  EXPECT_EQ(start("2026-11-01T01:30"), start("'2026-11-01T08:30:00Z'")) << "the first of two";
  EXPECT_EQ(start("2026-03-08T02:30"), start("'2026-03-08T10:00:00Z'")) << "the moment of the skip";
}

}  // namespace
}  // namespace afterhours::files
