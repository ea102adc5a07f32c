// What a file is refused for, and how that is told.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "server/files/directory_yaml.h"
#include "server/files/yaml_tree.h"

namespace afterhours::files {
namespace {

using testing::HasSubstr;
using testing::Not;

// A file of one good business, with `extra` members in it.
std::string OneBusiness(const std::string& extra) {
  return absl::StrCat("businesses: [{key: smith, name: Smith, time_zone: America/Los_Angeles, ", extra, "}]");
}

std::string FaultsOf(const std::string& text) {
  const auto parsed = ParseDirectory(text);
  EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << text;
  EXPECT_EQ(ErrorReason(parsed.status()), "FIELD_INVALID");
  return std::string(parsed.status().message());
}

void ExpectFault(const std::string& text, const std::string& fault) {
  EXPECT_THAT(FaultsOf(text), HasSubstr(fault)) << text;
}

TEST(DirectoryFaults, OfTheFile) {
  ExpectFault("businesses: [", "the file: is not YAML: line 1, column 1: end of sequence flow not found");
  ExpectFault("businesses:\n  - key: [a\n  - b", "the file: is not YAML: line 3, column ");
  ExpectFault("", "the file: must be a map");
  ExpectFault("[]", "the file: must be a map");
  ExpectFault("{}", "businesses: the file names no business");
  ExpectFault("businesses: []", "businesses: the file names no business");
  ExpectFault("businesses: {a: b}", "businesses: must be a list");
  ExpectFault("businesses: [7]", "businesses[0]: must be a map");
  ExpectFault("business: []", "the file.business: is not known; known are businesses");
  ExpectFault("businesses: []\n---\nbusinesses: []", "line 2, column 1: a second document");
}

TEST(DirectoryFaults, OfABusiness) {
  ExpectFault("businesses: [{name: Smith, time_zone: UTC}]", "businesses[0].key: must be 1 to 64");
  ExpectFault("businesses: [{key: smith, name: '', time_zone: UTC}]", "businesses[0].name: is required");
  ExpectFault("businesses: [{key: smith, name: Smith}]", "businesses[0].time_zone: is required");
  ExpectFault("businesses: [{key: smith, name: Smith, time_zone: Mars/Base}]",
              "businesses[0].time_zone: \"Mars/Base\" is not an IANA time zone");
  ExpectFault(absl::StrCat("businesses: [{key: smith, time_zone: UTC, name: ", std::string(201, 'x'), "}]"),
              "businesses[0].name: is longer than 200 bytes");
  ExpectFault(OneBusiness("colour: red"), "businesses[0].colour: is not known; known are key, name, numbers, ");
  ExpectFault(OneBusiness("id: 7"), "businesses[0].id: is not known");
  ExpectFault(OneBusiness("name: Jones"), "businesses[0].name: is there twice");
  ExpectFault(OneBusiness("numbers: '+19495550100'"), "businesses[0].numbers: must be a list");
  ExpectFault(OneBusiness("numbers: ['+19495550100', nonsense]"),
              "businesses[0].numbers[1]: \"nonsense\" is not a phone number");
  ExpectFault(OneBusiness("numbers: [{a: b}]"), "businesses[0].numbers[0]: must be a text");
  ExpectFault(OneBusiness("sms_sender: nonsense"), "businesses[0].sms_sender: \"nonsense\" is not a phone number");
  ExpectFault(OneBusiness("owner: Sam"), "businesses[0].owner: must be a map");
  ExpectFault(OneBusiness("owner: {name: Sam, phone: x}"), "businesses[0].owner.phone: \"x\" is not a phone number");
  ExpectFault(OneBusiness("owner: {mail: x}"), "businesses[0].owner.mail: is not known; known are name, phone");
  ExpectFault(OneBusiness("trade: fishing"), "businesses[0].trade: \"fishing\" is not known; known are PLUMBING, ");
  ExpectFault(OneBusiness("trade: unspecified"), "businesses[0].trade: \"unspecified\" is not known");
  ExpectFault(OneBusiness("repeat_call_window: 2"), "businesses[0].repeat_call_window: \"2\" is not a span like 90s");
  ExpectFault(OneBusiness("repeat_call_window: inf"), "businesses[0].repeat_call_window: \"inf\" is not a span");
  ExpectFault(OneBusiness("sms_sender: \"a\\0b\""), "businesses[0].sms_sender: is not valid UTF-8, or has a NUL in it");
}

TEST(DirectoryFaults, OfATechnician) {
  const auto technicians = [](const std::string& list) { return OneBusiness("technicians: [" + list + "]"); };
  const std::string good = "{key: ana, name: Ana, sms: '+19495550111'}";
  ExpectFault(technicians("ana"), "businesses[0].technicians[0]: must be a map");
  ExpectFault(technicians("{name: Ana, sms: '+19495550111'}"), "businesses[0].technicians[0].key: must be 1 to 64");
  ExpectFault(technicians(good + ", {key: bo, sms: '+19495550112'}"), "businesses[0].technicians[1].name: is required");
  ExpectFault(technicians("{key: ana, name: Ana, sms: home}"),
              "businesses[0].technicians[0].sms: \"home\" is not a phone number");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', voice: home}"),
              "businesses[0].technicians[0].voice: \"home\" is not a phone number");
  ExpectFault(technicians("{key: ana, name: Ana, email: home}"),
              "businesses[0].technicians[0].email: must be an e-mail address");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', active: maybe}"),
              "businesses[0].technicians[0].active: must be true or false");
  ExpectFault(technicians(good + ", " + good),
              "businesses[0].technicians[1].key: \"ana\" is the key of technicians[0] too");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', phone: x}"),
              "businesses[0].technicians[0].phone: is not known; known are active, available, contact_methods, email, "
              "key, name, sms, voice, whatsapp");
  ExpectFault(technicians("{key: ana, name: Ana, sms: '+19495550111', contact_methods: []}"),
              "businesses[0].technicians[0].sms: cannot be together with contact_methods");
  ExpectFault(technicians("{key: ana, name: Ana, contact_methods: [{channel: FAX, address: x}]}"),
              "businesses[0].technicians[0].contact_methods[0].channel: \"FAX\" is not known; known are SMS, VOICE");
}

