#include "server/files/airtable_table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/text.h"
#include "server/files/csv.h"

namespace afterhours::files {
namespace {

constexpr std::size_t kShownBytesMax = 80;

// Lower case, letters and digits only: "On-Call Priority" is "oncallpriority".
std::string Squeezed(absl::string_view header) {
  std::string squeezed;
  for (const char c : header) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      squeezed.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
  }
  return squeezed;
}

// Which column of the file is which of those that are known: by the best of its
// names that is there.
std::map<std::string, std::size_t> Places(const std::vector<std::string>& headers,
                                          const std::vector<AirtableColumn>& columns) {
  std::map<std::string, std::size_t> places;
  for (const AirtableColumn& column : columns) {
    for (const char* header : column.headers) {
      const auto found = std::find_if(headers.begin(), headers.end(),
                                      [&](const std::string& other) { return Squeezed(other) == header; });
      if (found == headers.end()) continue;
      places[column.name] = static_cast<std::size_t>(found - headers.begin());
      break;
    }
  }
  return places;
}

AirtableRow RowOf(const AirtableTable& table, const CsvRow& record, std::size_t column_count,
                  const std::map<std::string, std::size_t>& places) {
  AirtableRow row(table.name, record.line, table.headers);
  if (record.cells.size() != column_count) {
    row.Refuse("", absl::StrCat("has ", record.cells.size(), " cells, and the headers are ", column_count,
                                "; export the table again, and do not edit the file by hand"));
    return row;
  }
  for (const auto& [column, place] : places) {
    const std::string& cell = record.cells[place];
    if (!IsCleanText(cell)) row.Refuse(column, "is not valid UTF-8; export the table again as CSV in UTF-8");
    row.SetCell(column, std::string(absl::StripAsciiWhitespace(CleanText(cell))));
  }
  return row;
}

}  // namespace

void AddFinding(Findings& findings, absl::string_view table, int line, absl::string_view column,
                absl::string_view message, bool refused) {
  v1::ImportFinding& finding = findings.emplace_back();
  finding.set_table(std::string(table));
  finding.set_line(line);
  finding.set_column(std::string(column));
  finding.set_message(std::string(message));
  finding.set_refused(refused);
}

const std::string& AirtableRow::Cell(const std::string& column) const {
  static const auto& none = *new std::string;
  const auto found = cells_.find(column);
  return found != cells_.end() ? found->second : none;
}

void AirtableRow::Add(const std::string& column, absl::string_view message, bool refused) {
  const auto header = headers_->find(column);
  const std::string& shown = header != headers_->end() ? header->second : column;
  if (refused && reason_.empty()) reason_ = shown.empty() ? std::string(message) : absl::StrCat(shown, " ", message);
  AddFinding(findings_, table_, line_, shown, message, refused);
}

void AirtableRow::Refuse(const std::string& column, absl::string_view message) { Add(column, message, true); }
void AirtableRow::Doubt(const std::string& column, absl::string_view message) { Add(column, message, false); }

AirtableTable ReadTable(const std::string& name, const std::string& csv, const std::vector<AirtableColumn>& columns) {
  AirtableTable table;
  table.name = name;
  const auto refuse = [&](int line, absl::string_view column, absl::string_view message) {
    table.refused = true;
    AddFinding(table.findings, name, line, column, message, true);
  };
  const CsvFile file = ParseCsv(csv);
  if (!file.fault.empty()) {
    refuse(file.fault_line, "", absl::StrCat(file.fault, "; the table is not taken. Export it again as CSV"));
    return table;
  }
  if (file.rows.empty()) {
    refuse(0, "", "is empty; export the table as CSV, with its line of headers");
    return table;
  }
  const std::vector<std::string>& headers = file.rows[0].cells;
  const std::map<std::string, std::size_t> places = Places(headers, columns);
  for (const auto& [column, place] : places) {
    (*table.headers)[column] = std::string(absl::StripAsciiWhitespace(CleanText(headers[place])));
  }
  for (const AirtableColumn& column : columns) {
    if (table.Has(column.name)) continue;
    if (column.absent != nullptr) {
      AddFinding(table.findings, name, file.rows[0].line, column.name, column.absent, false);
    }
    if (column.required) {
      refuse(file.rows[0].line, column.name,
             "is required, and the table has no such column; show it in the view, and export that again");
    }
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const bool known = std::any_of(places.begin(), places.end(), [i](const auto& place) { return place.second == i; });
    if (known) continue;
    AddFinding(table.findings, name, file.rows[0].line, CutText(CleanText(headers[i]), kShownBytesMax),
               "is not a column that is taken over", false);
  }
  for (std::size_t i = 1; i < file.rows.size(); ++i) {
    const std::vector<std::string>& cells = file.rows[i].cells;
    const bool empty = std::all_of(cells.begin(), cells.end(),
                                   [](const std::string& cell) { return absl::StripAsciiWhitespace(cell).empty(); });
    if (!empty) table.rows.push_back(RowOf(table, file.rows[i], headers.size(), places));
  }
  return table;
}

}  // namespace afterhours::files
