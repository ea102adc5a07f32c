#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/directory.h"
#include "server/core/names.h"
#include "server/db/row_reader.h"
#include "server/store/directory.h"
#include "server/store/directory_json.h"
#include "server/store/json.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

using google::protobuf::util::TimeUtil;

constexpr db::Statement kPutBusinesses{"put_businesses", R"sql(
  insert into businesses (id, key, name, time_zone, sms_sender, owner_name, owner_phone, details, create_time,
                          update_time)
  select *, $9::timestamptz, $9::timestamptz
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
  on conflict (id) do update
  set name = excluded.name, time_zone = excluded.time_zone, sms_sender = excluded.sms_sender,
      owner_name = excluded.owner_name, owner_phone = excluded.owner_phone, details = excluded.details,
      update_time = excluded.update_time)sql"};

// Its people and its roster stay, for what is under way.
constexpr db::Statement kDeleteBusinesses{"delete_businesses", R"sql(
  update businesses set active = false, delete_time = $2::timestamptz, update_time = $2::timestamptz
  where id = any($1::uuid[]))sql"};

constexpr db::Statement kFindNumbersTaken{"find_numbers_taken", R"sql(
  select w.number, b.key
  from unnest($1::text[]) w(number)
  cross join lateral (select * from business_numbers where number = w.number offset 0) n
  cross join lateral (select * from businesses where id = n.business_id offset 0) b
  where n.business_id <> all($2::uuid[])
  order by 1 limit 1)sql"};

constexpr db::Statement kDropNumbers{"drop_business_numbers", R"sql(
  delete from business_numbers where business_id = any($1::uuid[]))sql"};

constexpr db::Statement kInsertNumbers{"insert_business_numbers", R"sql(
  insert into business_numbers (number, business_id) select * from unnest($1::text[], $2::uuid[]))sql"};

constexpr db::Statement kFindAgentsTaken{"find_agents_taken", R"sql(
  select w.agent_id, b.key
  from unnest($1::text[]) w(agent_id)
  cross join lateral (select * from business_agents where agent_id = w.agent_id offset 0) n
  cross join lateral (select * from businesses where id = n.business_id offset 0) b
  where n.business_id <> all($2::uuid[])
  order by 1 limit 1)sql"};

constexpr db::Statement kDropAgents{"drop_business_agents", R"sql(
  delete from business_agents where business_id = any($1::uuid[]))sql"};

constexpr db::Statement kInsertAgents{"insert_business_agents", R"sql(
  insert into business_agents (agent_id, business_id) select * from unnest($1::text[], $2::uuid[]))sql"};

constexpr db::Statement kDeleteTechnicians{"delete_technicians", R"sql(
  delete from technicians t using unnest($1::uuid[], $2::uuid[]) n(business_id, id)
  where t.business_id = n.business_id and t.id = n.id)sql"};

constexpr db::Statement kPutTechnicians{"put_technicians", R"sql(
  insert into technicians (business_id, id, key, name, active, available, update_time)
  select *, $7::timestamptz from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bool[], $6::bool[])
  on conflict (business_id, id) do update
  set name = excluded.name, active = excluded.active, available = excluded.available,
      update_time = excluded.update_time)sql"};

constexpr db::Statement kDropContactMethods{"drop_contact_methods", R"sql(
  delete from contact_methods c using unnest($1::uuid[], $2::uuid[]) n(business_id, technician_id)
  where c.business_id = n.business_id and c.technician_id = n.technician_id)sql"};

constexpr db::Statement kInsertContactMethods{"insert_contact_methods", R"sql(
  insert into contact_methods (business_id, technician_id, position, channel, address)
  select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[]))sql"};

constexpr db::Statement kInsertPolicies{"insert_policies", R"sql(
  with added as (
    insert into policies (id, business_id, content, create_time)
    select *, $4::timestamptz from unnest($1::uuid[], $2::uuid[], $3::jsonb[])
    returning id, business_id)
  update businesses b set policy_id = n.id
  from unnest($1::uuid[], $2::uuid[]) n(id, business_id) where b.id = n.business_id)sql"};

constexpr db::Statement kInsertChanges{"insert_directory_changes", R"sql(
  insert into directory_changes (id, business_id, business_key, change_time, actor, resource, key, before, after)
  select id, business_id, business_key, $2::timestamptz, $1, resource, key, before, after
  from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[])
       n(id, business_id, business_key, resource, key, before, after))sql"};

// One business that changes, and how.
struct Change {
  DirectoryEdit* edit;
  std::vector<core::DirectoryDifference> differences;

  bool IsGone() const { return !edit->after.has_business(); }
  const v1::Business& Business() const { return IsGone() ? edit->before.business() : edit->after.business(); }
  bool Touches(const std::string& resource) const {
    for (const core::DirectoryDifference& difference : differences) {
      if (difference.resource == resource) return true;
    }
    return false;
  }
};

