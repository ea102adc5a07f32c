#include "server/core/urgency/phrase.h"

#include <gmock/gmock.h>

#include "server/core/urgency/urgency.h"

namespace afterhours::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

const SmallWords& Small() {
  static const auto& small = *new SmallWords{{"the", "is", "it"}, {"um"}, {"but"}, {"i"}};
  return small;
}

bool Says(absl::string_view text, absl::string_view phrase) {
  PhraseBook book(Small());
  EXPECT_EQ(book.Add(phrase, 0), std::nullopt) << phrase;
  std::vector<Word> words;
  AppendWords(text, Small(), words);
  AppendBorder(words);
  return !book.Find(words).empty();
}

std::vector<std::string> WordsOf(absl::string_view text) {
  std::vector<Word> words;
  AppendWords(text, Small(), words);
  AppendBorder(words);
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return texts;
}

TEST(Words, FoldCaseAccentsAndContractions) {
  EXPECT_THAT(WordsOf("ÉTÉ Łódź straße"), ElementsAre("ete", "lodz", "strasse", ""));
  EXPECT_EQ(WordsOf("isn't working"), WordsOf("isnt working"));
  EXPECT_EQ(WordsOf("isn’t working"), WordsOf("is not working"));
  EXPECT_EQ(WordsOf("can't cannot"), WordsOf("can not can not"));
  EXPECT_THAT(WordsOf("the pipe's burst"), ElementsAre("pipe", "burst", ""));
  EXPECT_THAT(WordsOf("shut-off, shut off"), ElementsAre("shut", "off", "shut", "off", ""));
  EXPECT_THAT(WordsOf("fifty-five or twenty"), ElementsAre("55", "or", "20", ""));
  EXPECT_THAT(WordsOf("a\xcc\x81gua"), ElementsAre("agua", "")) << "an accent on its own";
  EXPECT_THAT(WordsOf("ok. 3.5 degrees... hot"), ElementsAre("ok", "", "3", "5", "degrees", "hot", ""));
}

TEST(Words, ANoThatStandsAloneIsAnAnswer) {
  EXPECT_THAT(WordsOf("no heat"), ElementsAre("no", "heat", ""));
  EXPECT_THAT(WordsOf("no um heat"), ElementsAre("no", "heat", ""));
  EXPECT_THAT(WordsOf("no, heat"), ElementsAre("nope", "heat", ""));
  EXPECT_THAT(WordsOf("no it is hot"), ElementsAre("nope", "hot", ""));
  EXPECT_THAT(WordsOf("no i do"), ElementsAre("nope", "i", "do", ""));
}

TEST(Phrase, IsWordsInTheirOrder) {
  EXPECT_TRUE(Says("My PILOT, light!", "pilot light"));
  EXPECT_TRUE(Says("the pilot is the light", "pilot light")) << "small words do not count";
  EXPECT_FALSE(Says("light the pilot", "pilot light"));
  EXPECT_FALSE(Says("pilots light", "pilot light"));
  EXPECT_FALSE(Says("The pilot. Light it", "pilot light")) << "not across sentences";
}

TEST(Phrase, StarIsTheRestOfAWord) {
  for (const char* text : {"leak", "leaks", "leaking"}) EXPECT_TRUE(Says(text, "leak*")) << text;
  EXPECT_FALSE(Says("bleak", "leak*"));
}

TEST(Phrase, BarIsEither) {
  EXPECT_TRUE(Says("pipe broke", "pipe|hose burst|broke"));
  EXPECT_TRUE(Says("hose burst", "pipe|hose burst|broke"));
  EXPECT_FALSE(Says("tap burst", "pipe|hose burst|broke"));
  EXPECT_TRUE(Says("it came down", "fell|came-down")) << "a hyphen joins words";
}

TEST(Phrase, DotsAreAFewWords) {
  EXPECT_TRUE(Says("water ceiling", "water ... ceiling"));
  EXPECT_TRUE(Says("water coming down through our ceiling", "water ... ceiling"));
  EXPECT_FALSE(Says("water one two three four five ceiling", "water ... ceiling"));
  EXPECT_FALSE(Says("no smoke but water", "no ... water"));
  EXPECT_TRUE(Says("a b b c", "a ... b c")) << "the first b is not the one";
}

TEST(Phrase, FaultsSayWhatToDo) {
  for (const char* good : {"pilot light", "leak*", "a|b", "walk-in ... warm|thaw*", "isn't cold", "Kühlung … aus"}) {
    EXPECT_EQ(PhraseFault(good), std::nullopt) << good;
  }
  EXPECT_THAT(PhraseFault(""), Optional(HasSubstr("no word that counts")));
  EXPECT_THAT(PhraseFault("the is"), Optional(HasSubstr("no word that counts")));
  EXPECT_THAT(PhraseFault("..."), Optional(HasSubstr("between two words")));
  EXPECT_THAT(PhraseFault("gas ..."), Optional(HasSubstr("between two words")));
  EXPECT_THAT(PhraseFault("gas|"), Optional(HasSubstr("between two words")));
  EXPECT_THAT(PhraseFault("*"), Optional(HasSubstr("letters at least")));
  EXPECT_THAT(PhraseFault("l*k"), Optional(HasSubstr("end of a word")));
  EXPECT_THAT(PhraseFault("a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1"), Optional(HasSubstr("more than")));
  EXPECT_THAT(PhraseFault("a1 ... b1 ... c1 ... d1 ... e1"), Optional(HasSubstr("more than 3")));
  EXPECT_THAT(PhraseFault("<water> burst"), Optional(HasSubstr("no list")));
}

}  // namespace
}  // namespace afterhours::core
