#include "server/app/directory_file.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace afterhours::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string ExampleFile() {
  std::ifstream file(AFTERHOURS_DIRECTORY_EXAMPLE);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// A file of one good business, with `extra` members in it.
std::string OneBusiness(const std::string& extra) {
  return absl::StrCat("businesses: [{key: smith, name: Smith, time_zone: America/Los_Angeles, ", extra, "}]");
}

void ExpectFault(const std::string& text, const std::string& fault) {
  const auto parsed = ParseDirectory(text);
  ASSERT_TRUE(absl::IsInvalidArgument(parsed.status())) << text;
  EXPECT_THAT(parsed.status().message(), HasSubstr(fault)) << text;
}

TEST(DirectoryFile, TheExampleIsRead) {
  const auto businesses = ParseDirectory(ExampleFile());
  ASSERT_TRUE(businesses.ok()) << businesses.status();
  ASSERT_THAT(*businesses, SizeIs(2));
  const store::DirectoryBusiness& smith = businesses->at(0);
  EXPECT_EQ(smith.key, "smith-plumbing");
  EXPECT_EQ(smith.name, "Smith Plumbing");
  EXPECT_EQ(smith.time_zone, "America/Los_Angeles");
  EXPECT_EQ(smith.sms_sender, "+19495550101");
  EXPECT_EQ(smith.owner_name, "Sam Smith");
  EXPECT_EQ(smith.owner_phone, "+19495550199");
  EXPECT_THAT(smith.numbers, ElementsAre("+19495550100"));
  ASSERT_THAT(smith.technicians, SizeIs(2));
  EXPECT_EQ(smith.technicians[0].key, "ana");
  EXPECT_EQ(smith.technicians[0].name, "Ana Diaz");
  ASSERT_THAT(smith.technicians[0].contact_methods, SizeIs(2));
  EXPECT_EQ(smith.technicians[0].contact_methods[0].channel, v1::CHANNEL_SMS);
  EXPECT_EQ(smith.technicians[0].contact_methods[0].address, "+19495550111");
  EXPECT_EQ(smith.technicians[0].contact_methods[1].channel, v1::CHANNEL_VOICE);
  EXPECT_EQ(smith.technicians[0].contact_methods[1].address, "+19495550111") << "the same number, when it is not said";
  EXPECT_TRUE(smith.technicians[1].active) << "when it is not said";
  EXPECT_TRUE(smith.technicians[1].available);
  ASSERT_THAT(smith.roster, SizeIs(2));
  EXPECT_EQ(smith.roster[1].technician_key, "bo");
  EXPECT_EQ(smith.roster[1].priority, 2);
  const store::DirectoryBusiness& harbor = businesses->at(1);
  EXPECT_EQ(harbor.sms_sender, "");
  EXPECT_THAT(harbor.numbers, SizeIs(2));
  EXPECT_FALSE(harbor.technicians[1].available);
}

TEST(DirectoryFile, JsonIsReadToo) {
  const auto businesses = ParseDirectory(R"({
	"businesses": [{
		"key": "smith", "name": "Smith \u0026 Sons", "time_zone": "America/Los_Angeles",
		"numbers": ["(949) 555-0100"], "sms_sender": "MG00000000000000000000000000000000",
		"technicians": [{"key": "ana", "name": "Ana", "sms": "949.555.0111", "available": false}],
		"roster": [{"technician": "ana", "priority": 1}]
	}]
})");
  ASSERT_TRUE(businesses.ok()) << businesses.status();
  ASSERT_THAT(*businesses, SizeIs(1));
  EXPECT_EQ(businesses->at(0).name, "Smith & Sons");
  EXPECT_THAT(businesses->at(0).numbers, ElementsAre("+19495550100"));
  EXPECT_EQ(businesses->at(0).sms_sender, "MG00000000000000000000000000000000");
  EXPECT_EQ(businesses->at(0).technicians.at(0).contact_methods.at(0).address, "+19495550111");
  EXPECT_FALSE(businesses->at(0).technicians.at(0).available);
}

TEST(DirectoryFile, WithoutListsIsABusinessWithNobody) {
  const auto businesses = ParseDirectory(OneBusiness("numbers: , technicians: []"));
  ASSERT_TRUE(businesses.ok()) << businesses.status();
  EXPECT_THAT(businesses->at(0).technicians, IsEmpty());
}

TEST(DirectoryFile, EachFaultOfTheFileIsNamed) {
  ExpectFault("businesses: [", "not YAML");
  ExpectFault("", "the file: must be a map");
  ExpectFault("[]", "the file: must be a map");
  ExpectFault("{}", "businesses: the file names no business");
  ExpectFault("businesses: {a: b}", "businesses: must be a list");
  ExpectFault("businesses: [7]", "businesses[0]: must be a map");
  ExpectFault("business: []", "the file.business: is not known; known are businesses");
}

