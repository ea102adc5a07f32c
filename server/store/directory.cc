#include "server/store/directory.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/status.h"
#include "server/core/names.h"
#include "server/db/row_reader.h"
#include "server/store/json.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kPutBusinesses{"put_businesses", R"sql(
  insert into businesses (id, key, name, time_zone, sms_sender, owner_name, owner_phone, update_time)
  select *, coalesce($8, now()) from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                                            $6::text[], $7::text[])
  on conflict (key) do update
  set name = excluded.name, time_zone = excluded.time_zone, sms_sender = excluded.sms_sender,
      owner_name = excluded.owner_name, owner_phone = excluded.owner_phone, active = true,
      update_time = excluded.update_time
  returning key, id)sql"};

constexpr db::Statement kDropNumbers{"drop_business_numbers", R"sql(
  delete from business_numbers where business_id = any($1::uuid[]))sql"};

constexpr db::Statement kInsertNumbers{"insert_business_numbers", R"sql(
  insert into business_numbers (number, business_id) select * from unnest($1::text[], $2::uuid[]))sql"};

constexpr db::Statement kRetireTechnicians{"retire_technicians", R"sql(
  update technicians set active = false, update_time = coalesce($2, now())
  where business_id = any($1::uuid[]) and active)sql"};

constexpr db::Statement kPutTechnicians{"put_technicians", R"sql(
  insert into technicians (business_id, id, key, name, active, available, update_time)
  select *, coalesce($7, now()) from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bool[], $6::bool[])
  on conflict (business_id, key) do update
  set name = excluded.name, active = excluded.active, available = excluded.available,
      update_time = excluded.update_time
  returning business_id, key, id)sql"};

constexpr db::Statement kDropContactMethods{"drop_contact_methods", R"sql(
  delete from contact_methods where business_id = any($1::uuid[]))sql"};

constexpr db::Statement kInsertContactMethods{"insert_contact_methods", R"sql(
  insert into contact_methods (business_id, technician_id, position, channel, address)
  select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[]))sql"};

constexpr db::Statement kDropRoster{"drop_roster_entries", R"sql(
  delete from roster_entries where business_id = any($1::uuid[]))sql"};

constexpr db::Statement kInsertRoster{"insert_roster_entries", R"sql(
  insert into roster_entries (business_id, technician_id, priority)
  select * from unnest($1::uuid[], $2::uuid[], $3::int[]))sql"};

// A new version only where it differs from the one that holds.
constexpr db::Statement kPutPolicies{"put_policies", R"sql(
  with wanted as (
    select n.* from unnest($1::uuid[], $2::uuid[], $3::jsonb[]) n(id, business_id, content)
    join businesses b on b.id = n.business_id
    left join policies p on p.id = b.policy_id
    where p.content is distinct from n.content),
  added as (
    insert into policies (id, business_id, content, create_time)
    select id, business_id, content, coalesce($4, now()) from wanted)
  select id, business_id from wanted)sql"};

constexpr db::Statement kPointPolicies{"point_policies", R"sql(
  update businesses b set policy_id = n.id
  from unnest($1::uuid[], $2::uuid[]) n(id, business_id) where b.id = n.business_id)sql"};

using IdByKey = std::map<std::string, std::string>;

absl::StatusOr<IdByKey> PutBusinesses(db::Transaction& transaction, std::optional<absl::Time> now,
                                      const std::vector<DirectoryBusiness>& businesses) {
  db::Column id, key, name, time_zone, sms_sender, owner_name, owner_phone;
  for (const DirectoryBusiness& business : businesses) {
    id.Add(NewId());
    key.Add(business.key);
    name.Add(business.name);
    time_zone.Add(business.time_zone);
    sms_sender.Add(business.sms_sender);
    owner_name.Add(business.owner_name);
    owner_phone.Add(business.owner_phone);
  }
  const auto result =
      transaction.Run(kPutBusinesses, {id, key, name, time_zone, sms_sender, owner_name, owner_phone, now});
  if (!result.ok()) return result.status();
  IdByKey ids;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::string& id_of_key = ids[row.Text()];
    id_of_key = row.Text();
  }
  return ids;
}

absl::Status ReplaceNumbers(db::Transaction& transaction, const db::Column& business_ids,
                            const std::vector<DirectoryBusiness>& businesses, const IdByKey& ids) {
  if (auto dropped = transaction.Run(kDropNumbers, {business_ids}); !dropped.ok()) return dropped.status();
  db::Column number, business_id;
  for (const DirectoryBusiness& business : businesses) {
    for (const std::string& of_business : business.numbers) {
      number.Add(of_business);
      business_id.Add(ids.at(business.key));
    }
  }
  const absl::Status status = transaction.Run(kInsertNumbers, {number, business_id}).status();
  if (!absl::IsAlreadyExists(status)) return status;
  return Error(absl::StatusCode::kAlreadyExists, "NUMBER_TAKEN",
               absl::StrCat("a number belongs to another business already: ", status.message()));
}

