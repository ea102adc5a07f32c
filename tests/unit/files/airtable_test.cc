#include "server/files/airtable.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/core/directory.h"
#include "server/files/airtable_cells.h"
#include "server/files/directory_yaml.h"
#include "server/files/keys.h"

namespace afterhours::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string DataFile(const std::string& name) {
  std::ifstream file(absl::StrCat(AFTERHOURS_TEST_DATA, "/airtable/", name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// A line for each finding, and one for the count.
std::string ReportOf(const AirtableImport& import) {
  std::string report;
  for (const v1::ImportFinding& finding : import.findings) {
    absl::StrAppend(&report, finding.table(), ":", finding.line(), ": ", finding.column(),
                    finding.column().empty() ? "" : " ", finding.message(), finding.refused() ? "" : " (taken)", "\n");
  }
  return absl::StrCat(report, import.taken_count, " of ", import.row_count, " rows taken\n");
}

// Two tables with one row each, the cells given.
AirtableImport ImportOf(const std::string& business_headers, const std::string& business,
                        const std::string& roster_headers, const std::string& row) {
  return ReadAirtable(
      absl::StrCat("Name,Twilio DID,Time Zone,", business_headers, "\nSmith,+19495550100,UTC,", business),
      absl::StrCat("Name,Phone,Business,Priority,", roster_headers, "\nAna,949-555-0111,Smith,1,", row), "");
}

// The directory that a row of the roster makes of Smith.
v1::BusinessDirectory SmithOf(const std::string& headers, const std::string& row) {
  const AirtableImport import = ImportOf("Active", "checked", headers, row);
  EXPECT_THAT(import.directories, SizeIs(1)) << ReportOf(import);
  return import.directories.empty() ? v1::BusinessDirectory() : import.directories[0];
}

TEST(Airtable, EveryBadRowOfAnExportIsNamed) {
  const AirtableImport import =
      ReadAirtable(DataFile("businesses.csv"), DataFile("on-call-roster.csv"), "America/Denver");
  const std::vector<std::string> expected = absl::StrSplit(DataFile("report.txt"), '\n');
  const std::vector<std::string> report = absl::StrSplit(ReportOf(import), '\n');
  for (std::size_t i = 0; i < std::min(expected.size(), report.size()); ++i) EXPECT_EQ(report[i], expected[i]);
  EXPECT_EQ(report.size(), expected.size());
}

TEST(Airtable, WhatIsTakenIsInForm) {
  const AirtableImport import =
      ReadAirtable(DataFile("businesses.csv"), DataFile("on-call-roster.csv"), "America/Denver");
  EXPECT_THAT(import.directories, SizeIs(23));
  for (v1::BusinessDirectory directory : import.directories) {
    EXPECT_THAT(core::NormalizeDirectory(directory), IsEmpty()) << directory.business().key();
  }
  const auto again = ParseDirectory(FormatDirectory(import.directories, true));
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST(Airtable, ACleanExportIsTakenWhole) {
  const AirtableImport import =
      ReadAirtable(DataFile("clean-businesses.csv"), DataFile("clean-on-call-roster.csv"), "");
  EXPECT_EQ(ReportOf(import), "8 of 8 rows taken\n");
  EXPECT_EQ(FormatDirectory(import.directories, true), DataFile("clean-directory.yaml"));
}

TEST(Airtable, TheOrderOfRowsChangesNothing) {
  const auto reversed = [](const std::string& file) {
    std::vector<std::string> lines = absl::StrSplit(DataFile(file), "\r\n", absl::SkipEmpty());
    std::reverse(lines.begin() + 1, lines.end());
    return absl::StrJoin(lines, "\r\n");
  };
  const AirtableImport import =
      ReadAirtable(reversed("clean-businesses.csv"), reversed("clean-on-call-roster.csv"), "");
  EXPECT_EQ(FormatDirectory(import.directories, true), DataFile("clean-directory.yaml"));
}

TEST(Airtable, ATableThatCannotBeReadTakesTheOtherWithIt) {
  const std::string businesses = "Name,Twilio DID,Time Zone\nSmith,+19495550100,UTC\n";
  const std::string roster = "Name,Phone,Business,Priority,Active,Availability Status\n";
  EXPECT_EQ(ReportOf(ReadAirtable(businesses, "", "")),
            "Businesses:0: is not taken, for the other table cannot be read\n"
            "On-Call Roster:0: is empty; export the table as CSV, with its line of headers\n"
            "0 of 1 rows taken\n");
  EXPECT_EQ(ReportOf(ReadAirtable("Name,Time Zone\nSmith,UTC\n", roster, "")),
            "Businesses:1: Twilio DID is required, and the table has no such column; show it in the view, and export "
            "that again\n"
            "On-Call Roster:0: is not taken, for the other table cannot be read\n"
            "0 of 1 rows taken\n");
  EXPECT_THAT(ReportOf(ReadAirtable(businesses, roster + "\"Ana", "")),
              HasSubstr("On-Call Roster:2: has a quote that is never closed; the table is not taken"));
  EXPECT_THAT(ReadAirtable(businesses, "", "").directories, IsEmpty());
}

TEST(Airtable, ColumnsThatAreNotThere) {
  const AirtableImport import =
      ReadAirtable("Business Name,DID,tz\nSmith,+19495550100,UTC\n",
                   "NAME,phone number,Company,On-Call Priority\nAna,949-555-0111,smith,1\n", "");
  EXPECT_EQ(ReportOf(import),
            "On-Call Roster:1: Active is no column of the table; everybody is taken as active (taken)\n"
            "On-Call Roster:1: Availability Status is no column of the table; everybody is taken as available (taken)\n"
            "2 of 2 rows taken\n");
  ASSERT_THAT(import.directories, SizeIs(1));
  EXPECT_TRUE(import.directories[0].technicians(0).active());
  EXPECT_TRUE(import.directories[0].technicians(0).available());
}

TEST(Airtable, TheDefaultTimeZone) {
  const std::string businesses = "Name,Twilio DID,Time Zone\nSmith,+19495550100,\nJones,+19495550101,UTC\n";
  const std::string roster = "Name,Phone,Business,Priority,Active,Availability Status\n";
  EXPECT_THAT(ReportOf(ReadAirtable(businesses, roster, "")),
              HasSubstr("Businesses:2: Time Zone is empty; fill it in"));
  EXPECT_THAT(ReportOf(ReadAirtable(businesses, roster, "EST")),
              HasSubstr("Businesses:0: Time Zone of the import is not an IANA time zone"));
  EXPECT_THAT(ReadAirtable(businesses, roster, "EST").directories, SizeIs(1));
  const AirtableImport import = ReadAirtable(businesses, roster, "America/Denver");
  ASSERT_THAT(import.directories, SizeIs(2));
  EXPECT_EQ(import.directories[1].business().time_zone(), "America/Denver");
}

// "MON-FRI 18:00 06:00"; "always"; "refused".
std::string WindowOf(const std::string& start, const std::string& end, const std::string& days = "") {
  const AirtableImport import = ImportOf("Active", "checked", "Start Time,End Time,Days",
                                         absl::StrCat("\"", start, "\",\"", end, "\",\"", days, "\""));
  if (import.directories.empty() || import.taken_count < 2) return "refused";
  const v1::BusinessDirectory& directory = import.directories[0];
  if (directory.overrides_size() > 0) {
    return absl::StrCat(directory.overrides(0).start_time().seconds(), " ",
                        directory.overrides(0).end_time().seconds());
  }
  const v1::RosterEntry& entry = directory.roster(0);
  if (entry.windows().empty()) return "always";
  std::string window;
  for (const int day : entry.windows(0).days()) absl::StrAppend(&window, day);
  return absl::StrCat(window, window.empty() ? "" : " ", entry.windows(0).from(), " ", entry.windows(0).until());
}

TEST(Airtable, TimesOfDayAreAWindow) {
  EXPECT_EQ(WindowOf("", ""), "always");
  for (const char* start : {"6:00 PM", "6:00pm", "6 PM", "6 p.m.", "18:00", "18:00:00", "06:00:00 PM"}) {
    EXPECT_EQ(WindowOf(start, "6:00 AM"), "18:00 06:00") << start;
  }
  EXPECT_EQ(WindowOf("12:00 PM", "12:30 AM"), "12:00 00:30");
  EXPECT_EQ(WindowOf("6:00 PM", "12:00 AM"), "18:00 24:00");
  EXPECT_EQ(WindowOf("6:00 PM", "11:59 PM"), "18:00 24:00");
  EXPECT_EQ(WindowOf("12:00 AM", "11:59 PM"), "always");
  for (const char* start :
       {"6", "1800", "25:00", "18:60", "13:00 PM", "0:00 AM", "18:00:30", "evening", "-6:00", ":"}) {
    EXPECT_EQ(WindowOf(start, "6:00 AM"), "refused") << start;
  }
  EXPECT_EQ(WindowOf("18:00", ""), "refused");
  EXPECT_EQ(WindowOf("", "18:00"), "refused");
  EXPECT_EQ(WindowOf("18:00", "6:00 PM"), "refused");
}

TEST(Airtable, DaysOfAWindow) {
  EXPECT_EQ(WindowOf("18:00", "06:00", "Monday, Tue,thurs"), "124 18:00 06:00");
  EXPECT_EQ(WindowOf("18:00", "06:00", "Weekdays"), "12345 18:00 06:00");
  EXPECT_EQ(WindowOf("18:00", "06:00", "Fri\xe2\x80\x93Mon"), "1567 18:00 06:00");
  EXPECT_EQ(WindowOf("18:00", "06:00", "Every day"), "18:00 06:00");
  EXPECT_EQ(WindowOf("", "", "weekends"), "67 00:00 24:00");
  EXPECT_EQ(WindowOf("", "", "Daily"), "always");
  EXPECT_EQ(WindowOf("18:00", "06:00", "Mon, Someday"), "refused");
  EXPECT_EQ(WindowOf("18:00", "06:00", "T"), "refused");
}

TEST(Airtable, DaysAndTimesAreAnOverride) {
  const std::string expected = "1768500000 1768723200";  // 2026-01-15 18:00 to 2026-01-18 08:00, UTC
  EXPECT_EQ(WindowOf("2026-01-15 18:00", "2026-01-18 08:00"), expected);
  EXPECT_EQ(WindowOf("2026-01-15T18:00", "2026-01-18T08:00:00"), expected);
  EXPECT_EQ(WindowOf("2026-01-15T18:00:00.000Z", "2026-01-18T08:00:00.000Z"), expected);
  EXPECT_EQ(WindowOf("1/15/2026 6:00pm", "1/18/2026 8:00 am"), expected);
  EXPECT_EQ(WindowOf("15/1/2026 18:00", "18/1/2026 08:00"), expected);
  EXPECT_EQ(WindowOf("January 15, 2026 6:00 PM", "Jan 18 2026 8:00 AM"), expected);
  for (const char* end : {"2026-01-18", "2026-01-15 17:00", "2028-01-18 08:00", "2026-02-30 08:00", "1/2/2026 08:00",
                          "2026-01-18T08:00:00Z", "08:00", "99999-01-01 08:00", "13/13/2026 08:00"}) {
    EXPECT_EQ(WindowOf("2026-01-15 18:00", end), "refused") << end;
  }
  EXPECT_EQ(WindowOf("2026-01-15 18:00", "2026-01-18 08:00", "Mon"), "refused");
}

TEST(Airtable, WhatIsPreferredComesFirst) {
  const auto channels = [](const std::string& preferred, const std::string& email) {
    const v1::BusinessDirectory directory =
        SmithOf("Preferred Contact,Email", absl::StrCat("\"", preferred, "\",", email));
    std::vector<std::string> names;
    for (const v1::ContactMethod& method : directory.technicians(0).contact_methods()) {
      names.push_back(v1::Channel_Name(method.channel()).substr(8));
    }
    return names;
  };
  EXPECT_THAT(channels("", ""), ElementsAre("SMS", "VOICE"));
  EXPECT_THAT(channels("Call", ""), ElementsAre("VOICE", "SMS"));
  EXPECT_THAT(channels("WhatsApp, Text", "ana@example.com"), ElementsAre("WHATSAPP", "SMS", "VOICE", "EMAIL"));
  EXPECT_THAT(channels("Email", ""), ElementsAre("SMS", "VOICE"));
  EXPECT_THAT(channels("Pigeon", "not an address"), ElementsAre("SMS", "VOICE"));
}

TEST(Airtable, ABusinessWithTooManyRowsIsRefused) {
  std::string roster = "Name,Phone,Business,Priority,Active,Availability Status\n";
  for (int i = 0; i < 501; ++i) absl::StrAppend(&roster, "T", i, ",+1949555", 1000 + i, ",Smith,1,checked,AVAILABLE\n");
  const AirtableImport import = ReadAirtable("Name,Twilio DID,Time Zone\nSmith,,UTC\nJones,,UTC\n", roster, "");
  EXPECT_THAT(import.directories, SizeIs(1)) << "Jones";
  EXPECT_EQ(import.taken_count, 1);
  EXPECT_THAT(ReportOf(import), HasSubstr("Businesses:2: with its roster breaks a rule: technicians has 501 entries"));
}

TEST(Airtable, AvailabilityAndCheckboxes) {
  EXPECT_EQ(ParseAvailability("Available"), true);
  EXPECT_EQ(ParseAvailability("Off-Duty"), false);
  EXPECT_EQ(ParseAvailability(""), std::nullopt);
  EXPECT_EQ(ParseAvailability("available soon"), std::nullopt);
  EXPECT_EQ(ParseCheckbox("checked"), true);
  EXPECT_EQ(ParseCheckbox(""), false);
  EXPECT_EQ(ParseCheckbox("perhaps"), std::nullopt);
  EXPECT_EQ(ParsePriority("1.0"), 1);
  EXPECT_EQ(ParsePriority("1.5"), std::nullopt);
  EXPECT_EQ(ParseTrade("Plumbing & HVAC"), v1::TRADE_UNSPECIFIED);
  EXPECT_EQ(ParseTrade("Glazier"), std::nullopt);
}

TEST(Keys, OfNames) {
  EXPECT_EQ(Slug("Müller & Co."), "muller-co");
  EXPECT_EQ(Slug("O'Brien\xe2\x80\x99s  Straße"), "obriens-strasse");
  EXPECT_EQ(Slug("Łódź Æsir Ĳ"), "lodz-aesir-ij");
  EXPECT_EQ(Slug("e\xcc\x81lan"), "elan") << "an accent of its own";
  EXPECT_EQ(Slug("日本"), "");
  EXPECT_EQ(Slug("--"), "");
  EXPECT_EQ(Slug(std::string(63, 'a') + " b"), std::string(63, 'a'));
  KeyMaker keys;
  EXPECT_EQ(keys.Make("a"), "a");
  EXPECT_EQ(keys.Make("a"), "a-2");
  EXPECT_FALSE(keys.Reserve("a-2"));
  EXPECT_TRUE(keys.Reserve("a-3"));
  EXPECT_EQ(keys.Make("a"), "a-4");
  EXPECT_EQ(keys.Make(std::string(70, 'x')), std::string(62, 'x') + "-2");
}

}  // namespace
}  // namespace afterhours::files