TEST(DirectoryFaults, OfARoster) {
  const auto roster = [](const std::string& list) {
    return OneBusiness("technicians: [{key: ana, name: Ana, sms: '+19495550111'}], roster: [" + list + "]");
  };
  ExpectFault(roster("{technician: ana, priority: first}"), "businesses[0].roster[0].priority: must be a whole number");
  ExpectFault(roster("{technician: ana, rotation: {unit: WEEK}}"),
              "businesses[0].roster[0].rotation: cannot be together with technician");
  ExpectFault(roster("{technician: ana, windows: [{days: [MON, XYZ]}]}"),
              "businesses[0].roster[0].windows[0].days[1]: \"XYZ\" is not a day, or days, like MON or MON-FRI");
  ExpectFault(roster("{technician: ana, windows: [{day: MON}]}"),
              "businesses[0].roster[0].windows[0].day: is not known; known are days, from, until");
  ExpectFault(roster("{key: x, rotation: {unit: YEAR}}"),
              "businesses[0].roster[0].rotation.unit: \"YEAR\" is not known; known are HOUR, DAY, WEEK, MONTH");
  ExpectFault(OneBusiness("overrides: [{start_time: tomorrow}]"),
              "businesses[0].overrides[0].start_time: \"tomorrow\" is not a time like 2026-12-24T18:00");
}

TEST(DirectoryFaults, OfAPolicy) {
  ExpectFault(OneBusiness("policies: {HUGE: {}}"),
              "businesses[0].policies.HUGE: is not known; known are HIGH, LOW, MEDIUM");
  ExpectFault(OneBusiness("policies: {LOW: {cutoff: 1h}, HIGH: {steps: [{channel: S}], cutoff: 1h}}"),
              "businesses[0].policies.HIGH.steps[0].channel: \"S\" is not known");
  ExpectFault(OneBusiness("policies: {LOW: {cutoff: 1h}}"), "businesses[0].policies.LOW.steps: there is none");
  ExpectFault(OneBusiness("policies: {LOW: {steps: [{channel: SMS}], cutoff: 1s}}"),
              "businesses[0].policies.LOW.cutoff: must be from one minute to seven days");
  ExpectFault(OneBusiness("policies: {LOW: {urgency: LOW}}"), "businesses[0].policies.LOW.urgency: is not known");
}

