#include "server/files/directory_places.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/files/message_reader.h"

namespace afterhours::files {
namespace {

constexpr int kNoIndex = -1;

// "numbers[1]" in its parts.
struct Segment {
  std::string name;
  int index = kNoIndex;
};

Segment SegmentOf(absl::string_view text) {
  Segment segment;
  const std::size_t bracket = text.find('[');
  segment.name = std::string(text.substr(0, bracket));
  if (bracket == absl::string_view::npos) return segment;
  const absl::string_view index = absl::StripSuffix(text.substr(bracket + 1), "]");
  if (!absl::SimpleAtoi(index, &segment.index)) segment.index = kNoIndex;
  return segment;
}

// Goes down a path of the message, and beside it down the file.
class Walker {
 public:
  explicit Walker(const YamlNode& business) : node_(&business), line_(business.line) {}

  // False: the file says no more of this path.
  bool Step(const Segment& segment) {
    if (segment.name == "policies" && segment.index != kNoIndex) return StepIntoPolicy(segment.index);
    const bool shorthand = node_ != nullptr && node_->Member("contact_methods") == nullptr;
    if (segment.name == "contact_methods" && segment.index != kNoIndex && shorthand) {
      return StepIntoShorthand(segment.index);
    }
    absl::StrAppend(&path_, path_.empty() ? "" : ".", segment.name);
    Enter(node_ != nullptr ? node_->Member(segment.name) : nullptr);
    if (segment.index == kNoIndex) return true;
    return segment.name == "days" ? StepIntoDays(segment.index) : StepIntoItem(segment.index);
  }

  PlaceInFile Take() { return {std::move(path_), line_}; }

 private:
  void Enter(const YamlNode* node) {
    node_ = node;
    if (node != nullptr) line_ = node->line;
  }

  bool StepIntoItem(int index) {
    absl::StrAppend(&path_, "[", index, "]");
    const auto at = static_cast<std::size_t>(index);
    const bool there = node_ != nullptr && node_->IsList() && at < node_->children.size();
    Enter(there ? node_->children[at] : nullptr);
    return true;
  }

  bool StepIntoPolicy(int index) {
    const YamlNode* policies = node_ != nullptr ? node_->Member("policies") : nullptr;
    const auto members = policies != nullptr ? PolicyMembers(*policies) : std::vector<PolicyMember>();
    const auto at = static_cast<std::size_t>(index);
    if (at >= members.size()) return false;
    absl::StrAppend(&path_, "policies.", members[at].name);
    Enter(members[at].node);
    return true;
  }

  bool StepIntoShorthand(int index) {
    const std::vector<ShorthandMethod> methods = ShorthandMethods(*node_);
    const auto at = static_cast<std::size_t>(index);
    if (at >= methods.size()) return false;
    absl::StrAppend(&path_, ".", methods[at].member);
    Enter(node_->Member(methods[at].member));
    return false;
  }

  // One item of the file may be several days.
  bool StepIntoDays(int index) {
    if (node_ == nullptr || !node_->IsList()) return false;
    int behind = 0;
    for (std::size_t item = 0; item < node_->children.size(); ++item) {
      const auto days = ParseDays(node_->children[item]->text);
      behind += days.has_value() ? static_cast<int>(days->size()) : 0;
      if (index < behind) return StepIntoItem(static_cast<int>(item));
    }
    return false;
  }

  const YamlNode* node_;  // nullptr: the file has no such thing
  int line_;
  std::string path_;
};

}  // namespace

std::vector<PolicyMember> PolicyMembers(const YamlNode& policies) {
  std::vector<PolicyMember> members;
  if (!policies.IsMap()) return members;
  for (std::size_t i = 0; i + 1 < policies.children.size(); i += 2) {
    const YamlNode& name = *policies.children[i];
    const auto* urgency = name.IsText() ? ValueNamed(*v1::Urgency_descriptor(), name.text) : nullptr;
    if (urgency == nullptr) continue;
    members.push_back({name.text, static_cast<v1::Urgency>(urgency->number()), policies.children[i + 1]});
  }
  return members;
}

PlaceInFile FindInFile(const YamlNode& business, absl::string_view path) {
  absl::ConsumePrefix(&path, "business.");
  Walker walker(business);
  for (const absl::string_view text : absl::StrSplit(path, '.')) {
    if (!walker.Step(SegmentOf(text))) break;
  }
  return walker.Take();
}

}  // namespace afterhours::files
