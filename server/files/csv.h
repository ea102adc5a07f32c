#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace afterhours::files {

// A record of a CSV file.
struct CsvRow {
  int line = 0;  // where it begins, from 1; a line break within a cell counts
  std::vector<std::string> cells;
};

struct CsvFile {
  std::vector<CsvRow> rows;
  // Set: the file cannot be trusted from `fault_line` on, and why.
  std::string fault;
  int fault_line = 0;
};

// Reads CSV (RFC 4180): cells in quotes may have commas, line breaks and doubled
// quotes in them. Lines may end with LF, CR or CRLF; a byte-order mark is skipped,
// and so are empty lines. A quote within a cell that does not begin with one
// stands for itself.
CsvFile ParseCsv(absl::string_view text);

// The names in a cell of linked records: separated by commas, and in quotes when
// they have one in them. Without spaces around them; empty ones are left out.
std::vector<std::string> ParseLinks(absl::string_view cell);

}  // namespace afterhours::files
