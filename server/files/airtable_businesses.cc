#include "server/files/airtable_businesses.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/phone.h"
#include "base/text.h"
#include "server/files/airtable_cells.h"
#include "server/files/keys.h"

namespace afterhours::files {
namespace {

constexpr char kName[] = "Name";
constexpr char kNumbers[] = "Twilio DID";
constexpr char kTimeZone[] = "Time Zone";
constexpr char kOwnerName[] = "Owner Name";
constexpr char kOwnerPhone[] = "Owner Phone";
constexpr char kTrade[] = "Trade";
constexpr char kActive[] = "Active";
constexpr char kAgents[] = "Retell Agent ID";
constexpr char kRecordId[] = "Record ID";

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kShownBytesMax = 60;
constexpr std::size_t kLinesShownMax = 3;
constexpr char kZoneAdvice[] = "is not an IANA time zone; write one like America/New_York";

std::string Shown(const std::string& text) { return absl::StrCat("\"", CutText(text, kShownBytesMax), "\""); }

BusinessRow ReadBusiness(AirtableRow row, const std::string& default_time_zone, bool has_active) {
  BusinessRow read{std::move(row), {}, ""};
  AirtableRow& r = read.row;
  v1::Business& business = read.business;
  business.set_name(r.Cell(kName));
  read.record_id = r.Cell(kRecordId);
  if (r.refused()) return read;  // its cells are not to be trusted
  if (business.name().empty()) r.Refuse(kName, "is empty; give the business a name");
  if (business.name().size() > kNameBytesMax) r.Refuse(kName, absl::StrCat("is longer than ", kNameBytesMax, " bytes"));

  const auto active = ParseCheckbox(r.Cell(kActive));
  if (!active.has_value()) r.Refuse(kActive, Shown(r.Cell(kActive)) + " is neither checked nor empty");
  if (has_active && active == false) {
    r.Refuse(kActive, "is not checked, so the business is not taken; check it, or leave the row out of the view");
  }

  const std::string& zone = r.Cell(kTimeZone);
  business.set_time_zone(zone.empty() ? default_time_zone : zone);
  if (business.time_zone().empty()) {
    r.Refuse(kTimeZone, "is empty; fill it in, or name a default time zone for the import");
  } else if (!IsTimeZone(business.time_zone())) {
    r.Refuse(kTimeZone, absl::StrCat(Shown(business.time_zone()), " ", kZoneAdvice));
  }

  for (const std::string& text : SplitCell(r.Cell(kNumbers))) {
    const std::optional<std::string> number = ToE164(text);
    if (!number.has_value()) {
      r.Refuse(kNumbers, Shown(text) + " is not a phone number; write it like +1 949 555 0100");
    } else if (std::count(business.numbers().begin(), business.numbers().end(), *number) == 0) {
      business.add_numbers(*number);
    }
  }
  for (const std::string& agent : SplitCell(r.Cell(kAgents))) business.add_retell_agent_ids(agent);

  if (const std::string& phone = r.Cell(kOwnerPhone); !phone.empty()) {
    const std::optional<std::string> number = ToE164(phone);
    if (!number.has_value()) {
      r.Refuse(kOwnerPhone, Shown(phone) + " is not a phone number; correct it, or leave it empty");
    } else {
      business.mutable_owner()->set_phone(*number);
    }
  }
  if (const std::string& name = r.Cell(kOwnerName); !name.empty()) business.mutable_owner()->set_name(name);

  const auto trade = ParseTrade(r.Cell(kTrade));
  business.set_trade(trade.value_or(v1::TRADE_UNSPECIFIED));
  if (!r.Cell(kTrade).empty() && !trade.has_value()) {
    r.Doubt(kTrade, Shown(r.Cell(kTrade)) + " is not a trade that is known; calls are judged by the rules of all");
  }
  return read;
}

// What no two rows may have: by it, the rows that do.
using Owners = std::map<std::string, std::vector<BusinessRow*>>;

// The lines of all but `one`, the first few of them.
std::string OtherLines(const std::vector<BusinessRow*>& rows, const BusinessRow* one) {
  std::vector<std::string> lines;
  for (const BusinessRow* other : rows) {
    if (other != one && lines.size() < kLinesShownMax) lines.push_back(absl::StrCat(other->row.line()));
    if (lines.size() == kLinesShownMax) break;
  }
  const std::size_t more = rows.size() - 1 - lines.size();
  return absl::StrCat(absl::StrJoin(lines, ", "), more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

// All that have it are refused: which of them is meant, nobody can tell.
void RefuseShared(const Owners& owners, const char* column, const std::string& advice) {
  for (const auto& [what, rows] : owners) {
    if (rows.size() < 2) continue;
    for (BusinessRow* one : rows) {
      one->row.Refuse(column, absl::StrCat(Shown(what), " is in line ", OtherLines(rows, one), " as well; ", advice));
    }
  }
}

// By the order of the names, so that the order of the rows does not matter.
void GiveKeys(std::vector<BusinessRow>& rows) {
  std::vector<BusinessRow*> by_name;
  for (BusinessRow& row : rows) by_name.push_back(&row);
  std::stable_sort(by_name.begin(), by_name.end(), [](const BusinessRow* left, const BusinessRow* right) {
    return left->business.name() < right->business.name();
  });
  KeyMaker keys;
  for (BusinessRow* row : by_name) {
    const std::string slug = Slug(row->business.name());
    row->business.set_key(keys.Make(slug.empty() ? "business" : slug));
  }
}

}  // namespace

const std::vector<AirtableColumn>& BusinessColumns() {
  static const auto& columns = *new std::vector<AirtableColumn>{
      {kName, true, {"businessname", "name", "business", "companyname", "company"}},
      {kNumbers,
       true,
       {"twiliodid", "twiliodids", "did", "dids", "twilionumber", "twilionumbers", "twiliophonenumber", "phonenumbers",
        "phonenumber"}},
      {kTimeZone, false, {"timezone", "tz", "ianatimezone"}},
      {kOwnerName, false, {"ownername", "owner"}},
      {kOwnerPhone, false, {"ownerphone", "ownerphonenumber", "ownermobile", "ownercell"}},
      {kTrade, false, {"trade", "industry", "tradeindustry"}},
      {kActive, false, {"active", "isactive"}},
      {kAgents, false, {"retellagentid", "retellagentids", "retellagent", "agentid"}},
      {kRecordId, false, {"recordid", "airtablerecordid", "airtableid"}}};
  return columns;
}

std::vector<BusinessRow> ReadBusinesses(AirtableTable& table, const std::string& default_time_zone) {
  std::vector<BusinessRow> rows;
  for (AirtableRow& row : table.rows) {
    rows.push_back(ReadBusiness(std::move(row), default_time_zone, table.Has(kActive)));
  }
  Owners names, numbers, agents;
  for (BusinessRow& row : rows) {
    if (!row.business.name().empty()) names[ComparableName(row.business.name())].push_back(&row);
    for (const std::string& number : row.business.numbers()) numbers[number].push_back(&row);
    for (const std::string& agent : row.business.retell_agent_ids()) agents[agent].push_back(&row);
  }
  RefuseShared(names, kName, "rename one, or delete the one that is too many");
  RefuseShared(numbers, kNumbers, "a number belongs to one business: leave it with that one");
  RefuseShared(agents, kAgents, "a voice agent belongs to one business: leave it with that one");
  GiveKeys(rows);
  return rows;
}

}  // namespace afterhours::files