TEST(DirectoryFaults, ANumberAnAgentAndAKeyBelongToOneBusiness) {
  const std::string one =
      "{key: smith, name: Smith, time_zone: UTC, numbers: ['+19495550100'], retell_agent_ids: [agent_1]}";
  const std::string other = "{key: jones, name: Jones, time_zone: UTC, ";
  ExpectFault(absl::StrCat("businesses: [", one, ", ", other, "numbers: ['+19495550101', '(949) 555-0100']}]"),
              "businesses[1].numbers: number +19495550100 is at businesses[0].numbers already");
  ExpectFault(absl::StrCat("businesses: [", one, ", ", other, "retell_agent_ids: [agent_1]}]"),
              "businesses[1].retell_agent_ids: voice agent agent_1 is at businesses[0].retell_agent_ids already");
  ExpectFault(absl::StrCat("businesses: [", one, ", {key: smith, name: Smith, time_zone: UTC}]"),
              "businesses[1].key: business key smith is at businesses[0].key already");
}

TEST(DirectoryFaults, AreNamedAllAtOnceWithTheirLines) {
  const std::string faults = FaultsOf("businesses:\n  - key: smith\n    time_zone: x\n    numbers: [y]\n");
  EXPECT_THAT(faults, HasSubstr("businesses[0].name: is required (line 2)"));
  EXPECT_THAT(faults,
              HasSubstr("businesses[0].time_zone: \"x\" is not an IANA time zone, like America/New_York (line 3)"));
  EXPECT_THAT(faults, HasSubstr("businesses[0].numbers[0]: \"y\" is not a phone number (line 4)"));
  EXPECT_THAT(faults, Not(HasSubstr("businesses[0].key")));
}

TEST(DirectoryFaults, AreToldOnceForEachPlace) {
  EXPECT_EQ(FaultsOf(OneBusiness("technicians: [{key: ana, name: [], sms: '1'}]")),
            "businesses[0].technicians[0].name: must be a text (line 1); "
            "businesses[0].technicians[0].sms: \"1\" is not a phone number (line 1)")
      << "no name is not required as well, and sms stands for voice too";
}

TEST(DirectoryFaults, TwoHundredAreNamedAndTheOthersCounted) {
  std::string file = "businesses:\n";
  for (int i = 0; i < 250; ++i) absl::StrAppend(&file, "  - {key: b", i, ", name: B, time_zone: x}\n");
  const std::vector<std::string> faults = absl::StrSplit(FaultsOf(file), "; ");
  ASSERT_EQ(faults.size(), 201u);
  EXPECT_THAT(faults[199], HasSubstr("businesses[199].time_zone"));
  EXPECT_EQ(faults[200], "the file: and 50 more");
}

TEST(DirectoryFaults, WhatWouldTakeTooLongIsRefused) {
  ExpectFault(std::string(kFileBytesMax + 1, ' '), "the file: has 30000001 bytes; at most 30000000 can be taken");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&bomb, "*a", i - 1, ", ");
    absl::StrAppend(&bomb, "]\n");
  }
  ExpectFault(bomb, "more than 6000000 values, with all aliases written out");
  ExpectFault("businesses: &a [*a]", "an alias within what it stands for");
  ExpectFault("businesses: [*a]", "is not YAML: line 1, column 14");
  std::string deep;
  for (std::size_t i = 0; i <= kYamlDepthMax; ++i) deep += "- ";
  ExpectFault(deep, "nested more than 32 levels deep");
  std::string numbers;
  for (int i = 0; i < 1001; ++i) numbers += "1,";
  ExpectFault(OneBusiness("numbers: [" + numbers + "]"),
              "businesses[0].numbers: has 1001 items; at most 1000 are read");
}

}  // namespace
}  // namespace afterhours::files
