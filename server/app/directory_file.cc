#include "server/app/directory_file.h"

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/phone.h"
#include "base/text.h"
#include "server/core/names.h"
#include "server/core/policy.h"

namespace afterhours::app {
namespace {

// Walks the file and collects what is wrong with it.
class Reader {
 public:
  std::vector<store::DirectoryBusiness> Read(const YAML::Node& root) {
    std::vector<store::DirectoryBusiness> businesses;
    const std::set<std::string> known = {"businesses"};
    if (!IsMap(root, "the file", known)) return businesses;
    ForEach(root["businesses"], "businesses",
            [&](const YAML::Node& node, const std::string& path) { businesses.push_back(Business(node, path)); });
    if (businesses.empty()) Fault("businesses", "the file names no business");
    return businesses;
  }

  const std::vector<std::string>& faults() const { return faults_; }

 private:
  store::DirectoryBusiness Business(const YAML::Node& node, const std::string& path) {
    store::DirectoryBusiness business;
    if (!IsMap(node, path,
               {"key", "name", "time_zone", "numbers", "sms_sender", "owner", "technicians", "roster", "policies"})) {
      return business;
    }
    business.key = Text(node, path, "key", true);
    Once("business key", business.key, path);
    business.name = Text(node, path, "name", true);
    business.time_zone = Text(node, path, "time_zone", true);
    absl::TimeZone zone;
    if (!business.time_zone.empty() && !absl::LoadTimeZone(business.time_zone, &zone)) {
      Fault(path + ".time_zone", absl::StrCat("\"", business.time_zone, "\" is not an IANA time zone"));
    }
    business.sms_sender = Text(node, path, "sms_sender", false);
    if (!business.sms_sender.empty() && !absl::StartsWith(business.sms_sender, "MG")) {
      business.sms_sender = Phone(path + ".sms_sender", business.sms_sender);
    }
    if (const YAML::Node owner = node["owner"]; owner && IsMap(owner, path + ".owner", {"name", "phone"})) {
      business.owner_name = Text(owner, path + ".owner", "name", true);
      const std::string phone = Text(owner, path + ".owner", "phone", false);
      if (!phone.empty()) business.owner_phone = Phone(path + ".owner.phone", phone);
    }
    ForEach(node["numbers"], path + ".numbers", [&](const YAML::Node& number, const std::string& at) {
      business.numbers.push_back(Phone(at, number.IsScalar() ? number.Scalar() : ""));
      Once("number", business.numbers.back(), at);
    });
    std::set<std::string> keys;
    ForEach(node["technicians"], path + ".technicians", [&](const YAML::Node& technician, const std::string& at) {
      business.technicians.push_back(Technician(technician, at));
      if (!keys.insert(business.technicians.back().key).second) Fault(at + ".key", "is there twice");
    });
    std::set<std::string> on_roster;
    ForEach(node["roster"], path + ".roster", [&](const YAML::Node& entry, const std::string& at) {
      if (!IsMap(entry, at, {"technician", "priority"})) return;
      store::DirectoryRosterEntry read{Text(entry, at, "technician", true), Number(entry, at, "priority")};
      if (keys.count(read.technician_key) == 0) Fault(at + ".technician", "is not a technician of this business");
      if (!on_roster.insert(read.technician_key).second) Fault(at + ".technician", "is there twice");
      if (read.priority < 1) Fault(at + ".priority", "must be 1 (first) or more");
      business.roster.push_back(std::move(read));
    });
    if (const YAML::Node policies = node["policies"]; policies)
      Policies(policies, path + ".policies", business.policies);
    return business;
  }

  // Urgencies that are not named keep the default policy.
  void Policies(const YAML::Node& node, const std::string& path, core::Policies& out) {
    if (!IsMap(node, path, {"LOW", "MEDIUM", "HIGH"})) return;
    for (auto& [urgency, policy] : out) {
      const std::string name = core::Name(urgency);
      if (const YAML::Node given = node[name]; given) policy = Policy(given, absl::StrCat(path, ".", name));
    }
  }

  core::Policy Policy(const YAML::Node& node, const std::string& path) {
    core::Policy policy;
    if (!IsMap(node, path, {"steps", "owner_steps", "rounds", "cutoff", "hold"})) return policy;
    const auto read_steps = [&](const char* name, std::vector<core::PolicyStep>& steps) {
      ForEach(node[name], absl::StrCat(path, ".", name), [&](const YAML::Node& step, const std::string& at) {
        if (!IsMap(step, at, {"channel", "wait"})) return;
        steps.push_back({core::ParseChannel(Text(step, at, "channel", true)), Span(step, at, "wait")});
      });
    };
    read_steps("steps", policy.technician_steps);
    read_steps("owner_steps", policy.owner_steps);
    policy.round_count = node["rounds"] ? Number(node, path, "rounds") : 1;
    policy.cutoff = Span(node, path, "cutoff");
    if (const YAML::Node hold = node["hold"]; hold && IsMap(hold, path + ".hold", {"from", "until"})) {
      policy.hold = core::DayWindow{TimeOfDay(hold, path + ".hold", "from"), TimeOfDay(hold, path + ".hold", "until")};
    }
    for (const std::string& fault : core::PolicyFaults(policy)) faults_.push_back(absl::StrCat(path, ".", fault));
    return policy;
  }

