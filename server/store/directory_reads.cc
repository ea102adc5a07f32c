#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/directory.h"
#include "server/core/directory_check.h"
#include "server/core/names.h"
#include "server/db/row_reader.h"
#include "server/store/content_hash.h"
#include "server/store/directory.h"
#include "server/store/directory_json.h"
#include "server/store/json.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using google::protobuf::util::TimeUtil;

constexpr db::Statement kReadNow{"read_now", R"sql(
  select micros(coalesce($1, now())))sql"};

// What is deleted is left out after the look-up by id: within it, an index of those
// that are not would be as good a way while there are few, and all of it be read.
constexpr db::Statement kFindBusinesses{"find_businesses", R"sql(
  select id, key from (
    select b.id, b.key from unnest($1::uuid[]) w(id)
    cross join lateral (select * from businesses where id = w.id offset 0) b
    where b.delete_time is null
    union
    select b.id, b.key from unnest($2::text[]) w(key)
    cross join lateral (select * from businesses where key = w.key and delete_time is null offset 0) b) found
  where id <> '00000000-0000-0000-0000-000000000000'
  order by key)sql"};

// The nil business's key is empty.
constexpr db::Statement kPageBusinesses{"page_businesses", R"sql(
  select id, key from businesses where key > $1 and key <> '' and delete_time is null order by key limit $2)sql"};

constexpr db::Statement kLockBusinesses{"lock_businesses", R"sql(
  select id from businesses where id = any($1::uuid[]) order by id for no key update)sql"};

constexpr db::Statement kReadDirectories{"read_directories", R"sql(
  select b.id, b.key, b.name, b.time_zone, b.sms_sender, b.owner_name, b.owner_phone, b.details, p.content,
         micros(b.create_time), micros(b.update_time), micros(coalesce($2, now())),
         (select string_agg(number, ' ' order by number collate "C") from business_numbers where business_id = b.id),
         (select string_agg(agent_id, chr(10) order by agent_id collate "C") from business_agents
          where business_id = b.id),
         (select technicians from rosters where business_id = b.id)
  from unnest($1::uuid[]) with ordinality w(id, place)
  cross join lateral (select * from businesses where id = w.id offset 0) b
  left join lateral (select * from policies where id = b.policy_id offset 0) p on true
  where b.delete_time is null
  order by w.place)sql"};

// For each way to ask one that has its index, whatever the parameters are.
constexpr db::Statement kListChanges{"list_directory_changes", R"sql(
  select id, business_key, micros(change_time), actor, resource, key, before, after
  from directory_changes where id < $1::uuid order by id desc limit $2)sql"};

constexpr db::Statement kListChangesById{"list_directory_changes_by_id", R"sql(
  select id, business_key, micros(change_time), actor, resource, key, before, after
  from directory_changes where business_id = $3::uuid and id < $1::uuid
  order by business_id desc, id desc limit $2)sql"};

constexpr db::Statement kListChangesByKey{"list_directory_changes_by_key", R"sql(
  select id, business_key, micros(change_time), actor, resource, key, before, after
  from directory_changes where business_key = $3 and id < $1::uuid
  order by business_key desc, id desc limit $2)sql"};

constexpr db::Statement kAllowLongPauses{"allow_long_pauses", R"sql(
  select set_config('idle_in_transaction_session_timeout', '60s', true))sql"};

constexpr pqxx::result::size_type kReadAtOnceMax = 2000;
constexpr char kIdMax[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

// A policy that says what the default does is the default.
void AddPolicies(const std::string& json, v1::BusinessDirectory& directory) {
  if (json.empty()) return;
  const core::Policies defaults = core::DefaultPolicies();
  const core::Policies stored = PoliciesFromJson(json);
  for (auto policy = stored.rbegin(); policy != stored.rend(); ++policy) {
    const v1::Policy message = core::PolicyMessage(policy->first, policy->second);
    if (core::SaysTheSame(message, core::PolicyMessage(policy->first, defaults.at(policy->first)))) continue;
    *directory.add_policies() = message;
  }
}

void ForgetPastOverrides(absl::Time now, v1::BusinessDirectory& directory) {
  auto& overrides = *directory.mutable_overrides();
  const auto kept = std::remove_if(overrides.begin(), overrides.end(),
                                   [now](const v1::Override& change) { return IsForgotten(change, now); });
  overrides.erase(kept, overrides.end());
}

absl::StatusOr<v1::BusinessDirectory> ReadDirectoryRow(db::RowReader& row) {
  v1::BusinessDirectory directory;
  v1::Business& business = *directory.mutable_business();
  business.set_id(row.Text());
  business.set_key(row.Text());
  business.set_name(row.Text());
  business.set_time_zone(row.Text());
  business.set_sms_sender(row.Text());
  const std::string owner_name = row.Text(), owner_phone = row.Text();
  if (!owner_name.empty()) business.mutable_owner()->set_name(owner_name);
  if (!owner_phone.empty()) business.mutable_owner()->set_phone(owner_phone);
  if (!AddDetails(row.Text(), directory)) {
    return absl::InternalError(absl::StrCat("the details of business ", business.key(), " cannot be read"));
  }
  AddPolicies(row.Text(), directory);
  *business.mutable_create_time() = TimeUtil::MicrosecondsToTimestamp(row.Int());
  *business.mutable_update_time() = TimeUtil::MicrosecondsToTimestamp(row.Int());
  ForgetPastOverrides(row.Time(), directory);
  for (const absl::string_view number : absl::StrSplit(row.Text(), ' ', absl::SkipEmpty())) {
    business.add_numbers(std::string(number));
  }
  for (const absl::string_view agent : absl::StrSplit(row.Text(), '\n', absl::SkipEmpty())) {
    business.add_retell_agent_ids(std::string(agent));
  }
  AddTechnicians(row.Text(), directory);
  return directory;
}

absl::StatusOr<pqxx::result> Select(db::Transaction& transaction, const DirectorySelection& selection) {
  if (selection.names.empty()) return transaction.Run(kPageBusinesses, {selection.after_key, selection.count_max});
  db::Column ids, keys;
  for (const std::string& name : selection.names) (IsId(name) ? ids : keys).Add(name);
  return transaction.Run(kFindBusinesses, {ids, keys});
}

}  // namespace

