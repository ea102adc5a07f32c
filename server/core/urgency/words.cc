#include "server/core/urgency/words.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace afterhours::core {
namespace {

// What Latin letters beyond ASCII become, from U+00C0 to U+017F. "." separates.
constexpr absl::string_view kLatin1[] = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // C0
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss",  // D0
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",   // E0
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y",   // F0
};
constexpr absl::string_view kLatinA =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuu"
    "uuww"
    "yyyzzzzzzs";
static_assert(kLatinA.size() == 0x180 - 0x100);

enum class Kind { kLetter, kApostrophe, kStop, kComma, kNothing, kSpace };

struct Character {
  Kind kind = Kind::kSpace;
  std::size_t length = 1;
  char folded[2] = {0, 0};  // of a letter of ASCII or Latin; else its own bytes count
};

Character At(absl::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const unsigned char c = byte(at);
  Character character;
  const auto fold = [&character](absl::string_view to) {
    character.kind = to.empty() ? Kind::kSpace : Kind::kLetter;
    for (std::size_t i = 0; i < to.size() && i < 2; ++i) character.folded[i] = to[i];
  };
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      character.kind = Kind::kLetter, character.folded[0] = static_cast<char>(c);
    } else if (c >= 'A' && c <= 'Z') {
      character.kind = Kind::kLetter, character.folded[0] = static_cast<char>(c - 'A' + 'a');
    } else if (c == '\'' || c == '`') {
      character.kind = Kind::kApostrophe;
    } else if (c == '.' || c == '!' || c == '?' || c == ';' || c == ':') {
      character.kind = Kind::kStop;
    } else if (c == ',' || c == '(' || c == ')' || c == '/') {
      character.kind = Kind::kComma;
    }
    return character;
  }
  character.length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (at + character.length > text.size()) character.length = text.size() - at;
  const std::uint32_t point = c >= 0xf0   ? 0x10000
                              : c >= 0xe0 ? ((c & 0x0fu) << 12) | ((byte(at + 1) & 0x3fu) << 6) | (byte(at + 2) & 0x3fu)
                                          : ((c & 0x1fu) << 6) | (byte(at + 1) & 0x3fu);
  if (point >= 0xc0 && point < 0x100) {
    fold(kLatin1[point - 0xc0]);
  } else if (point >= 0x100 && point < 0x180) {
    fold(point == 0x152 || point == 0x153 ? "oe" : kLatinA.substr(point - 0x100, 1));
  } else if (point == 0xb4 || point == 0x2bc || (point >= 0x2018 && point <= 0x201b)) {
    character.kind = Kind::kApostrophe;
  } else if (point >= 0x300 && point < 0x370) {
    character.kind = Kind::kNothing;  // an accent on its own
  } else if (point == 0x2013 || point == 0x2014) {
    character.kind = Kind::kComma;
  } else if (point == 0x3002 || point == 0xff1f || point == 0xff01) {
    character.kind = Kind::kStop;
  } else if (point < 0xc0 || (point >= 0x2000 && point < 0x2c00) || point >= 0x10000) {
    character.kind = Kind::kSpace;
  } else {
    character.kind = Kind::kLetter;  // of another script
  }
  return character;
}

// What stands for "not" when it is written without its apostrophe.
const absl::flat_hash_map<absl::string_view, absl::string_view>& Joined() {
  static const auto& joined = *new absl::flat_hash_map<absl::string_view, absl::string_view>{
      {"isnt", "is"},       {"arent", "are"},     {"wasnt", "was"},       {"werent", "were"}, {"dont", "do"},
      {"doesnt", "does"},   {"didnt", "did"},     {"hasnt", "has"},       {"havent", "have"}, {"hadnt", "had"},
      {"wouldnt", "would"}, {"couldnt", "could"}, {"shouldnt", "should"}, {"cant", "can"},    {"cannot", "can"},
      {"wont", "will"},     {"aint", "is"}};
  return joined;
}

const absl::flat_hash_map<absl::string_view, int>& Numbers() {
  static const auto& numbers = *new absl::flat_hash_map<absl::string_view, int>{
      {"zero", 0},      {"one", 1},       {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},
      {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},
      {"twelve", 12},   {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17},
      {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},
      {"sixty", 60},    {"seventy", 70},  {"eighty", 80},   {"ninety", 90}};
  return numbers;
}

// Takes words as they are spoken and keeps what counts.
class Taker {
 public:
  Taker(const SmallWords& small_words, std::vector<Word>& words) : small_words_(small_words), words_(words) {}

