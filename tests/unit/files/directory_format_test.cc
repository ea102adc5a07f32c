// The file that is written, and that it is read back to the same.

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/core/directory.h"
#include "server/files/directory_yaml.h"

namespace afterhours::files {
namespace {

using google::protobuf::FieldDescriptor;
using testing::HasSubstr;
using testing::IsEmpty;

void ExpectSame(const std::vector<v1::BusinessDirectory>& directories, const std::string& yaml) {
  const auto again = ParseDirectory(yaml);
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << yaml;
  ASSERT_EQ(again->size(), directories.size());
  for (std::size_t i = 0; i < directories.size(); ++i) {
    google::protobuf::util::MessageDifferencer differencer;
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(directories[i], again->at(i))) << difference << "\n" << yaml;
  }
}

// Directories with everything in them that one can have.
class RandomDirectory {
 public:
  explicit RandomDirectory(unsigned int seed) : random_(seed) {}

  v1::BusinessDirectory Make(int index) {
    v1::BusinessDirectory directory;
    v1::Business& business = *directory.mutable_business();
    business.set_key(absl::StrCat("b-", index));
    business.set_name(Text());
    business.set_time_zone(OneOf({"America/Los_Angeles", "Europe/Berlin", "UTC", "Australia/Lord_Howe"}));
    business.set_region(OneOf({"US", "DE"}));
    for (int i = Below(3); i > 0; --i) business.add_numbers(absl::StrFormat("+1949555%02d%02d", index, i));
    for (int i = Below(3); i > 0; --i)
      business.add_retell_agent_ids(absl::StrCat(OneOf({"agent_", "1", "#"}), index, i));
    if (Chance()) business.set_sms_sender(OneOf({"+19495550101", "MG0000", "MG: x"}));
    if (Chance()) business.mutable_owner()->set_name(Text());
    if (Chance()) business.mutable_owner()->set_phone("+19495550199");
    business.set_trade(static_cast<v1::Trade>(Below(7)));
    for (int i = Below(3); i > 0; --i) {
      v1::UrgencyRule& rule = *business.add_urgency_rules();
      rule.set_phrase(OneOf({"burst pipe", "no ... heat|heating", "leak*", "gas: \"smell\" #1"}));
      rule.set_urgency(static_cast<v1::Urgency>(1 + Below(3)));
      rule.set_topic(OneOf({"", "gas", "null"}));
    }
    if (Chance()) *business.mutable_repeat_call_window() = Span();
    for (int i = 0; i < 4; ++i) AddTechnician(absl::StrCat("t", i), directory);
    for (int i = Below(5); i > 0; --i) AddEntry(i, directory);
    for (int i = Below(4); i > 0; --i) AddOverride(i, directory);
    for (int urgency = 1; urgency <= 3; ++urgency) {
      if (Chance()) AddPolicy(static_cast<v1::Urgency>(urgency), directory);
    }
    const auto faults = core::NormalizeDirectory(directory);
    EXPECT_THAT(faults, IsEmpty()) << (faults.empty() ? "" : faults[0].field + " " + faults[0].description);
    return directory;
  }

 private:
  int Below(int end) { return static_cast<int>(random_() % static_cast<unsigned int>(end)); }
  bool Chance() { return Below(2) == 0; }
  std::string OneOf(const std::vector<std::string>& all) {
    return all[static_cast<std::size_t>(Below(static_cast<int>(all.size())))];
  }

  std::string Text() {
    return OneOf({"Ana Diaz",
                  "null",
                  "true",
                  "No",
                  "12:30",
                  " a ",
                  "a: b",
                  "x #y",
                  "Zoë Müller",
                  "\"",
                  "\\n",
                  "a\nb\n",
                  "- x",
                  "'",
                  "日本",
                  "a\xe2\x80\xa8"
                  "b",
                  "\xc2\x85",
                  "\tq",
                  "none",
                  "{a}",
                  "[b",
                  "*c",
                  "&d",
                  "!e",
                  "%f",
                  "|",
                  ">",
                  "@g",
                  "`h",
                  "~",
                  "1e3",
                  "0x1F",
                  "2026-01-01",
                  "a, b",
                  "\xef\xbb\xbf"
                  "c",
                  "\x01\x7f",
                  "?",
                  "Smith & Sons (24/7)",
                  "<<",
                  "=",
                  "-",
                  "key: ",
                  std::string(200, 'x'),
                  "y"});
  }

