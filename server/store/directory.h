#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/snapshot.h"
#include "server/db/connection.h"

namespace afterhours::store {

// Businesses and their people as an operator writes them down. Keys are stable
// names chosen by the operator; numbers are E.164.
struct DirectoryTechnician {
  std::string key;
  std::string name;
  bool active = true;
  bool available = true;
  std::vector<core::ContactMethod> contact_methods;
};
struct DirectoryRosterEntry {
  std::string technician_key;
  int priority = 1;
};
struct DirectoryBusiness {
  std::string key;
  std::string name;
  std::string time_zone;
  std::string sms_sender;
  std::string owner_name;
  std::string owner_phone;
  std::vector<std::string> numbers;
  std::vector<DirectoryTechnician> technicians;
  std::vector<DirectoryRosterEntry> roster;
  core::Policies policies = core::DefaultPolicies();
};

// Makes the named businesses what they are said to be: numbers, contact
// methods and rosters are replaced, technicians who are not named become
// inactive. Other businesses stay. Errors: ALREADY_EXISTS (NUMBER_TAKEN) when a
// number belongs to another business.
absl::Status PutDirectory(db::Transaction& transaction, std::optional<absl::Time> now,
                          const std::vector<DirectoryBusiness>& businesses);

}  // namespace afterhours::store