  void Take(std::string text, absl::string_view said) {
    if (text.empty()) return;
    const int tens = std::exchange(tens_, 0);
    if (small_words_.fillers.contains(text)) return;
    if (small_words_.small.contains(text)) return EndNo();
    if (comma_ || small_words_.pronouns.contains(text)) EndNo();
    if (const auto number = Numbers().find(text); number != Numbers().end()) {
      tens_ = tens;
      return TakeNumber(number->second, said);
    }
    const bool wall = small_words_.walls.contains(text);
    words_.push_back({std::move(text), said, comma_, wall});
    comma_ = false;
  }
  // "fifty five" is one number.
  void TakeNumber(int number, absl::string_view said) {
    const bool joins = number < 10 && number > 0 && tens_ > 0 && !comma_ && !words_.empty();
    if (joins) {
      words_.back().text = absl::StrCat(tens_ + number);
      tens_ = 0;
      return;
    }
    words_.push_back({absl::StrCat(number), said, comma_});
    comma_ = false;
    tens_ = number >= 20 ? number : 0;
  }
  void Comma() { comma_ = true; }
  void Stop() {
    AppendBorder(words_);
    comma_ = false;
  }
  void EndNo() {
    if (!words_.empty() && words_.back().text == "no") words_.back().text = "nope";
  }

 private:
  const SmallWords& small_words_;
  std::vector<Word>& words_;
  bool comma_ = false;
  int tens_ = 0;  // the word before was "twenty", "thirty" ...
};

// `text` is folded, with "'" where the apostrophes stood.
void TakeSpoken(absl::string_view text, absl::string_view said, Taker& taker) {
  const std::size_t apostrophe = text.find('\'');
  if (apostrophe == absl::string_view::npos) {
    const auto joined = Joined().find(text);
    if (joined == Joined().end()) return taker.Take(std::string(text), said);
    taker.Take(std::string(joined->second), said);
    return taker.Take("not", said);
  }
  const absl::string_view head = text.substr(0, apostrophe);
  const absl::string_view tail = text.substr(apostrophe + 1);
  if (tail == "t" && head.size() > 2 && head.back() == 'n') {
    const auto joined = Joined().find(std::string(head) + "t");
    taker.Take(std::string(joined != Joined().end() ? joined->second : head.substr(0, head.size() - 1)), said);
    return taker.Take("not", said);
  }
  const absl::string_view whole = tail == "re"   ? "are"
                                  : tail == "ve" ? "have"
                                  : tail == "ll" ? "will"
                                  : tail == "d"  ? "would"
                                  : tail == "m"  ? "am"
                                                 : "";
  taker.Take(std::string(head), said);
  if (tail == "s" || tail.empty()) return;  // "the pipe's burst", "the neighbors' flat"
  if (!whole.empty()) return taker.Take(std::string(whole), said);
  TakeSpoken(tail, said, taker);  // "l'eau"
}

}  // namespace

void AppendBorder(std::vector<Word>& words) {
  if (words.empty() || words.back().text.empty()) return;
  if (words.back().text == "no") words.back().text = "nope";
  words.emplace_back();
}

void AppendWords(absl::string_view text, const SmallWords& small_words, std::vector<Word>& words) {
  Taker taker(small_words, words);
  std::string folded;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const Character character = at < text.size() ? At(text, at) : Character();
    if (character.kind == Kind::kLetter) {
      if (folded.empty()) begin = at;
      if (character.folded[0] == 0) {
        folded.append(text.data() + at, character.length);
      } else {
        folded.append(character.folded, character.folded[1] == 0 ? 1 : 2);
      }
    } else if (character.kind == Kind::kApostrophe && !folded.empty()) {
      folded.push_back('\'');
    } else if (character.kind != Kind::kNothing) {
      std::size_t end = at;
      const bool spoken = !folded.empty();
      if (spoken) TakeSpoken(folded, text.substr(begin, end - begin), taker);
      folded.clear();
      if (character.kind == Kind::kComma) taker.Comma();
      if (at < text.size() && text[at] == '-' && (!spoken || at + 1 == text.size() || text[at + 1] == ' '))
        taker.Comma();
      if (character.kind == Kind::kStop) {
        std::size_t after = at + 1;
        while (after < text.size() && text[after] == '.') ++after;
        const bool ellipsis = text[at] == '.' && after > at + 1;
        const bool inside = text[at] == '.' && after < text.size() && At(text, after).kind == Kind::kLetter;
        if (!ellipsis && !inside) taker.Stop();
        at = after;
        continue;
      }
    }
    at += character.length;
  }
}

}  // namespace afterhours::core