  google::protobuf::Duration Span() {
    google::protobuf::Duration span;
    span.set_seconds(Below(3600) * Below(24));
    if (Below(4) == 0) span.set_nanos(Below(1000) * 1000000);
    return span;
  }

  void AddTechnician(const std::string& key, v1::BusinessDirectory& directory) {
    v1::Technician& technician = *directory.add_technicians();
    technician.set_key(key);
    technician.set_name(Text());
    if (Chance()) technician.set_active(Chance());
    if (Chance()) technician.set_available(Chance());
    for (int i = Below(4); i > 0; --i) {
      v1::ContactMethod& method = *technician.add_contact_methods();
      method.set_channel(static_cast<v1::Channel>(1 + Below(4)));
      const bool email = method.channel() == v1::CHANNEL_EMAIL;
      method.set_address(email ? "a@example.com" : OneOf({"+19495550111", "+19495550112"}));
    }
  }

  void AddEntry(int index, v1::BusinessDirectory& directory) {
    v1::RosterEntry& entry = *directory.add_roster();
    entry.set_key(index == 1 ? "t1" : index == 2 ? "t2-2" : absl::StrCat("e", index));
    entry.set_priority(1 + Below(3));
    for (int i = Below(3); i > 0; --i) {
      v1::Window& window = *entry.add_windows();
      std::set<int> days;
      for (int j = Below(8); j > 0; --j) days.insert(1 + Below(7));
      for (const int day : days) window.add_days(static_cast<v1::DayOfWeek>(day));
      window.set_from("18:00");
      window.set_until("24:00");
    }
    if (index != 1 && Chance()) {
      v1::Rotation& rotation = *entry.mutable_rotation();
      rotation.set_unit(static_cast<v1::RotationUnit>(1 + Below(4)));
      rotation.set_shift_length(1 + Below(3));
      rotation.set_start("2026-01-05T09:00");
      for (int i = Below(4); i >= 0; --i) rotation.add_technicians(absl::StrCat("t", i));
    } else {
      entry.set_technician(absl::StrCat("t", 1 + Below(2)));
    }
  }

  void AddOverride(int index, v1::BusinessDirectory& directory) {
    v1::Override& change = *directory.add_overrides();
    change.set_key(absl::StrCat("o", index));
    change.set_kind(static_cast<v1::OverrideKind>(1 + Below(3)));
    change.set_technician(absl::StrCat("t", index));
    if (change.kind() == v1::OVERRIDE_KIND_REPLACE) change.set_replacement("t0");
    if (change.kind() == v1::OVERRIDE_KIND_ADD) change.set_priority(1 + Below(3));
    // In both of the hours that the clock shows twice, among others.
    constexpr int kRepeatedHour = 1793520000;  // 2026-11-01T08:00Z
    change.mutable_start_time()->set_seconds(kRepeatedHour + Below(8) * 1800 + (Chance() ? 0 : Below(60)));
    if (Below(4) == 0) change.mutable_start_time()->set_nanos(1 + Below(999999999));
    change.mutable_end_time()->set_seconds(change.start_time().seconds() + 3600 * (1 + Below(100)));
    if (Chance()) change.set_reason(Text());
  }

  void AddPolicy(v1::Urgency urgency, v1::BusinessDirectory& directory) {
    v1::Policy& policy = *directory.add_policies();
    policy.set_urgency(urgency);
    for (int i = Below(3); i >= 0; --i) AddStep(*policy.add_steps());
    for (int i = Below(3); i > 0; --i) AddStep(*policy.add_owner_steps());
    policy.set_rounds(1 + Below(3));
    policy.mutable_cutoff()->set_seconds(60 + Below(7200));
    if (!Chance()) return;
    policy.mutable_hold()->set_from("21:00");
    policy.mutable_hold()->set_until("07:00");
  }

  void AddStep(v1::PolicyStep& step) {
    step.set_channel(static_cast<v1::Channel>(1 + Below(4)));
    if (Chance()) *step.mutable_wait() = Span();
  }

