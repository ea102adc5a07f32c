// Field masks, etags, pages of lists, and repeats.

#include <set>

#include "absl/strings/str_cat.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

World::Options Still() { return {.dispatchd_flags = {"--engine=false"}}; }

TEST(DirectoryUpdate, MasksSayWhatIsTaken) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business change = Proto<v1::Business>(R"(
    key: "smith" name: "Smith" time_zone: "America/Denver" owner { name: "Sue" } sms_sender: "949 555 0177")");
  auto nested = directory.Update(change, {"owner.name"});
  ASSERT_THAT(nested, Succeeds());
  EXPECT_EQ(nested->owner().name(), "Sue");
  EXPECT_EQ(nested->owner().phone(), "+19495550199") << "beside what the mask names";
  EXPECT_EQ(nested->name(), "Smith Plumbing");
  auto two = directory.Update(change, {"name", "sms_sender"});
  ASSERT_THAT(two, Succeeds());
  EXPECT_EQ(two->name(), "Smith");
  EXPECT_EQ(two->sms_sender(), "+19495550177");
  EXPECT_EQ(two->time_zone(), "America/Los_Angeles");
  auto all = directory.Update(change, {"*"});
  ASSERT_THAT(all, Succeeds());
  EXPECT_THAT(all->numbers(), IsEmpty()) << "\"*\" empties what is not set";
  EXPECT_EQ(all->owner().phone(), "");
  EXPECT_EQ(all->region(), "US") << "or makes it the default";
  EXPECT_EQ(all->key(), "smith");

  // Not set, and named: empty again, or the default.
  v1::Technician away = NewTechnician("ana", "+19495550111");
  away.set_available(false);
  ASSERT_THAT(directory.Update("smith", away), Succeeds());
  away.clear_available();
  const auto back = directory.Update("smith", away, {"available", "active"});
  ASSERT_THAT(back, Succeeds());
  EXPECT_TRUE(back->available() && back->active());
}

TEST(DirectoryUpdate, MasksOfUnknownOrFixedFields_AreRefused) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business change;
  change.set_key("smith");
  change.set_name("New");
  const std::string before = directory.Get("smith")->SerializeAsString();
  for (const char* path : {"nmae", "owner.fax", "numbers.0", "urgency_rules.phrase", "Name", "", ".", "owner.",
                           "*.name", "id", "create_time", "update_time", "create_time.seconds"}) {
    const auto refused = directory.Update(change, {"name", path});
    EXPECT_THAT(refused, FailsAt(Paths{"update_mask"})) << path;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(absl::StrCat("\"", path, "\"")));
  }
  EXPECT_THAT(directory.Update(change, {"name", "*"}), FailsAt(Paths{"update_mask"}));
  EXPECT_EQ(directory.Get("smith")->SerializeAsString(), before);

  // A key never changes, by whatever name the resource was found.
  v1::Technician technician = NewTechnician(directory.GetTechnician("smith", "ana")->id(), "+19495550111");
  EXPECT_THAT(directory.Update("smith", technician, {"key"}), FailsAt(Paths{"update_mask"}));
  change.set_key(directory.Get("smith")->id());
  EXPECT_THAT(directory.Update(change, {"key"}), FailsAt(Paths{"update_mask"}));
  v1::Policy policy;
  policy.set_urgency(v1::URGENCY_LOW);
  EXPECT_THAT(directory.Update("smith", policy, {"is_default"}), FailsAt(Paths{"update_mask"}));
  // Programs put all fields that they know into the mask; what stays the same is no change.
  v1::Technician same = *directory.GetTechnician("smith", "ana");
  EXPECT_THAT(directory.Update("smith", same, {"key", "name", "etag"}), Succeeds());
  EXPECT_THAT(directory.Update("smith", (*directory.Policies("smith"))[0], {"urgency", "cutoff"}), Succeeds());
}