// What is there keeps its id; what is new gets one.
void SetIds(absl::Time now, DirectoryEdit& edit) {
  v1::Business& business = *edit.after.mutable_business();
  const auto moment = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  const bool known = edit.before.has_business();
  business.set_id(known ? edit.before.business().id() : NewId());
  *business.mutable_create_time() = known ? edit.before.business().create_time() : moment;
  *business.mutable_update_time() = moment;
  std::map<std::string, std::string> ids;
  for (const v1::Technician& technician : edit.before.technicians()) ids[technician.key()] = technician.id();
  for (v1::Technician& technician : *edit.after.mutable_technicians()) {
    const std::string& id = ids[technician.key()];
    technician.set_id(id.empty() ? NewId() : id);
  }
}

absl::Status PutBusinesses(db::Transaction& transaction, absl::Time now, const std::vector<Change>& changes) {
  db::Column id, key, name, time_zone, sms_sender, owner_name, owner_phone, details, gone;
  for (const Change& change : changes) {
    const v1::Business& business = change.Business();
    if (change.IsGone()) {
      gone.Add(business.id());
      continue;
    }
    id.Add(business.id());
    key.Add(business.key());
    name.Add(business.name());
    time_zone.Add(business.time_zone());
    sms_sender.Add(business.sms_sender());
    owner_name.Add(business.owner().name());
    owner_phone.Add(business.owner().phone());
    const auto json = DetailsToJson(change.edit->after);
    if (!json.ok()) return json.status();
    details.Add(*json);
  }
  const absl::Status deleted = transaction.Run(kDeleteBusinesses, {gone, now}).status();
  if (!deleted.ok()) return deleted;
  const absl::Status put =
      transaction.Run(kPutBusinesses, {id, key, name, time_zone, sms_sender, owner_name, owner_phone, details, now})
          .status();
  if (!absl::IsAlreadyExists(put)) return put;
  return absl::AbortedError("another business was given one of these keys just now");
}

// Numbers, or voice agents: what finds a business, and belongs to one.
struct Claims {
  const char* resource;
  const char* reason;
  const db::Statement& find_taken;
  const db::Statement& drop;
  const db::Statement& insert;
  const google::protobuf::RepeatedPtrField<std::string>& (v1::Business::*of)() const;
};

absl::Status ReplaceClaims(db::Transaction& transaction, const Claims& claims, const std::vector<Change>& changes) {
  db::Column touched, value, business_id;
  std::map<std::string, std::string> claimed;
  for (const Change& change : changes) {
    const auto& before = (change.edit->before.business().*claims.of)();
    const auto& after = (change.edit->after.business().*claims.of)();
    if (std::equal(before.begin(), before.end(), after.begin(), after.end())) continue;
    touched.Add(change.Business().id());
    if (change.IsGone()) continue;
    for (const std::string& of_business : after) {
      value.Add(of_business);
      business_id.Add(change.Business().id());
      const auto [first, is_first] = claimed.emplace(of_business, change.Business().key());
      if (!is_first) {
        return Error(absl::StatusCode::kAlreadyExists, claims.reason,
                     absl::StrCat(claims.resource, " ", of_business, " is claimed by ", first->second, " and by ",
                                  change.Business().key(), "; leave it with one"),
                     {{"value", of_business}, {"business", first->second}});
      }
    }
  }
  const auto taken = transaction.Run(claims.find_taken, {value, touched});
  if (!taken.ok()) return taken.status();
  if (!taken->empty()) {
    db::RowReader row((*taken)[0]);
    const std::string which = row.Text(), whose = row.Text();
    return Error(absl::StatusCode::kAlreadyExists, claims.reason,
                 absl::StrCat(claims.resource, " ", which, " belongs to ", whose, "; take it from there first"),
                 {{"value", which}, {"business", whose}});
  }
  if (const auto dropped = transaction.Run(claims.drop, {touched}); !dropped.ok()) return dropped.status();
  const absl::Status inserted = transaction.Run(claims.insert, {value, business_id}).status();
  if (!absl::IsAlreadyExists(inserted)) return inserted;
  return absl::AbortedError(absl::StrCat("a ", claims.resource, " of these was taken by another business just now"));
}

bool SameContacts(const v1::Technician& one, const v1::Technician& other) {
  return std::equal(one.contact_methods().begin(), one.contact_methods().end(), other.contact_methods().begin(),
                    other.contact_methods().end(), [](const v1::ContactMethod& left, const v1::ContactMethod& right) {
                      return left.channel() == right.channel() && left.address() == right.address();
                    });
}

