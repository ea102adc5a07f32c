#include "server/core/urgency/phrase.h"

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
constexpr std::size_t kPlacesMax = 10;  // with gaps and the words of lists, hardly 64
constexpr int kGapsMax = 3;             // with them, the time for a phrase stays small
constexpr std::size_t kPrefixMin = 2;   // letters before a "*"
constexpr std::size_t kPrefixMax = 63;

std::uint16_t FirstTwo(absl::string_view word) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(word[0]) << 8 | static_cast<unsigned char>(word[1]));
}

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
  for (Element& element : added.elements) element.begins = UnionOf(element.alternatives);
  const auto index = static_cast<std::uint32_t>(phrases_.size());
  for (const Sequence& sequence : added.elements[0].alternatives) {
    std::vector<std::uint32_t>& begun = classes_[sequence[0]].phrases;
    if (begun.empty() || begun.back() != index) begun.push_back(index);
  }
  phrases_.push_back(std::move(added));
  return std::nullopt;
}

std::optional<std::string> PhraseBook::Compile(absl::string_view phrase, bool in_list, std::vector<Element>& elements) {
  const std::string spaced = absl::StrReplaceAll(phrase, {{"…", " ... "}, {"...", " ... "}, {" | ", "|"}});
  bool gap = false;
  int gaps = 0;
  for (const absl::string_view place : absl::StrSplit(spaced, absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    if (place == kGap) {
      if (elements.empty() || in_list) return "\"...\" stands between two words";
      gap = true;
      if (++gaps > kGapsMax) return absl::StrCat("it has more than ", kGapsMax, " \"...\": leave one out");
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
    if (prefix && words.back().text.size() > kPrefixMax) return "the word before \"*\" is too long";
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
  bool added = false;
  const ClassId id = Number(absl::StrJoin(words, "|"), added);
  if (!added) return id;
  for (std::string& word : words) {
    auto& table = word.back() == '*' ? prefixes_ : exact_;
    if (word.back() == '*') {
      word.pop_back();
      prefix_lengths_[FirstTwo(word)] |= std::uint64_t{1} << std::min(word.size(), kPrefixMax);
    }
    table[word].push_back(id);
  }
  return id;
}

PhraseBook::ClassId PhraseBook::UnionOf(const std::vector<Sequence>& alternatives) {
  std::vector<ClassId> firsts;
  for (const Sequence& sequence : alternatives) firsts.push_back(sequence[0]);
  std::sort(firsts.begin(), firsts.end());
  firsts.erase(std::unique(firsts.begin(), firsts.end()), firsts.end());
  if (firsts.size() == 1) return firsts[0];
  bool added = false;
  const ClassId id = Number(absl::StrCat("<", absl::StrJoin(firsts, "|")), added);
  if (!added) return id;
  for (const ClassId first : firsts) classes_[first].unions.push_back(id);
  return id;
}

PhraseBook::ClassId PhraseBook::Number(const std::string& name, bool& added) {
  const auto [known, is_new] = class_ids_.try_emplace(name, classes_.size());
  if (is_new) classes_.emplace_back();
  added = is_new;
  return known->second;
}

bool PhraseBook::FindKinds(const std::string& word, Kinds& kinds) const {
  int taken = 0;
  const auto take = [&](const std::vector<ClassId>& ids) {
    kinds.classes.resize(classes_.size() / 64 + 1);
    for (const ClassId id : ids) {
      const Class& one = classes_[id];
      Put(id, kinds.classes);
      for (const ClassId whole : one.unions) Put(whole, kinds.classes);
      if (one.phrases.empty()) continue;
      kinds.phrases.insert(kinds.phrases.end(), one.phrases.begin(), one.phrases.end());
      ++taken;
    }
  };
  if (const auto found = exact_.find(word); found != exact_.end()) take(found->second);
  if (word.size() >= kPrefixMin) {
    const auto lengths = prefix_lengths_.find(FirstTwo(word));
    std::uint64_t left = lengths == prefix_lengths_.end() ? 0 : lengths->second;
    for (std::size_t length = 0; left != 0 && length <= word.size(); ++length, left >>= 1) {
      if ((left & 1) == 0) continue;
      const auto found = prefixes_.find(absl::string_view(word).substr(0, length));
      if (found != prefixes_.end()) take(found->second);
    }
  }
  if (taken > 1) {
    std::sort(kinds.phrases.begin(), kinds.phrases.end());
    kinds.phrases.erase(std::unique(kinds.phrases.begin(), kinds.phrases.end()), kinds.phrases.end());
  }
  return !kinds.classes.empty();
}

std::vector<PhraseHit> PhraseBook::Find(const std::vector<Word>& words) const {
  // Each different word is looked up once; the first stands for all that are nothing.
  absl::flat_hash_map<absl::string_view, std::size_t> known;
  known.reserve(words.size());
  std::vector<Kinds> different(1);
  different.reserve(words.size() + 1);
  different[0].classes.resize(classes_.size() / 64 + 1);
  Classes present = different[0].classes;
  std::vector<const Kinds*> kinds;
  kinds.reserve(words.size());
  for (const Word& word : words) {
    const auto [at, added] = known.try_emplace(word.text, 0);
    Kinds found;
    if (added && FindKinds(word.text, found)) {
      for (std::size_t i = 0; i < present.size(); ++i) present[i] |= found.classes[i];
      at->second = different.size();
      different.push_back(std::move(found));
    }
    kinds.push_back(word.text.empty() ? nullptr : &different[at->second]);
  }
  std::vector<PhraseHit> hits;
  for (std::size_t at = 0; at < kinds.size(); ++at) {
    if (kinds[at] == nullptr) continue;
    for (const std::uint32_t index : kinds[at]->phrases) {
      PhraseHit hit;
      // Most phrases lack some word in all of the text.
      if (!MayMatch(phrases_[index], present)) continue;
      if (Match(phrases_[index], words, kinds, at, hit)) hits.push_back(hit);
    }
  }
  return hits;
}

bool PhraseBook::MayMatch(const Phrase& phrase, const Classes& present) {
  return std::all_of(phrase.elements.begin(), phrase.elements.end(),
                     [&present](const Element& element) { return Has(present, element.begins); });
}

bool PhraseBook::Match(const Phrase& phrase, const std::vector<Word>& words, const std::vector<const Kinds*>& kinds,
                       std::size_t at, PhraseHit& hit) const {
  // Where the elements so far may have ended, counted from `at`, and their words.
  struct End {
    std::size_t length;
    std::uint64_t words;
  };
  absl::InlinedVector<End, 16> ends = {{0, 0}};
  absl::InlinedVector<End, 16> next;
  for (const Element& element : phrase.elements) {
    next.clear();
    std::uint64_t seen = 0;  // lengths that are in `next`
    for (const End& end : ends) {
      const std::size_t last = end.length + (element.after_gap ? kGapWords : 0);
      for (std::size_t begin = end.length; begin <= last; ++begin) {
        if (at + begin >= kinds.size() || kinds[at + begin] == nullptr) break;
        if (begin > end.length && words[at + begin - 1].wall) break;
        if (!Has(kinds[at + begin]->classes, element.begins)) continue;
        for (const Sequence& sequence : element.alternatives) {
          std::size_t length = begin;
          std::uint64_t longer = end.words;
          for (const ClassId id : sequence) {
            if (at + length >= kinds.size() || kinds[at + length] == nullptr || !Has(kinds[at + length]->classes, id))
              break;
            longer |= std::uint64_t{1} << (length % 64);
            ++length;
          }
          if (length - begin < sequence.size() || length >= 64 || ((seen >> length) & 1) != 0) continue;
          seen |= std::uint64_t{1} << length;
          next.push_back({length, longer});
        }
      }
    }
    if (next.empty()) return false;
    std::swap(ends, next);
  }
  const auto shortest =
      std::min_element(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.length < b.length; });
  hit = {phrase.number, at, at + shortest->length, shortest->words};
  return true;
}

}  // namespace afterhours::core