TEST(DirectoryFile, EachFaultOfABusinessIsNamed) {
  ExpectFault("businesses: [{name: Smith, time_zone: UTC}]", "businesses[0].key: is required");
  ExpectFault("businesses: [{key: smith, name: '', time_zone: UTC}]", "businesses[0].name: is required");
  ExpectFault("businesses: [{key: smith, name: Smith}]", "businesses[0].time_zone: is required");
  ExpectFault("businesses: [{key: smith, name: Smith, time_zone: Mars/Base}]",
              "businesses[0].time_zone: \"Mars/Base\" is not an IANA time zone");
  ExpectFault(absl::StrCat("businesses: [{key: smith, time_zone: UTC, name: ", std::string(201, 'x'), "}]"),
              "businesses[0].name: must be a text of at most 200 bytes");
  ExpectFault(OneBusiness("colour: red"), "businesses[0].colour: is not known");
  ExpectFault(OneBusiness("numbers: '+19495550100'"), "businesses[0].numbers: must be a list");
  ExpectFault(OneBusiness("numbers: ['+19495550100', nonsense]"),
              "businesses[0].numbers[1]: \"nonsense\" is not a phone number");
  ExpectFault(OneBusiness("numbers: [{a: b}]"), "businesses[0].numbers[0]: \"\" is not a phone number");
  ExpectFault(OneBusiness("sms_sender: nonsense"), "businesses[0].sms_sender: \"nonsense\" is not a phone number");
  ExpectFault(OneBusiness("owner: Sam"), "businesses[0].owner: must be a map");
  ExpectFault(OneBusiness("owner: {phone: '+19495550199'}"), "businesses[0].owner.name: is required");
  ExpectFault(OneBusiness("owner: {name: Sam, phone: x}"), "businesses[0].owner.phone: \"x\" is not a phone number");
}

TEST(DirectoryFile, EachFaultOfATechnicianIsNamed) {
  const auto technicians = [](const std::string& list) { return OneBusiness("technicians: [" + list + "]"); };
  const std::string good = "{key: ana, name: Ana, sms: '+19495550111'}";
  ExpectFault(technicians("ana"), "businesses[0].technicians[0]: must be a map");
  ExpectFault(technicians("{name: Ana, sms: '+19495550111'}"), "businesses[0].technicians[0].key: is required");
  ExpectFault(technicians(good + ", {key: bo, sms: '+19495550112'}"), "businesses[0].technicians[1].name: is required");
  ExpectFault(technicians("{key: ana, name: Ana}"), "businesses[0].technicians[0].sms: is required");
  ExpectFault(technicians("{key: ana, name: Ana, sms: home}"),
              "businesses[0].technicians[0].sms: \"home\" is not a phone number");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', active: maybe}"),
              "businesses[0].technicians[0].active: must be true or false");
  ExpectFault(technicians(good + ", " + good), "businesses[0].technicians[1].key: is there twice");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', phone: x}"),
              "businesses[0].technicians[0].phone: is not known");
}

TEST(DirectoryFile, EachFaultOfARosterIsNamed) {
  const auto roster = [](const std::string& list) {
    return OneBusiness("technicians: [{key: ana, name: Ana, sms: '+19495550111'}], roster: [" + list + "]");
  };
  ExpectFault(roster("{technician: bo, priority: 1}"), "businesses[0].roster[0].technician: is not a technician");
  ExpectFault(roster("{technician: ana, priority: 0}"), "businesses[0].roster[0].priority: must be 1 (first) or more");
  ExpectFault(roster("{technician: ana, priority: first}"), "businesses[0].roster[0].priority: must be a whole number");
  ExpectFault(roster("{technician: ana}"), "businesses[0].roster[0].priority: must be a whole number");
  ExpectFault(roster("{technician: ana, priority: 1}, {technician: ana, priority: 2}"),
              "businesses[0].roster[1].technician: is there twice");
}

TEST(DirectoryFile, ANumberAndAKeyBelongToOneBusiness) {
  const std::string one = "{key: smith, name: Smith, time_zone: UTC, numbers: ['+19495550100']}";
  ExpectFault("businesses: [" + one + ", {key: jones, name: Jones, time_zone: UTC, numbers: ['(949) 555-0100']}]",
              "businesses[1].numbers[0]: number +19495550100 is at businesses[0].numbers[0] already");
  ExpectFault("businesses: [" + one + ", {key: smith, name: Smith, time_zone: UTC}]",
              "businesses[1]: business key smith is at businesses[0] already");
}

TEST(DirectoryFile, AllFaultsAreNamedAtOnce) {
  const auto parsed = ParseDirectory("businesses: [{key: smith, time_zone: x, numbers: [y]}]");
  ASSERT_FALSE(parsed.ok());
  EXPECT_THAT(parsed.status().message(), HasSubstr("businesses[0].name"));
  EXPECT_THAT(parsed.status().message(), HasSubstr("businesses[0].time_zone"));
  EXPECT_THAT(parsed.status().message(), HasSubstr("businesses[0].numbers[0]"));
  EXPECT_THAT(parsed.status().message(), Not(HasSubstr("businesses[0].key")));
}

}  // namespace
}  // namespace afterhours::app