absl::Status WriteTechnicians(db::Transaction& transaction, absl::Time now, const std::vector<Change>& changes) {
  db::Column gone_of, gone, business_id, id, key, name, active, available;
  db::Column touched_of, touched, contact_of, contact_technician, position, channel, address;
  for (const Change& change : changes) {
    if (change.IsGone()) continue;
    const std::string& of_business = change.Business().id();
    for (const core::DirectoryDifference& difference : change.differences) {
      if (difference.resource != "technician") continue;
      if (difference.after == nullptr) {
        gone_of.Add(of_business);
        gone.Add(static_cast<const v1::Technician&>(*difference.before).id());
        continue;
      }
      const auto& technician = static_cast<const v1::Technician&>(*difference.after);
      business_id.Add(of_business);
      id.Add(technician.id());
      key.Add(technician.key());
      name.Add(technician.name());
      active.Add(technician.active() ? "t" : "f");
      available.Add(technician.available() ? "t" : "f");
      if (difference.before != nullptr &&
          SameContacts(static_cast<const v1::Technician&>(*difference.before), technician)) {
        continue;
      }
      touched_of.Add(of_business);
      touched.Add(technician.id());
      int place = 0;
      for (const v1::ContactMethod& contact : technician.contact_methods()) {
        contact_of.Add(of_business);
        contact_technician.Add(technician.id());
        position.Add(++place);
        channel.Add(core::Name(contact.channel()));
        address.Add(contact.address());
      }
    }
  }
  const auto deleted = transaction.Run(kDeleteTechnicians, {gone_of, gone});
  if (!deleted.ok()) return deleted.status();
  const auto put = transaction.Run(kPutTechnicians, {business_id, id, key, name, active, available, now});
  if (!put.ok()) return put.status();
  const auto dropped = transaction.Run(kDropContactMethods, {touched_of, touched});
  if (!dropped.ok()) return dropped.status();
  return transaction.Run(kInsertContactMethods, {contact_of, contact_technician, position, channel, address}).status();
}

absl::Status WritePolicies(db::Transaction& transaction, absl::Time now, const std::vector<Change>& changes) {
  db::Column id, business_id, content;
  bool any = false;
  for (const Change& change : changes) {
    // A new business keeps the defaults of today, whatever a later release has.
    if (change.IsGone() || !(change.Touches("policy") || !change.edit->before.has_business())) continue;
    any = true;
    id.Add(NewId());
    business_id.Add(change.Business().id());
    content.Add(PoliciesToJson(core::PoliciesOf(change.edit->after)));
  }
  return any ? transaction.Run(kInsertPolicies, {id, business_id, content, now}).status() : absl::OkStatus();
}

absl::Status WriteHistory(db::Transaction& transaction, absl::Time now, const std::string& actor,
                          const std::vector<Change>& changes) {
  db::Column id, business_id, business_key, resource, key, before, after;
  for (const Change& change : changes) {
    for (const core::DirectoryDifference& difference : change.differences) {
      id.Add(NewId());
      business_id.Add(change.Business().id());
      business_key.Add(change.Business().key());
      resource.Add(difference.resource);
      key.Add(difference.key);
      for (const auto& [message, column] :
           {std::make_pair(difference.before, &before), std::make_pair(difference.after, &after)}) {
        const absl::StatusOr<std::string> json = message == nullptr ? std::string() : ResourceToJson(*message);
        if (!json.ok()) return json.status();
        column->AddOrNull(*json);
      }
    }
  }
  return transaction.Run(kInsertChanges, {actor, now, id, business_id, business_key, resource, key, before, after})
      .status();
}

constexpr Claims kNumbers{"number",     "NUMBER_TAKEN", kFindNumbersTaken,
                          kDropNumbers, kInsertNumbers, &v1::Business::numbers};
constexpr Claims kAgents{"voice agent", "AGENT_TAKEN", kFindAgentsTaken,
                         kDropAgents,   kInsertAgents, &v1::Business::retell_agent_ids};

}  // namespace

absl::Status WriteDirectories(db::Transaction& transaction, std::optional<absl::Time> statement_time,
                              const std::string& actor, std::vector<DirectoryEdit>& edits) {
  const absl::StatusOr<absl::Time> now = ReadNow(transaction, statement_time);
  if (!now.ok()) return now.status();
  std::vector<Change> changes;
  for (DirectoryEdit& edit : edits) {
    if (edit.after.has_business()) {
      SetIds(*now, edit);
    }
    std::vector<core::DirectoryDifference> differences = core::Differences(edit.before, edit.after);
    if (!differences.empty()) {
      changes.push_back({&edit, std::move(differences)});
    } else if (edit.after.has_business()) {
      *edit.after.mutable_business()->mutable_update_time() = edit.before.business().update_time();
    }
  }
  if (changes.empty()) return absl::OkStatus();
  absl::Status status = PutBusinesses(transaction, *now, changes);
  if (status.ok()) status = ReplaceClaims(transaction, kNumbers, changes);
  if (status.ok()) status = ReplaceClaims(transaction, kAgents, changes);
  if (status.ok()) status = WriteTechnicians(transaction, *now, changes);
  if (status.ok()) status = WritePolicies(transaction, *now, changes);
  if (status.ok()) status = WriteHistory(transaction, *now, actor, changes);
  return Annotate(status, "write the directory");
}

std::vector<const db::Statement*> DirectoryWriteStatements() {
  return {&kPutBusinesses,      &kDeleteBusinesses,     &kFindNumbersTaken, &kDropNumbers,       &kInsertNumbers,
          &kFindAgentsTaken,    &kDropAgents,           &kInsertAgents,     &kDeleteTechnicians, &kPutTechnicians,
          &kDropContactMethods, &kInsertContactMethods, &kInsertPolicies,   &kInsertChanges};
}

}  // namespace afterhours::store
