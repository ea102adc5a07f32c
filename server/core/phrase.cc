#include "server/core/phrase.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace afterhours::core {
namespace {

constexpr absl::string_view kGap = "...";
constexpr int kGapWords = 4;            // as docs/urgency.md says
constexpr std::size_t kPlacesMax = 10;  // with gaps and words of lists, fewer than 64 words
constexpr std::size_t kPrefixMin = 2;   // letters before a "*"

}  // namespace

std::optional<std::string> PhraseBook::AddList(const std::string& name, const std::vector<std::string>& words) {
  std::vector<std::string> single;
  std::vector<Sequence> sequences;
  for (const std::string& word : words) {
    std::vector<Element> elements;
    if (const auto fault = Compile(word, true, elements)) return absl::StrCat("<", name, ">: \"", word, "\": ", *fault);
    std::vector<Sequence> made = {{}};
    for (const Element& element : elements) {
      std::vector<Sequence> longer;
      for (const Sequence& begun : made) {
        for (const Sequence& rest : element.alternatives) {
          longer.push_back(begun);
          longer.back().insert(longer.back().end(), rest.begin(), rest.end());
        }
      }
      made = std::move(longer);
    }
    if (elements.size() == 1 && !absl::StrContains(word, "|") && made[0].size() == 1) {
      single.push_back(absl::AsciiStrToLower(word));
    } else {
      sequences.insert(sequences.end(), made.begin(), made.end());
    }
  }
  if (!single.empty()) {
    Element element;
    if (const auto fault = CompilePlace(absl::StrJoin(single, "|"), true, element)) return fault;
    sequences.insert(sequences.end(), element.alternatives.begin(), element.alternatives.end());
  }
  lists_[name] = std::move(sequences);
  return std::nullopt;
}

std::optional<std::string> PhraseBook::Add(absl::string_view phrase, int number) {
  Phrase added{number, {}};
  if (auto fault = Compile(phrase, false, added.elements)) return fault;
  const auto index = static_cast<std::uint32_t>(phrases_.size());
  for (const Sequence& sequence : added.elements[0].alternatives) {
    std::vector<std::uint32_t>& starts = starts_[sequence[0]];
    if (starts.empty() || starts.back() != index) starts.push_back(index);
  }
  phrases_.push_back(std::move(added));
  return std::nullopt;
}