absl::StatusOr<absl::Time> ReadNow(db::Transaction& transaction, std::optional<absl::Time> now) {
  const auto result = transaction.Run(kReadNow, {now});
  if (!result.ok()) return result.status();
  return db::RowReader((*result)[0]).Time();
}

bool IsForgotten(const v1::Override& change, absl::Time now) {
  return absl::FromUnixSeconds(change.end_time().seconds()) < now - kPastOverridesKept;
}

absl::Status AllowLongPauses(db::Transaction& transaction) { return transaction.Run(kAllowLongPauses).status(); }

absl::StatusOr<std::vector<v1::BusinessDirectory>> ReadDirectories(db::Transaction& transaction,
                                                                   const DirectorySelection& selection) {
  std::vector<v1::BusinessDirectory> directories;
  const auto found = Select(transaction, selection);
  if (!found.ok()) return found.status();
  if (found->empty()) return directories;
  if (selection.lock) {
    db::Column ids;
    for (const pqxx::row& fields : *found) ids.Add(db::RowReader(fields).Text());
    const auto locked = transaction.Run(kLockBusinesses, {ids});
    if (!locked.ok()) return Annotate(locked.status(), "wait for another change of the same businesses");
  }
  // A second statement: it sees what was committed while the first waited.
  directories.reserve(static_cast<std::size_t>(found->size()));
  for (pqxx::result::size_type begin = 0; begin < found->size(); begin += kReadAtOnceMax) {
    db::Column ids;
    for (auto i = begin; i < std::min(begin + kReadAtOnceMax, found->size()); ++i) {
      ids.Add(db::RowReader((*found)[i]).Text());
    }
    const auto result = transaction.Run(kReadDirectories, {ids, selection.now});
    if (!result.ok()) return result.status();
    for (const pqxx::row& fields : *result) {
      db::RowReader row(fields);
      auto directory = ReadDirectoryRow(row);
      if (!directory.ok()) return directory.status();
      directories.push_back(*std::move(directory));
    }
  }
  return directories;
}

absl::StatusOr<std::vector<v1::DirectoryChange>> ListDirectoryChanges(db::Transaction& transaction,
                                                                      const ChangeFilter& filter) {
  const std::string before_id = filter.before_id.empty() ? kIdMax : filter.before_id;
  const auto result = filter.business.empty() ? transaction.Run(kListChanges, {before_id, filter.count_max})
                      : IsId(filter.business)
                          ? transaction.Run(kListChangesById, {before_id, filter.count_max, filter.business})
                          : transaction.Run(kListChangesByKey, {before_id, filter.count_max, filter.business});
  if (!result.ok()) return result.status();
  std::vector<v1::DirectoryChange> changes;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    v1::DirectoryChange change;
    change.set_id(row.Text());
    change.set_business(row.Text());
    *change.mutable_change_time() = TimeUtil::MicrosecondsToTimestamp(row.Int());
    change.set_actor(row.Text());
    change.set_resource(row.Text());
    change.set_key(row.Text());
    change.set_before(row.Text());
    change.set_after(row.Text());
    changes.push_back(std::move(change));
  }
  return changes;
}

absl::StatusOr<std::vector<v1::DirectoryFinding>> CheckDirectories(
    db::Transaction& transaction, std::optional<absl::Time> statement_time,
    const std::vector<v1::BusinessDirectory>& directories, const std::set<v1::Channel>& channels) {
  std::set<std::string> ids;
  for (const v1::BusinessDirectory& directory : directories) ids.insert(directory.business().id());
  const auto now = ReadNow(transaction, statement_time);
  if (!now.ok()) return now.status();
  const auto suppressions = ReadSuppressions(transaction, *now, ids);
  if (!suppressions.ok()) return suppressions.status();
  const auto few = transaction.Run(kPageBusinesses, {"", 2});
  if (!few.ok()) return few.status();
  core::CheckContext context;
  context.now = *now;
  context.channels = channels;
  context.is_only_business = few->size() == 1;
  std::vector<v1::DirectoryFinding> findings;
  for (const v1::BusinessDirectory& directory : directories) {
    const auto known = suppressions->find(directory.business().id());
    context.suppressions = known == suppressions->end() ? std::vector<core::Suppression>() : known->second;
    for (v1::DirectoryFinding& finding : core::CheckDirectory(directory, context)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

std::string EtagOf(const google::protobuf::Message& resource) { return MessageHash(resource).substr(0, 16); }

std::vector<const db::Statement*> DirectoryReadStatements() {
  return {&kReadNow,     &kFindBusinesses,  &kPageBusinesses,   &kLockBusinesses, &kReadDirectories,
          &kListChanges, &kListChangesById, &kListChangesByKey, &kAllowLongPauses};
}

}  // namespace afterhours::store
