#pragma once

#include <string>
#include <vector>

#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/directory_service.pb.h"

namespace afterhours::files {

// What two tables of Airtable say, as directories.
struct AirtableImport {
  std::vector<v1::BusinessDirectory> directories;  // by key, in the form in which they are stored
  std::vector<v1::ImportFinding> findings;         // by table and line
  int row_count = 0;                               // of both tables, without empty ones
  int taken_count = 0;                             // of those, the ones that are in `directories`
};

// Reads the CSV exports of the tables "Businesses" and "On-Call Roster";
// docs/directory-files.md has the columns and the rules. Each row that cannot be
// taken has a finding that says why, and what to do. `default_time_zone` (IANA
// name, or empty) is for businesses that have none. The same rows give the same
// keys, in whatever order. For any number of threads.
AirtableImport ReadAirtable(const std::string& businesses_csv, const std::string& roster_csv,
                            const std::string& default_time_zone);

}  // namespace afterhours::files