// Technicians' ids by "business id/technician key".
absl::StatusOr<IdByKey> PutTechnicians(db::Transaction& transaction, std::optional<absl::Time> now,
                                       const db::Column& business_ids, const std::vector<DirectoryBusiness>& businesses,
                                       const IdByKey& ids) {
  if (auto retired = transaction.Run(kRetireTechnicians, {business_ids, now}); !retired.ok()) {
    return retired.status();
  }
  db::Column business_id, id, key, name, active, available;
  for (const DirectoryBusiness& business : businesses) {
    for (const DirectoryTechnician& technician : business.technicians) {
      business_id.Add(ids.at(business.key));
      id.Add(NewId());
      key.Add(technician.key);
      name.Add(technician.name);
      active.Add(technician.active ? "t" : "f");
      available.Add(technician.available ? "t" : "f");
    }
  }
  const auto result = transaction.Run(kPutTechnicians, {business_id, id, key, name, active, available, now});
  if (!result.ok()) return result.status();
  IdByKey technician_ids;
  for (const pqxx::row& fields : *result) {
    db::RowReader row(fields);
    std::string path = row.Text();
    absl::StrAppend(&path, "/", row.Text());
    technician_ids[path] = row.Text();
  }
  return technician_ids;
}

absl::Status ReplaceContactMethods(db::Transaction& transaction, const db::Column& business_ids,
                                   const std::vector<DirectoryBusiness>& businesses, const IdByKey& ids,
                                   const IdByKey& technician_ids) {
  if (auto dropped = transaction.Run(kDropContactMethods, {business_ids}); !dropped.ok()) return dropped.status();
  db::Column business_id, technician_id, position, channel, address;
  for (const DirectoryBusiness& business : businesses) {
    const std::string& of_business = ids.at(business.key);
    for (const DirectoryTechnician& technician : business.technicians) {
      int place = 0;
      for (const core::ContactMethod& contact : technician.contact_methods) {
        business_id.Add(of_business);
        technician_id.Add(technician_ids.at(absl::StrCat(of_business, "/", technician.key)));
        position.Add(++place);
        channel.Add(core::Name(contact.channel));
        address.Add(contact.address);
      }
    }
  }
  return transaction.Run(kInsertContactMethods, {business_id, technician_id, position, channel, address}).status();
}

absl::Status ReplaceRosters(db::Transaction& transaction, const db::Column& business_ids,
                            const std::vector<DirectoryBusiness>& businesses, const IdByKey& ids,
                            const IdByKey& technician_ids) {
  if (auto dropped = transaction.Run(kDropRoster, {business_ids}); !dropped.ok()) return dropped.status();
  db::Column business_id, technician_id, priority;
  for (const DirectoryBusiness& business : businesses) {
    const std::string& of_business = ids.at(business.key);
    for (const DirectoryRosterEntry& entry : business.roster) {
      business_id.Add(of_business);
      technician_id.Add(technician_ids.at(absl::StrCat(of_business, "/", entry.technician_key)));
      priority.Add(entry.priority);
    }
  }
  return transaction.Run(kInsertRoster, {business_id, technician_id, priority}).status();
}

absl::Status PutPolicies(db::Transaction& transaction, std::optional<absl::Time> now,
                         const std::vector<DirectoryBusiness>& businesses, const IdByKey& ids) {
  db::Column id, business_id, content;
  for (const DirectoryBusiness& business : businesses) {
    id.Add(NewId());
    business_id.Add(ids.at(business.key));
    content.Add(PoliciesToJson(business.policies));
  }
  const auto added = transaction.Run(kPutPolicies, {id, business_id, content, now});
  if (!added.ok()) return added.status();
  db::Column new_id, of_business;
  for (const pqxx::row& fields : *added) {
    db::RowReader row(fields);
    new_id.Add(row.Text());
    of_business.Add(row.Text());
  }
  return added->empty() ? absl::OkStatus() : transaction.Run(kPointPolicies, {new_id, of_business}).status();
}

}  // namespace

absl::Status PutDirectory(db::Transaction& transaction, std::optional<absl::Time> now,
                          const std::vector<DirectoryBusiness>& businesses) {
  const absl::StatusOr<IdByKey> ids = PutBusinesses(transaction, now, businesses);
  if (!ids.ok()) return ids.status();
  db::Column business_ids;
  for (const auto& [key, id] : *ids) business_ids.Add(id);
  absl::Status status = ReplaceNumbers(transaction, business_ids, businesses, *ids);
  if (!status.ok()) return status;
  const absl::StatusOr<IdByKey> technician_ids = PutTechnicians(transaction, now, business_ids, businesses, *ids);
  if (!technician_ids.ok()) return technician_ids.status();
  status = ReplaceContactMethods(transaction, business_ids, businesses, *ids, *technician_ids);
  if (status.ok()) status = ReplaceRosters(transaction, business_ids, businesses, *ids, *technician_ids);
  if (status.ok()) status = PutPolicies(transaction, now, businesses, *ids);
  return status;
}

std::vector<const db::Statement*> DirectoryStatements() {
  return {&kPutBusinesses,  &kDropNumbers,        &kInsertNumbers,        &kRetireTechnicians,
          &kPutTechnicians, &kDropContactMethods, &kInsertContactMethods, &kDropRoster,
          &kInsertRoster,   &kPutPolicies,        &kPointPolicies};
}

}  // namespace afterhours::store
