#include "server/files/airtable_roster.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/phone.h"
#include "base/text.h"
#include "server/core/directory.h"
#include "server/files/airtable_cells.h"
#include "server/files/csv.h"
#include "server/files/times.h"

namespace afterhours::files {
namespace {

constexpr char kName[] = "Name";
constexpr char kPhone[] = "Phone";
constexpr char kEmail[] = "Email";
constexpr char kBusiness[] = "Business";
constexpr char kPriority[] = "Priority";
constexpr char kActive[] = "Active";
constexpr char kAvailability[] = "Availability Status";
constexpr char kChannel[] = "Preferred Contact";

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kShownBytesMax = 60;
constexpr std::size_t kRowsMax = 700;  // of one business: its roster's entries and its overrides

std::string Shown(const std::string& text) { return absl::StrCat("\"", CutText(text, kShownBytesMax), "\""); }

// What is wrong with a cell that must say something.
std::string Unclear(const std::string& cell, absl::string_view rule, absl::string_view advice) {
  return absl::StrCat(cell.empty() ? "is empty" : absl::StrCat(Shown(cell), " ", rule), "; ", advice);
}

// The number takes texts and calls; what is preferred comes first.
void ReadContacts(RosterRow& read) {
  AirtableRow& row = read.row;
  const std::string& phone = row.Cell(kPhone);
  const std::optional<std::string> number = ToE164(phone);
  if (phone.empty()) {
    return row.Refuse(kPhone, "is empty; nobody can be paged without a phone number");
  } else if (!number.has_value()) {
    return row.Refuse(kPhone, Shown(phone) + " is not a phone number; write it like +1 949 555 0100");
  }
  read.phone = *number;
  std::string email = row.Cell(kEmail);
  if (!email.empty() && !IsEmail(email)) {
    row.Doubt(kEmail, Shown(email) + " is not an e-mail address; taken without it");
    email.clear();
  }
  std::vector<v1::Channel> order = {v1::CHANNEL_SMS, v1::CHANNEL_VOICE, v1::CHANNEL_EMAIL};
  if (const auto preferred = ParseChannels(row.Cell(kChannel)); !preferred.has_value()) {
    row.Doubt(kChannel, Shown(row.Cell(kChannel)) + " is not understood; taken as SMS, then Voice");
  } else {
    order.insert(order.begin(), preferred->begin(), preferred->end());
  }
  std::set<v1::Channel> seen;
  for (const v1::Channel channel : order) {
    const std::string& address = channel == v1::CHANNEL_EMAIL ? email : read.phone;
    if (address.empty() || !seen.insert(channel).second) continue;
    v1::ContactMethod& method = *read.technician.add_contact_methods();
    method.set_channel(channel);
    method.set_address(address);
  }
}

RosterRow ReadRow(AirtableRow from, const AirtableTable& table) {
  RosterRow read{std::move(from), {}, "", "", 0, {}, {}};
  AirtableRow& row = read.row;
  const std::string& name = row.Cell(kName);
  read.technician.set_name(name);
  read.same_name = ComparableName(name);
  if (row.refused()) return read;  // its cells are not to be trusted
  if (name.empty()) row.Refuse(kName, "is empty; give the technician a name");
  if (name.size() > kNameBytesMax) row.Refuse(kName, absl::StrCat("is longer than ", kNameBytesMax, " bytes"));
  ReadContacts(read);

  const auto priority = ParsePriority(row.Cell(kPriority));
  if (!priority.has_value()) {
    row.Refuse(kPriority, Unclear(row.Cell(kPriority), "is not a whole number from 1", "write one; 1 is paged first"));
  }
  read.priority = priority.value_or(0);

  const auto active = ParseCheckbox(row.Cell(kActive));
  if (!active.has_value()) row.Refuse(kActive, Shown(row.Cell(kActive)) + " is neither checked nor empty");
  read.technician.set_active(!table.Has(kActive) || active.value_or(false));

  const auto available = ParseAvailability(row.Cell(kAvailability));
  if (table.Has(kAvailability) && !available.has_value()) {
    row.Refuse(kAvailability, Unclear(row.Cell(kAvailability), "does not say whether they can be paged",
                                      "write AVAILABLE or UNAVAILABLE"));
  }
  read.technician.set_available(!table.Has(kAvailability) || available.value_or(false));

  read.hours = ReadHours(row);
  return read;
}

// Finds the businesses that rows link to.
class Links {
 public:
  explicit Links(const std::vector<BusinessRow>& businesses) : businesses_(businesses) {
    for (std::size_t i = 0; i < businesses.size(); ++i) {
      for (const std::string& name : {businesses[i].business.name(), businesses[i].record_id}) {
        if (!name.empty()) by_name_[ComparableName(name)].push_back(i);
      }
    }
  }

  void Resolve(RosterRow& read) const {
    const std::string& cell = read.row.Cell(kBusiness);
    std::vector<std::string> names = ParseLinks(cell);
    if (by_name_.count(ComparableName(cell)) > 0) names = {cell};  // a comma of the name itself
    if (names.empty()) read.row.Refuse(kBusiness, "is empty; link the row to a business");
    for (const std::string& name : names) {
      const auto found = by_name_.find(ComparableName(name));
      if (found == by_name_.end()) {
        read.row.Refuse(kBusiness, Shown(name) +
                                       " is not in the table Businesses; correct the link, or export both "
                                       "tables again");
      } else if (found->second.size() > 1) {
        read.row.Refuse(kBusiness, Shown(name) + " is the name of several businesses; rename all but one");
      } else {
        Add(found->second.front(), name, read);
      }
    }
  }