TEST(DirectoryUpdate, EtagsTellContent) {
  World world(Still());
  Directory& directory = world.directory();
  const std::string first = directory.Get("smith")->etag();
  EXPECT_EQ(directory.Get("smith")->etag(), first);
  v1::Business change;
  change.set_key("smith");
  change.set_name("Other");
  ASSERT_THAT(directory.Update(change), Succeeds());
  EXPECT_NE(directory.Get("smith")->etag(), first);
  change.set_etag(first);
  change.set_name("Third");
  EXPECT_THAT(directory.Update(change), Fails(Code::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(directory.Get("smith")->name(), "Other");
  change.clear_etag();
  change.set_name("Smith Plumbing");
  const auto back = directory.Update(change);
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(back->etag(), first) << "the same content, the same etag";
  // A technician's change is not one of the business.
  ASSERT_THAT(directory.Create("smith", NewTechnician("cy", "+19495550113")), Succeeds());
  EXPECT_EQ(directory.Get("smith")->etag(), first);
  // And the list gives the same as the single one.
  v1::ListTechniciansRequest list;
  list.set_business("smith");
  const auto listed = directory.Call(&DirectoryStub::ListTechnicians, list);
  for (const v1::Technician& technician : listed->technicians()) {
    EXPECT_EQ(technician.etag(), directory.GetTechnician("smith", technician.key())->etag());
  }
}

TEST(DirectoryUpdate, CreatingItAgain_IsOkWordForWord) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business business = NewBusiness("north", "949 555 0150");
  const auto made = directory.Create(business, "olga");
  ASSERT_THAT(made, Succeeds());
  business.set_numbers(0, "+1 (949) 555-0150");
  const auto again = directory.Create(business, "pia");
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->SerializeAsString(), made->SerializeAsString()) << "another way of writing the number";
  business.set_name("Northern");
  EXPECT_THAT(directory.Create(business), Fails(Code::kAlreadyExists, "KEY_TAKEN"));

  const v1::Technician technician = NewTechnician("cy", "+19495550113");
  const auto cy = directory.Create("north", technician);
  ASSERT_THAT(cy, Succeeds());
  EXPECT_EQ(directory.Create("north", technician)->SerializeAsString(), cy->SerializeAsString());
  EXPECT_THAT(directory.Create("north", NewTechnician("cy", "+19495550114")), Fails(Code::kAlreadyExists, "KEY_TAKEN"));
  EXPECT_EQ(directory.GetTechnician("north", "cy")->SerializeAsString(), cy->SerializeAsString());
  EXPECT_EQ(directory.Changes("north").size(), 2u) << "who changed nothing is in no history";
}

