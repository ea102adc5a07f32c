#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "server/core/urgency/reading.h"
#include "server/core/urgency/urgency.h"

namespace afterhours::core {
namespace {

using Names = std::set<std::string>;

// What a call is about, by how clearly it says so.
struct Topics {
  Names clear;      // of rules that stand by themselves
  Names mentioned;  // of hints, and of things that are only named
  bool urgent = false;
};

Topics TopicsIn(const Reading& reading) {
  Topics topics;
  for (const Finding& finding : reading.findings) {
    if (finding.standing != Standing::kStands && finding.standing != Standing::kOver) continue;
    const bool hint = finding.group != nullptr && finding.group->hint() > 0;
    topics.urgent = topics.urgent || finding.urgency >= v1::URGENCY_MEDIUM;
    // What somebody suffers tells matters apart no better than where they stand.
    if (finding.topic.empty() || finding.topic == "health") continue;
    (finding.urgency == v1::URGENCY_UNSPECIFIED || hint ? topics.mentioned : topics.clear).insert(finding.topic);
  }
  return topics;
}

// Numbers of houses and flats: "44 Basil", "12b".
Names Numbers(const Reading& reading) {
  Names numbers;
  for (const Word& word : reading.heard.words) {
    if (word.text.size() > 1 && absl::ascii_isdigit(static_cast<unsigned char>(word.text[0])))
      numbers.insert(word.text);
  }
  return numbers;
}

bool Intersect(const Names& a, const Names& b) {
  return std::any_of(a.begin(), a.end(), [&b](const std::string& name) { return b.count(name) > 0; });
}

}  // namespace

bool IsSameMatter(const Call& first, const Call& second, v1::Trade trade,
                  const std::vector<v1::UrgencyRule>& own_rules) {
  if (second.summary.empty() && second.transcript.empty()) return true;
  const Reading later = Read(second, trade, own_rules);
  if (later.says_nothing) return true;
  if (later.Has(v1::CUE_ANOTHER)) return false;
  const Reading earlier = Read(first, trade, own_rules);
  const Topics before = TopicsIn(earlier);
  const Topics now = TopicsIn(later);
  if (!before.urgent && now.urgent) return false;  // a quote, and then a flood
  if (Intersect(before.clear, now.clear)) return true;
  if (!now.clear.empty()) {
    return Intersect(before.clear, now.mentioned) && Intersect(before.mentioned, now.clear);
  }
  if (now.mentioned.empty() || (before.urgent && later.Has(v1::CUE_ASKS_NEWS))) return true;
  return Intersect(before.clear, now.mentioned) || Intersect(before.mentioned, now.mentioned) ||
         Intersect(Numbers(earlier), Numbers(later));
}

}  // namespace afterhours::core