 private:
  void Add(std::size_t index, const std::string& name, RosterRow& read) const {
    const AirtableRow& business = businesses_[index].row;
    if (business.refused()) {
      read.row.Refuse(kBusiness, absl::StrCat(Shown(name), " is not taken: Businesses, line ", business.line(), ": ",
                                              business.reason()));
    } else if (std::count(read.businesses.begin(), read.businesses.end(), index) == 0) {
      read.businesses.push_back(index);
    }
  }

  const std::vector<BusinessRow>& businesses_;
  std::map<std::string, std::vector<std::size_t>> by_name_;
};

// Holds each row against those before it that are for the same business.
class Contradictions {
 public:
  explicit Contradictions(const std::vector<BusinessRow>& businesses) : businesses_(businesses) {}

  void Check(RosterRow& row) {
    const std::size_t doubt_count = row.row.findings().size();
    for (const std::size_t business : row.businesses) {
      if (taken_[business].size() >= kRowsMax) {
        return row.row.Refuse(kBusiness, absl::StrCat("has more than ", kRowsMax, " rows; so many cannot be taken"));
      }
      for (const RosterRow* earlier : taken_[business]) {
        Compare(*earlier, row, business, row.row.findings().size() == doubt_count);
        if (row.row.refused()) return;
      }
    }
    for (const std::size_t business : row.businesses) taken_[business].push_back(&row);
  }

 private:
  void Compare(const RosterRow& earlier, RosterRow& row, std::size_t business, bool first_doubt) {
    const bool same_name = earlier.same_name == row.same_name, same_phone = earlier.phone == row.phone;
    const std::string line = absl::StrCat("line ", earlier.row.line());
    if (same_name && same_phone) return CompareSame(earlier, row, business, line);
    if (!first_doubt) return;
    if (same_name) {
      row.row.Doubt(kPhone, absl::StrCat("is another than that of ", Shown(earlier.technician.name()), " in ", line,
                                         "; taken as somebody else of that name"));
    } else if (same_phone) {
      row.row.Doubt(kPhone, absl::StrCat("is that of ", Shown(earlier.technician.name()), " in ", line,
                                         " as well; an answer from it counts for one of them"));
    }
  }

  // Two rows of one technician.
  void CompareSame(const RosterRow& earlier, RosterRow& row, std::size_t business, const std::string& line) {
    const std::string also = absl::StrCat(" in ", line, ", which is the same technician; make both alike");
    if (earlier.technician.active() != row.technician.active())
      row.row.Refuse(kActive, "says something else than" + also);
    if (earlier.technician.available() != row.technician.available()) {
      row.row.Refuse(kAvailability, "says something else than" + also);
    }
    const bool once = row.hours.begin.has_value() && earlier.hours.begin.has_value();
    if (once && Overlap(earlier.hours, row.hours, business)) {
      row.row.Refuse(kStartColumn, absl::StrCat("to End Time overlaps that of ", line, "; make one row of the two"));
    }
    if (!row.hours.begin.has_value() && !earlier.hours.begin.has_value() && earlier.priority == row.priority &&
        SameWindow(earlier.hours, row.hours)) {
      row.row.Refuse("", absl::StrCat("says the same as ", line, "; delete one of them"));
    }
  }

  bool Overlap(const RosterHours& left, const RosterHours& right, std::size_t business) const {
    const absl::TimeZone zone = ZoneNamed(businesses_[business].business.time_zone());
    return left.begin->In(zone) < right.end->In(zone) && right.begin->In(zone) < left.end->In(zone);
  }

  static bool SameWindow(const RosterHours& left, const RosterHours& right) {
    if (!left.window.has_value() || !right.window.has_value())
      return left.window.has_value() == right.window.has_value();
    return core::SaysTheSame(*left.window, *right.window);
  }

  const std::vector<BusinessRow>& businesses_;
  std::map<std::size_t, std::vector<const RosterRow*>> taken_;  // by business
};

}  // namespace

const std::vector<AirtableColumn>& RosterColumns() {
  static const auto& columns = *new std::vector<AirtableColumn>{
      {kName, true, {"technician", "technicianname", "techname", "name", "fullname", "oncallperson"}},
      {kPhone, true, {"phone", "phonenumber", "mobile", "mobilephone", "cell", "cellphone", "technicianphone"}},
      {kEmail, false, {"email", "emailaddress"}},
      {kBusiness, true, {"business", "businesses", "businessname", "company", "client"}},
      {kPriority, true, {"priority", "oncallpriority", "callpriority"}},
      {kActive, false, {"active", "isactive"}, "is no column of the table; everybody is taken as active"},
      {kAvailability,
       false,
       {"availabilitystatus", "availability"},
       "is no column of the table; everybody is taken as available"},
      {kStartColumn, false, {"starttime", "start", "oncallstart", "shiftstart"}},
      {kEndColumn, false, {"endtime", "end", "oncallend", "shiftend"}},
      {kDaysColumn, false, {"days", "daysofweek", "oncalldays"}},
      {kChannel, false, {"preferredcontact", "preferredchannel", "contactmethod", "channel"}}};
  return columns;
}

std::vector<RosterRow> ReadRoster(AirtableTable& table, const std::vector<BusinessRow>& businesses) {
  const Links links(businesses);
  Contradictions contradictions(businesses);
  std::vector<RosterRow> rows;
  rows.reserve(table.rows.size());  // the contradictions keep pointers
  for (AirtableRow& row : table.rows) {
    RosterRow& read = rows.emplace_back(ReadRow(std::move(row), table));
    if (!read.row.refused()) links.Resolve(read);
    if (!read.row.refused()) contradictions.Check(read);
  }
  return rows;
}

}  // namespace afterhours::files