TEST(DirectoryUpdate, ListsGoThroughEverythingOnce_WhateverChangesBetween) {
  World world(Still());
  Directory& directory = world.directory();
  // Their order differs from that of most languages, which a database may have.
  world.database().Value(R"sql(
    do $$ declare view text := pg_get_viewdef('rosters'); begin
      drop view rosters;
      alter table technicians alter column key type text collate "en-US-x-icu";
      execute 'create view rosters as ' || view;
    end $$)sql");
  std::set<std::string> keys = {"a-b", "a_b", "ab", "a0", "b", "0a", "a-0", "a", "ana", "bo"};
  for (const std::string& key : keys) {
    if (key == "ana" || key == "bo") continue;
    ASSERT_THAT(directory.Create("smith", NewTechnician(key, "+19495550113")), Succeeds());
    ASSERT_THAT(directory.Create(NewBusiness(key, "")), Succeeds());
  }
  for (const int page_size : {1, 2, 3, 499, 500, 1000000}) {
    v1::ListTechniciansRequest list;
    list.set_business("smith");
    list.set_page_size(page_size);
    std::vector<std::string> seen;
    do {
      const auto page = directory.Call(&DirectoryStub::ListTechnicians, list);
      ASSERT_THAT(page, Succeeds());
      EXPECT_LE(page->technicians_size(), page_size);
      for (const v1::Technician& technician : page->technicians()) seen.push_back(technician.key());
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    EXPECT_EQ(seen, std::vector<std::string>(keys.begin(), keys.end())) << page_size;
  }
  v1::ListBusinessesRequest list;
  list.set_page_size(2);
  std::vector<std::string> seen;
  bool changed = false;
  do {
    const auto page = directory.Call(&DirectoryStub::ListBusinesses, list);
    ASSERT_THAT(page, Succeeds());
    for (const v1::Business& business : page->businesses()) seen.push_back(business.key());
    list.set_page_token(page->next_page_token());
    if (!changed) {  // the one that the page ended with, one that was listed, and one that is to come
      ASSERT_THAT(directory.DeleteBusiness(seen.back()), Succeeds());
      ASSERT_THAT(directory.Create(NewBusiness("00", "")), Succeeds());
      ASSERT_THAT(directory.DeleteBusiness("ab"), Succeeds());
      changed = true;
    }
  } while (!list.page_token().empty());
  EXPECT_THAT(seen, ElementsAre("0a", "a", "a-0", "a-b", "a0", "a_b", "b", "smith"));
}

TEST(DirectoryUpdate, TokensOfOtherLists_AreRefused) {
  World world(Still());
  Directory& directory = world.directory();
  ASSERT_THAT(directory.Create(NewBusiness("north", "")), Succeeds());
  v1::ListTechniciansRequest list;
  list.set_business("smith");
  list.set_page_size(1);
  const std::string token = directory.Call(&DirectoryStub::ListTechnicians, list)->next_page_token();
  ASSERT_NE(token, "");
  list.set_page_token(token);
  list.set_page_size(5);
  EXPECT_THAT(directory.Call(&DirectoryStub::ListTechnicians, list), Succeeds()) << "the size may change";
  list.set_business("north");
  EXPECT_THAT(directory.Call(&DirectoryStub::ListTechnicians, list),
              Fails(Code::kInvalidArgument, "PAGE_TOKEN_INVALID"));
  v1::ListBusinessesRequest businesses;
  v1::ListDirectoryChangesRequest changes;
  v1::ExportDirectoryRequest file;
  v1::CheckDirectoryRequest check;
  for (const std::string& bad : {token, std::string("garbage"), std::string("!"), std::string(5000, 'A')}) {
    businesses.set_page_token(bad);
    changes.set_page_token(bad);
    file.set_page_token(bad);
    check.set_page_token(bad);
    const auto invalid = Fails(Code::kInvalidArgument, "PAGE_TOKEN_INVALID");
    EXPECT_THAT(directory.Call(&DirectoryStub::ListBusinesses, businesses), invalid);
    EXPECT_THAT(directory.Call(&DirectoryStub::ListDirectoryChanges, changes), invalid);
    EXPECT_THAT(directory.Call(&DirectoryStub::ExportDirectory, file), invalid);
    EXPECT_THAT(directory.Call(&DirectoryStub::CheckDirectory, check), invalid);
  }
  businesses.clear_page_token();
  businesses.set_page_size(-1);
  EXPECT_THAT(directory.Call(&DirectoryStub::ListBusinesses, businesses), FailsAt(Paths{"page_size"}));
}

TEST(DirectoryUpdate, EveryChangeTellsWhoAndWhatBefore) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business change;
  change.set_key("smith");
  change.set_name("Smith & Daughters");
  ASSERT_THAT(directory.Update(change, {}, "olga"), Succeeds());
  ASSERT_THAT(directory.Create("smith", NewTechnician("cy", "+19495550113")), Succeeds());
  ASSERT_THAT(directory.DeleteTechnician("smith", "cy"), Succeeds());
  const auto changes = directory.Changes("smith");
  ASSERT_GE(changes.size(), 3u);
  EXPECT_EQ(changes[2].actor(), "operator:olga");
  EXPECT_EQ(changes[2].resource(), "business");
  EXPECT_EQ(changes[2].key(), "smith");
  EXPECT_EQ(nlohmann::json::parse(changes[2].before())["name"], "Smith Plumbing");
  EXPECT_EQ(nlohmann::json::parse(changes[2].after())["name"], "Smith & Daughters");
  EXPECT_EQ(changes[1].actor(), "operator:operator");
  EXPECT_EQ(changes[1].resource(), "technician");
  EXPECT_EQ(changes[1].before(), "");
  EXPECT_EQ(nlohmann::json::parse(changes[1].after())["contact_methods"][0]["address"], "+19495550113");
  EXPECT_EQ(changes[0].after(), "");
  EXPECT_EQ(nlohmann::json::parse(changes[0].before())["key"], "cy");
  for (const v1::DirectoryChange& line : changes) EXPECT_EQ(line.business(), "smith");

  // Who removed it, and what it was, is to be found afterwards too.
  ASSERT_THAT(directory.DeleteBusiness("smith", "", "pia"), Succeeds());
  const auto after = directory.Changes("smith");
  ASSERT_GT(after.size(), changes.size());
  EXPECT_EQ(after[0].actor(), "operator:pia");
  v1::ListDirectoryChangesRequest unknown;
  unknown.set_business("nobody");
  EXPECT_THAT(directory.Call(&DirectoryStub::ListDirectoryChanges, unknown),
              Fails(Code::kNotFound, "BUSINESS_NOT_FOUND"));

  // Page by page, each once.
  v1::ListDirectoryChangesRequest list;
  list.set_page_size(2);
  std::set<std::string> ids;
  std::size_t count = 0;
  do {
    const auto page = directory.Call(&DirectoryStub::ListDirectoryChanges, list);
    ASSERT_THAT(page, Succeeds());
    for (const v1::DirectoryChange& line : page->changes()) ids.insert(line.id()), ++count;
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(count, directory.Changes().size());
}

}  // namespace
}  // namespace afterhours::testing