std::optional<std::string> PhraseBook::Compile(absl::string_view phrase, bool in_list, std::vector<Element>& elements) {
  const std::string spaced = absl::StrReplaceAll(phrase, {{"…", " ... "}, {"...", " ... "}, {" | ", "|"}});
  bool gap = false;
  for (const absl::string_view place : absl::StrSplit(spaced, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    if (place == kGap) {
      if (elements.empty() || in_list) return "\"...\" stands between two words";
      gap = true;
      continue;
    }
    Element element;
    if (auto fault = CompilePlace(place, in_list, element)) return fault;
    if (element.alternatives.empty()) continue;  // small words
    element.after_gap = std::exchange(gap, false);
    elements.push_back(std::move(element));
  }
  if (gap) return "\"...\" stands between two words";
  if (elements.empty()) return "it has no word that counts: name one beside the likes of \"the\" and \"is\"";
  if (elements.size() > kPlacesMax) return absl::StrCat("it has more than ", kPlacesMax, " words: leave some out");
  return std::nullopt;
}

std::optional<std::string> PhraseBook::CompilePlace(absl::string_view place, bool in_list, Element& element) {
  std::vector<std::string> single;
  for (absl::string_view alternative : absl::StrSplit(place, '|')) {
    if (alternative.empty()) return "\"|\" stands between two words";
    if (absl::StartsWith(alternative, "<") && absl::EndsWith(alternative, ">") && !in_list) {
      const auto list = lists_.find(alternative.substr(1, alternative.size() - 2));
      if (list == lists_.end()) return absl::StrCat("there is no list ", alternative);
      element.alternatives.insert(element.alternatives.end(), list->second.begin(), list->second.end());
      continue;
    }
    const bool prefix = absl::ConsumeSuffix(&alternative, "*");
    if (absl::StrContains(alternative, "*")) return "\"*\" stands at the end of a word";
    std::vector<Word> words;
    AppendWords(alternative, small_words_, words);
    words.erase(std::remove_if(words.begin(), words.end(), [](const Word& word) { return word.text.empty(); }),
                words.end());
    if (prefix && (words.empty() || words.back().text.size() < kPrefixMin)) {
      return absl::StrCat("\"*\" stands after ", kPrefixMin, " letters at least");
    }
    if (words.empty()) continue;
    if (prefix) words.back().text.push_back('*');
    if (words.size() == 1) {
      single.push_back(words[0].text);
      continue;
    }
    Sequence sequence;
    for (const Word& word : words) sequence.push_back(ClassOf({word.text}));
    element.alternatives.push_back(std::move(sequence));
  }
  if (!single.empty()) element.alternatives.push_back({ClassOf(std::move(single))});
  return std::nullopt;
}

PhraseBook::ClassId PhraseBook::ClassOf(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  const auto [known, added] = class_ids_.try_emplace(absl::StrJoin(words, "|"), class_ids_.size());
  const ClassId id = known->second;
  if (!added) return id;
  for (std::string& word : words) {
    auto& table = word.back() == '*' ? prefixes_ : exact_;
    if (word.back() == '*') {
      word.pop_back();
      longest_prefix_ = std::max(longest_prefix_, word.size());
    }
    table[word].push_back(id);
  }
  return id;
}

PhraseBook::Classes PhraseBook::ClassesOf(const std::string& word) const {
  Classes classes;
  if (const auto found = exact_.find(word); found != exact_.end()) {
    classes.insert(classes.end(), found->second.begin(), found->second.end());
  }
  for (std::size_t length = kPrefixMin; length <= std::min(word.size(), longest_prefix_); ++length) {
    const auto found = prefixes_.find(absl::string_view(word).substr(0, length));
    if (found != prefixes_.end()) classes.insert(classes.end(), found->second.begin(), found->second.end());
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

std::vector<PhraseHit> PhraseBook::Find(const std::vector<Word>& words) const {
  // Each different word is looked up once. Borders have no class: nothing matches them.
  absl::flat_hash_map<absl::string_view, std::size_t> known;
  std::vector<Classes> classes;
  std::vector<std::size_t> which;
  which.reserve(words.size());
  for (const Word& word : words) {
    const auto [at, added] = known.try_emplace(word.text, classes.size());
    if (added) classes.push_back(ClassesOf(word.text));
    which.push_back(at->second);
  }
  std::vector<const Classes*> text;
  text.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) text.push_back(words[i].text.empty() ? nullptr : &classes[which[i]]);

  std::vector<PhraseHit> hits;
  std::vector<std::uint32_t> tried;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == nullptr) continue;
    tried.clear();
    for (const ClassId id : *text[at]) {
      const auto starts = starts_.find(id);
      if (starts == starts_.end()) continue;
      tried.insert(tried.end(), starts->second.begin(), starts->second.end());
    }
    std::sort(tried.begin(), tried.end());
    tried.erase(std::unique(tried.begin(), tried.end()), tried.end());
    for (const std::uint32_t index : tried) {
      PhraseHit hit;
      if (Match(phrases_[index], words, text, at, hit)) hits.push_back(hit);
    }
  }
  return hits;
}

bool PhraseBook::Match(const Phrase& phrase, const std::vector<Word>& words, const std::vector<const Classes*>& text,
                       std::size_t at, PhraseHit& hit) const {
  // Where the elements so far may have ended, the nearest first, and their words.
  using Ends = absl::InlinedVector<std::pair<std::size_t, std::uint64_t>, 8>;
  Ends ends = {{at, 0}};
  for (const Element& element : phrase.elements) {
    Ends next;
    for (const auto& [end, mask] : ends) {
      const std::size_t last = end + (element.after_gap ? kGapWords : 0);
      for (std::size_t begin = end; begin <= last && begin < text.size() && text[begin] != nullptr; ++begin) {
        if (begin > end && words[begin - 1].wall) break;
        for (const Sequence& sequence : element.alternatives) {
          std::uint64_t longer = mask;
          std::size_t i = 0;
          for (; i < sequence.size() && begin + i < text.size() && text[begin + i] != nullptr; ++i) {
            const Classes& classes = *text[begin + i];
            if (std::find(classes.begin(), classes.end(), sequence[i]) == classes.end()) break;
            if (begin + i - at < 64) longer |= std::uint64_t{1} << (begin + i - at);
          }
          if (i < sequence.size()) continue;
          const std::size_t reached = begin + i;
          const auto same = [reached](const auto& other) { return other.first == reached; };
          if (std::none_of(next.begin(), next.end(), same)) next.emplace_back(reached, longer);
        }
      }
    }
    if (next.empty()) return false;
    ends = std::move(next);
  }
  const auto shortest = std::min_element(ends.begin(), ends.end());
  hit = {phrase.number, at, shortest->first, shortest->second};
  return true;
}

}  // namespace afterhours::core
