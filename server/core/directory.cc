#include "server/core/directory.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/phone.h"
#include "base/text.h"
#include "server/core/field_faults.h"
#include "server/core/roster.h"
#include "server/core/urgency/urgency.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kTextBytesMax = 200;
constexpr std::size_t kTopicBytesMax = 40;
constexpr int kNumbersMax = 100;
constexpr int kAgentsMax = 20;
constexpr int kRulesMax = 100;
constexpr int kTechniciansMax = 500;
constexpr int kContactMethodsMax = 10;
constexpr absl::Duration kRepeatCallWindowDefault = absl::Hours(2);
constexpr absl::Duration kRepeatCallWindowMax = absl::Hours(24);
constexpr std::int32_t kNanosMax = 999'999'999;

bool IsOneWord(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

// Collects what is wrong, and puts into form what is right.
class Normalizer {
 public:
  explicit Normalizer(v1::BusinessDirectory& directory) : d_(directory) {}

  std::vector<FieldViolation> Run() {
    d_.DiscardUnknownFields();  // a newer client's: what is not kept is no difference either
    Business();
    Technicians();
    Policies();
    Roster();
    return faults_.Take();
  }

 private:
  void Add(std::string field, std::string rule) { faults_.Add(std::move(field), std::move(rule)); }

  void Text(const std::string& field, const std::string& value, bool required, std::size_t bytes_max = kTextBytesMax) {
    if (required && value.empty()) Add(field, "is required");
    if (value.size() > bytes_max) Add(field, absl::StrCat("is longer than ", bytes_max, " bytes"));
    if (!IsCleanText(value)) Add(field, "is not valid UTF-8, or has a NUL in it");
  }

  void TooMany(const std::string& field, int count, int count_max) {
    if (count > count_max) Add(field, absl::StrCat("has ", count, " entries; at most ", count_max, " can be taken"));
  }

  void Phone(const std::string& field, std::string* number) {
    const std::optional<std::string> e164 = ToE164(*number, d_.business().region());
    if (e164.has_value()) {
      *number = *e164;
    } else {
      Add(field, absl::StrCat(Quoted(*number), " is not a phone number"));
    }
  }

  void Business() {
    v1::Business& business = *d_.mutable_business();
    std::map<std::string, std::string> keys;
    faults_.CheckKey("business", business.key(), keys);
    Text("business.name", business.name(), true);
    absl::TimeZone zone;
    if (business.time_zone().empty()) {
      Add("business.time_zone", "is required");
    } else if (!absl::LoadTimeZone(business.time_zone(), &zone)) {
      Add("business.time_zone",
          absl::StrCat(Quoted(business.time_zone()), " is not an IANA time zone, like America/New_York"));
    }
    if (business.region().empty()) business.set_region("US");
    if (!IsRegion(business.region())) {
      Add("business.region", "must be a country's two letters (ISO 3166), like US");
      business.set_region("US");
    }
    TooMany("business.numbers", business.numbers_size(), kNumbersMax);
    for (int i = 0; i < business.numbers_size(); ++i) {
      Phone(absl::StrCat("business.numbers[", i, "]"), business.mutable_numbers(i));
    }
    Once("business.numbers", business.numbers());
    std::sort(business.mutable_numbers()->begin(), business.mutable_numbers()->end());
    TooMany("business.retell_agent_ids", business.retell_agent_ids_size(), kAgentsMax);
    for (int i = 0; i < business.retell_agent_ids_size(); ++i) {
      const std::string at = absl::StrCat("business.retell_agent_ids[", i, "]");
      Text(at, business.retell_agent_ids(i), true, 128);
      if (!IsOneWord(business.retell_agent_ids(i))) Add(at, "must be one word, as Retell shows it");
    }
    Once("business.retell_agent_ids", business.retell_agent_ids());
    std::sort(business.mutable_retell_agent_ids()->begin(), business.mutable_retell_agent_ids()->end());
    Text("business.sms_sender", business.sms_sender(), false);
    if (!business.sms_sender().empty() && !absl::StartsWith(business.sms_sender(), "MG")) {
      Phone("business.sms_sender", business.mutable_sms_sender());
    }
    Text("business.owner.name", business.owner().name(), false);
    if (!business.owner().phone().empty()) Phone("business.owner.phone", business.mutable_owner()->mutable_phone());
    if (business.has_owner() && business.owner().name().empty() && business.owner().phone().empty()) {
      business.clear_owner();
    }
    if (!v1::Trade_IsValid(business.trade())) Add("business.trade", "must be one of the known trades");
    UrgencyRules();
    if (business.has_repeat_call_window()) {
      const auto& span = business.repeat_call_window();
      const absl::Duration window = absl::Seconds(span.seconds()) + absl::Nanoseconds(span.nanos());
      const bool valid = span.seconds() >= 0 && span.nanos() >= 0 && span.nanos() <= kNanosMax;
      if (!valid || window > kRepeatCallWindowMax) {
        Add("business.repeat_call_window", "must be from zero to 24 hours");
      }
    }
  }

  void UrgencyRules() {
    TooMany("business.urgency_rules", d_.business().urgency_rules_size(), kRulesMax);
    for (int i = 0; i < d_.business().urgency_rules_size(); ++i) {
      v1::UrgencyRule& rule = *d_.mutable_business()->mutable_urgency_rules(i);
      const std::string at = absl::StrCat("business.urgency_rules[", i, "]");
      Text(at + ".phrase", rule.phrase(), true);
      if (const auto fault = PhraseFault(rule.phrase()); fault.has_value()) Add(at + ".phrase", *fault);
      if (rule.urgency() == v1::URGENCY_UNSPECIFIED || !v1::Urgency_IsValid(rule.urgency())) {
        Add(at + ".urgency", "must be LOW, MEDIUM or HIGH");
      }
      const bool topical = std::all_of(rule.topic().begin(), rule.topic().end(),
                                       [](unsigned char c) { return absl::ascii_islower(c) || c == '_'; });
      if (!topical || rule.topic().size() > kTopicBytesMax) Add(at + ".topic", "must be at most 40 of a-z and \"_\"");
      rule.clear_trades();
    }
  }

  void Technicians() {
    TooMany("technicians", d_.technicians_size(), kTechniciansMax);
    std::map<std::string, std::string> places;
    for (int i = 0; i < d_.technicians_size(); ++i) {
      v1::Technician& technician = *d_.mutable_technicians(i);
      const std::string at = absl::StrCat("technicians[", i, "]");
      faults_.CheckKey(at, technician.key(), places);
      Text(at + ".name", technician.name(), true);
      if (!technician.has_active()) technician.set_active(true);
      if (!technician.has_available()) technician.set_available(true);
      TooMany(at + ".contact_methods", technician.contact_methods_size(), kContactMethodsMax);
      for (int j = 0; j < technician.contact_methods_size(); ++j) {
        Contact(absl::StrCat(at, ".contact_methods[", j, "]"), *technician.mutable_contact_methods(j));
      }
    }
    std::sort(d_.mutable_technicians()->begin(), d_.mutable_technicians()->end(),
              [](const v1::Technician& left, const v1::Technician& right) { return left.key() < right.key(); });
  }

  void Contact(const std::string& at, v1::ContactMethod& contact) {
    if (contact.channel() == v1::CHANNEL_UNSPECIFIED || !v1::Channel_IsValid(contact.channel())) {
      Add(at + ".channel", "must be SMS, VOICE, EMAIL or WHATSAPP");
    }
    Text(at + ".address", contact.address(), true);
    if (contact.address().empty()) return;
    if (contact.channel() != v1::CHANNEL_EMAIL) return Phone(at + ".address", contact.mutable_address());
    const std::size_t sign = contact.address().find('@');
    const bool complete = sign != std::string::npos && sign > 0 && sign + 1 < contact.address().size();
    const bool one_word = contact.address().find_first_of(" \t\r\n,;<>") == std::string::npos;
    if (!complete || !one_word) Add(at + ".address", "must be an e-mail address like ana@example.com");
  }

  void Roster() {
    for (v1::RosterEntry& entry : *d_.mutable_roster()) {
      if (entry.has_rotation() && entry.rotation().shift_length() == 0) entry.mutable_rotation()->set_shift_length(1);
    }
    for (v1::Override& change : *d_.mutable_overrides()) {
      if (change.kind() == v1::OVERRIDE_KIND_ADD && change.priority() == 0) change.set_priority(1);
    }
    for (FieldViolation& fault : RosterFaults(d_)) Add(std::move(fault.field), std::move(fault.description));
    const auto by_key = [](const auto& left, const auto& right) { return left.key() < right.key(); };
    std::sort(d_.mutable_roster()->begin(), d_.mutable_roster()->end(), by_key);
    std::sort(d_.mutable_overrides()->begin(), d_.mutable_overrides()->end(), by_key);
  }

  void Policies() {
    std::map<int, int> places;
    for (int i = 0; i < d_.policies_size(); ++i) {
      v1::Policy& policy = *d_.mutable_policies(i);
      const std::string at = absl::StrCat("policies[", i, "]");
      if (policy.urgency() == v1::URGENCY_UNSPECIFIED || !v1::Urgency_IsValid(policy.urgency())) {
        Add(at + ".urgency", "must be LOW, MEDIUM or HIGH");
        continue;
      }
      if (!places.emplace(policy.urgency(), i).second) Add(at + ".urgency", "is there twice");
      if (policy.rounds() == 0) policy.set_rounds(1);
      policy.clear_is_default();
      for (const std::string& fault : PolicyFaults(PolicyOf(policy))) {
        const std::size_t colon = fault.find(": ");
        Add(absl::StrCat(at, ".", fault.substr(0, colon)), fault.substr(colon + 2));
      }
    }
    if (!faults_.empty()) return;
    core::Policies defaults = DefaultPolicies();
    std::vector<v1::Policy> own;
    for (const v1::Policy& policy : d_.policies()) {
      v1::Policy formed = PolicyMessage(policy.urgency(), PolicyOf(policy));
      const v1::Policy usual = PolicyMessage(policy.urgency(), defaults[policy.urgency()]);
      if (!SaysTheSame(formed, usual)) own.push_back(std::move(formed));
    }
    std::sort(own.begin(), own.end(),
              [](const v1::Policy& left, const v1::Policy& right) { return left.urgency() > right.urgency(); });
    d_.mutable_policies()->Assign(own.begin(), own.end());
  }

  void Once(const std::string& field, const google::protobuf::RepeatedPtrField<std::string>& values) {
    for (int i = 0; i < values.size(); ++i) {
      if (std::count(values.begin(), values.begin() + i, values[i]) > 0) {
        Add(absl::StrCat(field, "[", i, "]"), absl::StrCat(values[i], " is there twice"));
      }
    }
  }

  v1::BusinessDirectory& d_;
  FieldFaults faults_;
};

}  // namespace

std::vector<FieldViolation> NormalizeDirectory(v1::BusinessDirectory& directory) { return Normalizer(directory).Run(); }

bool CanBePaged(const v1::Technician& technician) {
  return (!technician.has_active() || technician.active()) && (!technician.has_available() || technician.available());
}

absl::Duration RepeatCallWindow(const v1::Business& business) {
  using google::protobuf::util::TimeUtil;
  if (!business.has_repeat_call_window()) return kRepeatCallWindowDefault;
  return absl::Seconds(TimeUtil::DurationToSeconds(business.repeat_call_window()));
}

}  // namespace afterhours::core
