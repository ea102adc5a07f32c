#pragma once

#include <string>
#include <vector>

#include "afterhours/v1/directory.pb.h"
#include "server/files/airtable_businesses.h"
#include "server/files/airtable_hours.h"
#include "server/files/airtable_table.h"

namespace afterhours::files {

// A row of the table "On-Call Roster".
struct RosterRow {
  AirtableRow row;
  v1::Technician technician;  // without a key
  std::string same_name;      // their name, for comparing
  std::string phone;          // E.164
  int priority = 0;
  RosterHours hours;
  std::vector<std::size_t> businesses;  // which rows of the other table it is for
};

const std::vector<AirtableColumn>& RosterColumns();

// Reads all rows, and refuses those that contradict an earlier one, or are for a
// business that is not taken.
std::vector<RosterRow> ReadRoster(AirtableTable& table, const std::vector<BusinessRow>& businesses);

}  // namespace afterhours::files
