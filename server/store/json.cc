#include "server/store/json.h"

#include <iterator>
#include <nlohmann/json.hpp>

#include "server/core/names.h"
#include "server/store/parsed_texts.h"

namespace afterhours::store {
namespace {

using nlohmann::json;
using Phase = core::Chain::Phase;

constexpr const char* kPhases[] = {"WAITING", "TECHNICIANS", "OWNER", "EXHAUSTED"};  // as Phase counts

json MillisOf(absl::Duration span) { return absl::ToInt64Milliseconds(span); }
absl::Duration DurationAt(const json& object, const char* name) {
  return absl::Milliseconds(object.value(name, std::int64_t{0}));
}

json StepsToJson(const std::vector<core::PolicyStep>& steps) {
  json list = json::array();
  for (const core::PolicyStep& step : steps) {
    list.push_back({{"channel", core::Name(step.channel)}, {"wait_ms", MillisOf(step.wait)}});
  }
  return list;
}

std::vector<core::PolicyStep> StepsAt(const json& object, const char* name) {
  std::vector<core::PolicyStep> steps;
  for (const json& step : object.value(name, json::array())) {
    steps.push_back({core::ParseChannel(step.value("channel", "")), DurationAt(step, "wait_ms")});
  }
  return steps;
}

core::Policy ReadPolicy(const json& object) {
  core::Policy policy;
  policy.technician_steps = StepsAt(object, "technician_steps");
  policy.owner_steps = StepsAt(object, "owner_steps");
  policy.round_count = object.value("round_count", 1);
  policy.cutoff = DurationAt(object, "cutoff_ms");
  if (const auto hold = object.find("hold"); hold != object.end()) {
    policy.hold = core::DayWindow{hold->value("from_minute", 0), hold->value("until_minute", 0)};
  }
  return policy;
}

// What is not there is as by default.
std::shared_ptr<const core::Policies> ParsePolicies(const std::string& text) {
  auto policies = std::make_shared<core::Policies>(core::DefaultPolicies());
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return policies;
  for (auto& [urgency, policy] : *policies) {
    const auto found = object.find(core::Name(urgency));
    if (found != object.end()) policy = ReadPolicy(*found);
  }
  return policies;
}

}  // namespace

std::string ChainToJson(const core::Chain& chain) {
  return json{{"phase", kPhases[static_cast<std::size_t>(chain.phase)]},
              {"awaits_report", chain.awaits_report},
              {"technician_id", chain.technician_id},
              {"step", chain.step},
              {"page_id", chain.page_id},
              {"wait_ms", MillisOf(chain.wait)},
              {"repeat_count", chain.repeat_count},
              {"round", chain.round},
              {"visited", chain.visited},
              {"declined", chain.declined},
              {"asks_model", chain.asks_model}}
      .dump();
}

core::Chain ChainFromJson(const std::string& text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  core::Chain chain;
  if (!object.is_object()) return chain;
  const std::string phase = object.value("phase", kPhases[0]);
  for (std::size_t i = 0; i < std::size(kPhases); ++i) {
    if (phase == kPhases[i]) chain.phase = static_cast<Phase>(i);
  }
  chain.awaits_report = object.value("awaits_report", false);
  chain.technician_id = object.value("technician_id", "");
  chain.step = object.value("step", 0);
  chain.page_id = object.value("page_id", "");
  chain.wait = DurationAt(object, "wait_ms");
  chain.repeat_count = object.value("repeat_count", 0);
  chain.round = object.value("round", 1);
  chain.visited = object.value("visited", std::vector<std::string>());
  chain.declined = object.value("declined", std::vector<std::string>());
  chain.asks_model = object.value("asks_model", false);
  return chain;
}

std::string PoliciesToJson(const core::Policies& policies) {
  json object = json::object();
  for (const auto& [urgency, policy] : policies) {
    json entry = {{"technician_steps", StepsToJson(policy.technician_steps)},
                  {"owner_steps", StepsToJson(policy.owner_steps)},
                  {"round_count", policy.round_count},
                  {"cutoff_ms", MillisOf(policy.cutoff)}};
    if (policy.hold.has_value()) {
      entry["hold"] = {{"from_minute", policy.hold->from_minute}, {"until_minute", policy.hold->until_minute}};
    }
    object[core::Name(urgency)] = std::move(entry);
  }
  return object.dump();
}

core::Policies PoliciesFromJson(const std::string& text) {
  static auto& parsed = *new ParsedTexts<core::Policies>(&ParsePolicies);
  return *parsed.Get(text);
}

}  // namespace afterhours::store
