#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory_service.pb.h"

namespace afterhours::files {

using Findings = std::vector<v1::ImportFinding>;

inline constexpr char kBusinessesTable[] = "Businesses";
inline constexpr char kRosterTable[] = "On-Call Roster";

void AddFinding(Findings& findings, absl::string_view table, int line, absl::string_view column,
                absl::string_view message, bool refused);

// A column that an import knows.
struct AirtableColumn {
  const char* name;                  // as the table calls it
  bool required;                     // without it the table is refused
  std::vector<const char*> headers;  // its names: lower case, letters and digits only; the best first
  const char* absent = nullptr;      // what is told when there is no such column
};

// How a file calls the columns that are known.
using Headers = std::map<std::string, std::string>;

// A row, and what is found about it.
class AirtableRow {
 public:
  AirtableRow(std::string table, int line, std::shared_ptr<const Headers> headers)
      : table_(std::move(table)), line_(line), headers_(std::move(headers)) {}

  int line() const { return line_; }

  // The text of a column, without spaces around it; empty where there is none.
  const std::string& Cell(const std::string& column) const;
  void SetCell(const std::string& column, std::string text) { cells_[column] = std::move(text); }

  // The row cannot be taken; `message` says why and what to do. Why it is for
  // other rows: the first.
  void Refuse(const std::string& column, absl::string_view message);
  bool refused() const { return !reason_.empty(); }
  const std::string& reason() const { return reason_; }

  // The row is taken; look at it all the same.
  void Doubt(const std::string& column, absl::string_view message);

  const Findings& findings() const { return findings_; }

 private:
  void Add(const std::string& column, absl::string_view message, bool refused);

  std::string table_;
  int line_;
  std::map<std::string, std::string> cells_;  // by column
  std::string reason_;
  Findings findings_;
  std::shared_ptr<const Headers> headers_;
};

// A table of an export.
struct AirtableTable {
  std::string name;
  std::vector<AirtableRow> rows;  // without empty ones
  std::shared_ptr<Headers> headers = std::make_shared<Headers>();
  bool refused = false;  // it cannot be read as a whole
  Findings findings;     // about the table

  bool Has(const std::string& column) const { return headers->count(column) > 0; }
};

// Reads a table. Columns that are not known are told, and not taken over.
AirtableTable ReadTable(const std::string& name, const std::string& csv, const std::vector<AirtableColumn>& columns);

}  // namespace afterhours::files
