#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "server/core/urgency/words.h"

namespace afterhours::core {

// Where a phrase was found: at words[begin] to words[end - 1]. Bit i of `words`
// is set when words[begin + i] is one of the phrase's own, not of its gaps.
struct PhraseHit {
  int phrase = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t words = 0;
};

// Whether words[word] is one of the phrase's own.
inline bool Holds(const PhraseHit& hit, std::size_t word) {
  return word >= hit.begin && word < hit.end && word - hit.begin < 64 && ((hit.words >> (word - hit.begin)) & 1) != 0;
}

// Phrases, compiled to be found in one pass over the words of a call. Their
// language is described in docs/urgency.md. Not thread safe while it is filled.
class PhraseBook {
 public:
  // `small_words` must outlive it.
  explicit PhraseBook(const SmallWords& small_words) : small_words_(small_words) {}

  // From here on, "<name>" in a phrase stands for any of `words`. Returns what is
  // wrong with one of them.
  std::optional<std::string> AddList(const std::string& name, const std::vector<std::string>& words);
  // Adds a phrase; its hits carry `number`. Returns why it cannot be used, and
  // then leaves it out.
  std::optional<std::string> Add(absl::string_view phrase, int number);

  // Every place where a phrase begins, with its shortest form there, in the order
  // of the words. No phrase reaches over the border of a sentence. Linear in
  // `words`.
  std::vector<PhraseHit> Find(const std::vector<Word>& words) const;

 private:
  using ClassId = std::uint32_t;  // a set of words, of which any may stand in a place
  using Sequence = absl::InlinedVector<ClassId, 2>;
  struct Element {
    std::vector<Sequence> alternatives;
    ClassId begins = 0;  // of the words with which one of them begins
    bool after_gap = false;
  };
  struct Phrase {
    int number = 0;
    std::vector<Element> elements;
  };
  // Classes, one bit each.
  using Classes = std::vector<std::uint64_t>;
  static void Put(ClassId id, Classes& classes) { classes[id / 64] |= std::uint64_t{1} << (id % 64); }
  static bool Has(const Classes& classes, ClassId id) { return ((classes[id / 64] >> (id % 64)) & 1) != 0; }
  // What a word can be: which classes hold it, and which phrases may begin with it.
  struct Kinds {
    Classes classes;
    std::vector<std::uint32_t> phrases;
  };
  // What follows from a class.
  struct Class {
    std::vector<ClassId> unions;         // that it is part of
    std::vector<std::uint32_t> phrases;  // that may begin with it
  };

  std::optional<std::string> Compile(absl::string_view phrase, bool in_list, std::vector<Element>& elements);
  std::optional<std::string> CompilePlace(absl::string_view place, bool in_list, Element& element);
  ClassId ClassOf(std::vector<std::string> words);
  ClassId UnionOf(const std::vector<Sequence>& alternatives);
  // The number of the class with this name, which is new when `added`.
  ClassId Number(const std::string& name, bool& added);
  // False when it is nothing, as most words are; `kinds` is empty then.
  bool FindKinds(const std::string& word, Kinds& kinds) const;
  // Whether each of its places finds a word among those whose classes are `present`.
  static bool MayMatch(const Phrase& phrase, const Classes& present);
  // `kinds` has those of each of `words`; nullptr: a border.
  bool Match(const Phrase& phrase, const std::vector<Word>& words, const std::vector<const Kinds*>& kinds,
             std::size_t at, PhraseHit& hit) const;

  const SmallWords& small_words_;
  absl::flat_hash_map<std::string, std::vector<Sequence>> lists_;
  absl::flat_hash_map<std::string, ClassId> class_ids_;  // by their words, joined; unions by their classes
  std::vector<Class> classes_;                           // by their ids
  absl::flat_hash_map<std::string, std::vector<ClassId>> exact_;
  absl::flat_hash_map<std::string, std::vector<ClassId>> prefixes_;
  // How long the prefixes are that begin with these two letters: bit i for length i.
  absl::flat_hash_map<std::uint16_t, std::uint64_t> prefix_lengths_;
  std::vector<Phrase> phrases_;
};

}  // namespace afterhours::core
