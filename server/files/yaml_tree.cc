#include "server/files/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace afterhours::files {
namespace {

// Makes nodes of what the parser meets. Its limits are exceptions, for that is
// how a parser of yaml-cpp is stopped.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++document_count_ > 1) Stop(mark, "a second document begins here; put everything into one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Add(YamlNode::Kind::kNull, mark, anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    Add(YamlNode::Kind::kText, mark, anchor).text = value;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode* node = anchor < anchors_.size() ? anchors_[anchor] : nullptr;
    if (node == nullptr) Stop(mark, "an alias of nothing");
    if (std::count(open_.begin(), open_.end(), node) > 0) Stop(mark, "an alias within what it stands for");
    Attach(node, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { Close(); }

  YamlTree Take() {
    if (tree_.empty()) tree_.emplace_back();
    return std::move(tree_);
  }

 private:
  [[noreturn]] static void Stop(const YAML::Mark& mark, const std::string& why) {
    throw YAML::ParserException(mark, why);
  }

  YamlNode& Add(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode& node = tree_.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (anchor != 0) {
      anchors_.resize(std::max<std::size_t>(anchors_.size(), anchor + 1));
      anchors_[anchor] = &node;
    }
    const bool container = kind == YamlNode::Kind::kList || kind == YamlNode::Kind::kMap;
    if (!container) Attach(&node, mark);
    return node;
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kYamlDepthMax) Stop(mark, absl::StrCat("nested more than ", kYamlDepthMax, " levels deep"));
    YamlNode& node = Add(kind, mark, anchor);
    open_.push_back(&node);
  }

  void Close() {
    YamlNode* node = open_.back();
    open_.pop_back();
    YAML::Mark mark;
    mark.line = node->line - 1;
    mark.column = node->column - 1;
    Attach(node, mark);
  }

  // The node is complete, and so is its size.
  void Attach(YamlNode* node, const YAML::Mark& mark) {
    if (open_.empty()) return;
    open_.back()->children.push_back(node);
    open_.back()->size += node->size;
    if (open_.back()->size > kYamlNodesMax || tree_.size() > kYamlNodesMax) {
      Stop(mark, absl::StrCat("more than ", kYamlNodesMax, " values, with all aliases written out"));
    }
  }

  YamlTree tree_;
  std::vector<YamlNode*> anchors_;  // by number, from 1
  std::vector<YamlNode*> open_;     // lists and maps that have not ended, the outermost first
  int document_count_ = 0;
};

}  // namespace

const YamlNode* YamlNode::Member(absl::string_view name) const {
  if (!IsMap()) return nullptr;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i]->IsText() && children[i]->text == name)
      return children[i + 1]->IsNull() ? nullptr : children[i + 1];
  }
  return nullptr;
}

absl::StatusOr<YamlTree> ParseYaml(const std::string& yaml) {
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    TreeBuilder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.Take();
  } catch (const YAML::Exception& error) {
    const std::string place =
        error.mark.is_null() ? ""
                             : absl::StrCat("line ", error.mark.line + 1, ", column ", error.mark.column + 1, ": ");
    return absl::InvalidArgumentError(place + CutText(CleanText(error.msg), 200));
  }
}

}  // namespace afterhours::files