  // "90s", "2m", "1h30m"; zero where it is missing or wrong.
  absl::Duration Span(const YAML::Node& map, const std::string& path, const std::string& name) {
    const std::string text = Text(map, path, name, true);
    absl::Duration span;
    if (!text.empty() && !absl::ParseDuration(text, &span)) {
      Fault(absl::StrCat(path, ".", name), absl::StrCat("\"", text, "\" is not a span like 90s, 2m or 1h30m"));
    }
    return span;
  }

  // "21:00" in minutes after midnight; -1 where it is wrong.
  int TimeOfDay(const YAML::Node& map, const std::string& path, const std::string& name) {
    const std::string text = Text(map, path, name, true);
    const std::vector<std::string> parts = absl::StrSplit(text, ':');
    int hour = 0, minute = 0;
    const bool ok = parts.size() == 2 && absl::SimpleAtoi(parts[0], &hour) && absl::SimpleAtoi(parts[1], &minute) &&
                    hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
    if (!ok && !text.empty()) Fault(absl::StrCat(path, ".", name), "must be a time of day like 21:00");
    return ok ? hour * 60 + minute : -1;
  }

  store::DirectoryTechnician Technician(const YAML::Node& node, const std::string& path) {
    store::DirectoryTechnician technician;
    if (!IsMap(node, path, {"key", "name", "sms", "voice", "active", "available"})) return technician;
    technician.key = Text(node, path, "key", true);
    technician.name = Text(node, path, "name", true);
    technician.active = Flag(node, path, "active");
    technician.available = Flag(node, path, "available");
    const std::string sms = Text(node, path, "sms", true);
    if (!sms.empty()) technician.contact_methods.push_back({v1::CHANNEL_SMS, Phone(path + ".sms", sms)});
    // The number that takes texts takes calls as well, unless the file says otherwise.
    std::string voice = Text(node, path, "voice", false);
    if (voice.empty()) voice = sms;
    if (!voice.empty() && voice != "none") {
      technician.contact_methods.push_back({v1::CHANNEL_VOICE, Phone(path + ".voice", voice)});
    }
    return technician;
  }

  void Fault(const std::string& path, const std::string& what) { faults_.push_back(absl::StrCat(path, ": ", what)); }

  // A map without other members than `known`: a misspelt one must not be ignored.
  bool IsMap(const YAML::Node& node, const std::string& path, const std::set<std::string>& known) {
    if (!node.IsMap()) {
      Fault(path, "must be a map");
      return false;
    }
    for (const auto& member : node) {
      const std::string name = member.first.IsScalar() ? member.first.Scalar() : "?";
      if (known.count(name) == 0) {
        Fault(absl::StrCat(path, ".", name), absl::StrCat("is not known; known are ", absl::StrJoin(known, ", ")));
      }
    }
    return true;
  }

  template <typename Visit>
  void ForEach(const YAML::Node& node, const std::string& path, const Visit& visit) {
    if (!node || node.IsNull()) return;
    if (!node.IsSequence()) return Fault(path, "must be a list");
    for (std::size_t i = 0; i < node.size(); ++i) visit(node[i], absl::StrCat(path, "[", i, "]"));
  }

  std::string Text(const YAML::Node& map, const std::string& path, const std::string& name, bool required) {
    const YAML::Node node = map[name];
    if (!node || node.IsNull() || (node.IsScalar() && node.Scalar().empty())) {
      if (required) Fault(absl::StrCat(path, ".", name), "is required");
      return "";
    }
    if (!node.IsScalar() || node.Scalar().size() > kTextBytesMax || !IsCleanText(node.Scalar())) {
      Fault(absl::StrCat(path, ".", name), absl::StrCat("must be a text of at most ", kTextBytesMax, " bytes"));
      return "";
    }
    return node.Scalar();
  }

  int Number(const YAML::Node& map, const std::string& path, const std::string& name) {
    int value = 0;
    if (!map[name] || !YAML::convert<int>::decode(map[name], value)) {
      Fault(absl::StrCat(path, ".", name), "must be a whole number");
    }
    return value;
  }

  // True when it is not said.
  bool Flag(const YAML::Node& map, const std::string& path, const std::string& name) {
    bool value = true;
    if (map[name] && !YAML::convert<bool>::decode(map[name], value)) {
      Fault(absl::StrCat(path, ".", name), "must be true or false");
    }
    return value;
  }

  std::string Phone(const std::string& path, const std::string& text) {
    const std::optional<std::string> e164 = ToE164(text);
    if (!e164.has_value()) Fault(path, absl::StrCat("\"", text, "\" is not a phone number"));
    return e164.value_or("");
  }

  void Once(const std::string& what, const std::string& value, const std::string& path) {
    const auto [first, is_first] = places_.emplace(absl::StrCat(what, " ", value), path);
    if (!is_first && !value.empty()) Fault(path, absl::StrCat(what, " ", value, " is at ", first->second, " already"));
  }

  static constexpr std::size_t kTextBytesMax = 200;
  std::vector<std::string> faults_;
  std::map<std::string, std::string> places_;
};

}  // namespace

absl::StatusOr<std::vector<store::DirectoryBusiness>> ParseDirectory(const std::string& text) {
  Reader reader;
  std::vector<store::DirectoryBusiness> businesses;
  try {
    businesses = reader.Read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not YAML: ", error.what()));
  }
  if (!reader.faults().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("nothing was loaded:\n  ", absl::StrJoin(reader.faults(), "\n  ")));
  }
  return businesses;
}

}  // namespace afterhours::app
