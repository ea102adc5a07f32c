#pragma once

#include <string>
#include <vector>

#include "afterhours/v1/directory.pb.h"
#include "server/files/airtable_table.h"

namespace afterhours::files {

// A row of the table "Businesses".
struct BusinessRow {
  AirtableRow row;
  v1::Business business;  // of a row that is refused: what could be read
  std::string record_id;  // Airtable's; empty when it is not exported
};

const std::vector<AirtableColumn>& BusinessColumns();

// Reads all rows, and gives each its key. Refuses those that are in each other's
// way: of one name, or with one number.
std::vector<BusinessRow> ReadBusinesses(AirtableTable& table, const std::string& default_time_zone);

}  // namespace afterhours::files