  std::mt19937 random_;
};

TEST(DirectoryFormat, IsReadBackToTheSame) {
  for (unsigned int seed = 1; seed <= 500; ++seed) {
    RandomDirectory random(seed);
    std::vector<v1::BusinessDirectory> directories;
    for (int i = 0; i < 3; ++i) directories.push_back(random.Make(i));
    ExpectSame(directories, FormatDirectory(directories, true));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(DirectoryFormat, PartsMakeOneFile) {
  RandomDirectory random(1);
  const std::vector<v1::BusinessDirectory> directories = {random.Make(0), random.Make(1), random.Make(2)};
  ExpectSame(directories, FormatDirectory({directories[0]}, true) +
                              FormatDirectory({directories[1], directories[2]}, false) + FormatDirectory({}, false));
}

TEST(DirectoryFormat, IsMadeForReading) {
  const std::string file = R"(# The directory of Afterhours; docs/directory.md
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/Los_Angeles
    numbers: ["+19495550100"]
    owner: {name: Sam Smith, phone: "+19495550199"}
    trade: PLUMBING
    technicians:
      - {key: ana, name: Ana Diaz, sms: "+19495550111"}
      - {key: bo, name: Bo Chen, sms: "+19495550112", voice: none, available: false}
    roster:
      - {technician: ana, priority: 1}
      - technician: bo
        priority: 2
        windows:
          - {days: [MON-FRI], from: "18:00", until: "06:00"}
      - key: weekly
        rotation: {unit: WEEK, start: "2026-01-05T09:00", technicians: [ana, bo]}
        priority: 3
    overrides:
      - {key: o, kind: ADD, technician: bo, start_time: "2026-12-24T18:00", end_time: "2026-12-26T02:00"}
    policies:
      HIGH:
        steps:
          - {channel: SMS, wait: 1m}
          - {channel: VOICE, wait: 1m30s}
        rounds: 2
        cutoff: 30m

  - key: jones
    name: Jones
    time_zone: UTC
)";
  const auto directories = ParseDirectory(file);
  ASSERT_TRUE(directories.ok()) << directories.status();
  EXPECT_EQ(FormatDirectory(*directories, true), file);
}

TEST(DirectoryFormat, AnEmptyDirectoryIsAFileThatSaysSo) {
  const std::string file = FormatDirectory({}, true);
  EXPECT_THAT(file, HasSubstr("businesses: []\n"));
  EXPECT_THAT(ParseDirectory(file).status().message(), HasSubstr("the file names no business"));
}

TEST(DirectoryFormat, AResourceStandsAsInAFile) {
  v1::Technician technician;
  technician.set_id("018f");
  technician.set_etag("x");
  technician.set_key("ana");
  technician.set_name("Ana Diaz");
  technician.set_active(true);
  technician.set_available(false);
  EXPECT_EQ(FormatResource(technician), "key: ana\nname: Ana Diaz\navailable: false\n");
  v1::Override change;
  change.set_key("x");
  change.set_kind(v1::OVERRIDE_KIND_REMOVE);
  change.mutable_start_time()->set_seconds(1798164000);
  EXPECT_EQ(FormatResource(change), "key: x\nkind: REMOVE\nstart_time: \"2026-12-25T02:00:00Z\"\n");
}

// A field of another type would need a line in the reader and the writer.
void ExpectReadable(const google::protobuf::Descriptor& message, std::set<std::string>& seen) {
  if (!seen.insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::set<FieldDescriptor::CppType> known = {FieldDescriptor::CPPTYPE_STRING, FieldDescriptor::CPPTYPE_INT32,
                                                      FieldDescriptor::CPPTYPE_BOOL, FieldDescriptor::CPPTYPE_ENUM,
                                                      FieldDescriptor::CPPTYPE_MESSAGE};
    EXPECT_EQ(known.count(field.cpp_type()), 1u) << field.full_name();
    EXPECT_FALSE(field.is_map()) << field.full_name();
    const bool well_known =
        field.message_type() != nullptr && field.message_type()->file()->package() != "afterhours.v1";
    if (field.message_type() != nullptr && !well_known) ExpectReadable(*field.message_type(), seen);
  }
}

TEST(DirectoryFormat, EveryFieldOfTheApiCanBeInAFile) {
  std::set<std::string> seen;
  ExpectReadable(*v1::BusinessDirectory::descriptor(), seen);
  EXPECT_EQ(seen.count("afterhours.v1.Rotation"), 1u);
}

}  // namespace
}  // namespace afterhours::files
