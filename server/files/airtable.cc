#include "server/files/airtable.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/directory.h"
#include "server/files/airtable_businesses.h"
#include "server/files/airtable_cells.h"
#include "server/files/airtable_roster.h"
#include "server/files/keys.h"
#include "server/files/times.h"

namespace afterhours::files {
namespace {

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  google::protobuf::Timestamp message;
  message.set_seconds(absl::ToUnixSeconds(time));
  return message;
}

// Makes one business's directory of its rows. Keys do not depend on their order.
class Assembler {
 public:
  explicit Assembler(const v1::Business& business) : zone_(ZoneNamed(business.time_zone())) {
    *directory_.mutable_business() = business;
  }

  v1::BusinessDirectory Assemble(std::vector<const RosterRow*> rows) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const RosterRow* left, const RosterRow* right) { return Rank(*left) < Rank(*right); });
    for (const RosterRow* row : rows) {
      const std::string& key = Technician(*row);
      if (row->hours.begin.has_value()) {
        AddOverride(*row, key);
      } else {
        AddEntry(*row, key);
      }
    }
    return std::move(directory_);
  }

 private:
  // By technician, then in the order in which the rows are about them.
  static std::tuple<std::string, std::string, int, std::string, int> Rank(const RosterRow& row) {
    const std::string window = row.hours.window.has_value() ? row.hours.window->SerializeAsString() : "";
    return {row.same_name, row.phone, row.priority, window, row.row.line()};
  }

  // The key of the row's technician, who is added when this is the first.
  const std::string& Technician(const RosterRow& row) {
    std::string& key = known_[{row.same_name, row.phone}];
    if (!key.empty()) return key;
    const std::string slug = Slug(row.technician.name());
    key = technician_keys_.Make(slug.empty() ? "technician" : slug);
    v1::Technician& technician = *directory_.add_technicians();
    technician = row.technician;
    technician.set_key(key);
    return key;
  }

  void AddEntry(const RosterRow& row, const std::string& technician) {
    v1::RosterEntry& entry = *directory_.add_roster();
    entry.set_key(entry_keys_.Make(technician));
    entry.set_technician(technician);
    entry.set_priority(row.priority);
    if (row.hours.window.has_value()) *entry.add_windows() = *row.hours.window;
  }

  void AddOverride(const RosterRow& row, const std::string& technician) {
    v1::Override& change = *directory_.add_overrides();
    change.set_kind(v1::OVERRIDE_KIND_ADD);
    change.set_technician(technician);
    change.set_priority(row.priority);
    *change.mutable_start_time() = TimestampOf(row.hours.begin->In(zone_));
    *change.mutable_end_time() = TimestampOf(row.hours.end->In(zone_));
    change.set_key(override_keys_.Make(absl::StrCat(technician, "-", DayOf(change.start_time(), zone_))));
  }

  absl::TimeZone zone_;
  v1::BusinessDirectory directory_;
  std::map<std::pair<std::string, std::string>, std::string> known_;  // keys, by name and phone
  KeyMaker technician_keys_, entry_keys_, override_keys_;
};

// Puts the two tables together.
class Importer {
 public:
  Importer(std::vector<BusinessRow> businesses, std::vector<RosterRow> roster)
      : businesses_(std::move(businesses)), roster_(std::move(roster)) {}

  void Import(AirtableImport& import) {
    while (!AssembleAll(import)) {
    }
    std::sort(import.directories.begin(), import.directories.end(),
              [](const auto& left, const auto& right) { return left.business().key() < right.business().key(); });
    const auto report = [&](const AirtableRow& row) {
      import.findings.insert(import.findings.end(), row.findings().begin(), row.findings().end());
      import.taken_count += row.refused() ? 0 : 1;
    };
    for (const BusinessRow& business : businesses_) report(business.row);
    for (const RosterRow& row : roster_) report(row.row);
  }

 private:
  // False: a business breaks a rule that shows only now, such as how many
  // technicians it may have. It and its rows are refused; start over.
  bool AssembleAll(AirtableImport& import) {
    import.directories.clear();
    std::vector<std::vector<const RosterRow*>> rows_of(businesses_.size());
    for (const RosterRow& row : roster_) {
      if (row.row.refused()) continue;
      for (const std::size_t business : row.businesses) rows_of[business].push_back(&row);
    }
    bool good = true;
    for (std::size_t i = 0; i < businesses_.size(); ++i) {
      if (businesses_[i].row.refused()) continue;
      v1::BusinessDirectory directory = Assembler(businesses_[i].business).Assemble(rows_of[i]);
      const std::vector<FieldViolation> faults = core::NormalizeDirectory(directory);
      if (!faults.empty()) {
        Refuse(i, absl::StrCat(faults.front().field, " ", faults.front().description));
        good = false;
      }
      import.directories.push_back(std::move(directory));
    }
    if (!good) return false;
    for (std::size_t i = 0; i < businesses_.size(); ++i) DoubtIfSilent(businesses_[i], rows_of[i].empty());
    return true;
  }

  void Refuse(std::size_t index, const std::string& why) {
    businesses_[index].row.Refuse("", absl::StrCat("with its roster breaks a rule: ", why));
    for (RosterRow& row : roster_) {
      if (std::count(row.businesses.begin(), row.businesses.end(), index) == 0) continue;
      row.row.Refuse("Business", absl::StrCat("is not taken: Businesses, line ", businesses_[index].row.line(), ": ",
                                              businesses_[index].row.reason()));
    }
  }

  static void DoubtIfSilent(BusinessRow& business, bool without_roster) {
    if (business.row.refused()) return;
    if (business.business.numbers().empty()) {
      business.row.Doubt("Twilio DID", "is empty; no call will be for this business, unless it is the only one");
    }
    if (without_roster) {
      business.row.Doubt("", "has no row in On-Call Roster that can be taken; only its owner can be paged");
    }
  }

  std::vector<BusinessRow> businesses_;
  std::vector<RosterRow> roster_;
};

}  // namespace

AirtableImport ReadAirtable(const std::string& businesses_csv, const std::string& roster_csv,
                            const std::string& default_time_zone) {
  AirtableImport import;
  AirtableTable businesses = ReadTable(kBusinessesTable, businesses_csv, BusinessColumns());
  AirtableTable roster = ReadTable(kRosterTable, roster_csv, RosterColumns());
  import.row_count = static_cast<int>(businesses.rows.size() + roster.rows.size());
  if (!default_time_zone.empty() && !IsTimeZone(default_time_zone)) {
    AddFinding(import.findings, kBusinessesTable, 0, "Time Zone",
               "of the import is not an IANA time zone; name one like America/New_York", true);
  }
  for (const AirtableTable* table : {&businesses, &roster}) {
    import.findings.insert(import.findings.end(), table->findings.begin(), table->findings.end());
  }
  if (businesses.refused || roster.refused) {
    AddFinding(import.findings, businesses.refused ? kRosterTable : kBusinessesTable, 0, "",
               "is not taken, for the other table cannot be read", true);
  } else {
    std::vector<BusinessRow> business_rows = ReadBusinesses(businesses, default_time_zone);
    std::vector<RosterRow> roster_rows = ReadRoster(roster, business_rows);
    Importer(std::move(business_rows), std::move(roster_rows)).Import(import);
  }
  // A table's own come before its rows'; Businesses is before On-Call Roster by name too.
  std::stable_sort(import.findings.begin(), import.findings.end(), [](const auto& left, const auto& right) {
    return std::make_pair(left.table(), left.line()) < std::make_pair(right.table(), right.line());
  });
  return import;
}

}  // namespace afterhours::files
