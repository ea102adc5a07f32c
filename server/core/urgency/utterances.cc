#include "server/core/urgency/utterances.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace afterhours::core {
namespace {

constexpr absl::string_view kAgents[] = {"agent:", "assistant:", "bot:", "ai:"};
constexpr absl::string_view kCallers[] = {"user:", "caller:", "customer:", "human:"};
constexpr std::size_t kAnswerBytes = 60;        // of a turn, in which a yes or a no stands
constexpr std::size_t kConfirmationBytes = 40;  // "Is that right?" asks about all that was said before it

struct Turn {
  bool agent = false;
  absl::string_view text;
};

// How long the speaker's label at the start of `text` is; 0 without one.
std::size_t LabelLength(absl::string_view text, bool& agent) {
  for (const absl::string_view label : kAgents) {
    if (absl::StartsWithIgnoreCase(text, label)) return agent = true, label.size();
  }
  for (const absl::string_view label : kCallers) {
    if (absl::StartsWithIgnoreCase(text, label)) return agent = false, label.size();
  }
  return 0;
}

// Labels stand at the start of a line, or, as transcripts without lines have
// them, after a space and with a capital.
std::vector<Turn> Turns(absl::string_view transcript) {
  std::vector<Turn> turns;
  std::size_t begin = 0;
  bool agent = false;
  bool line_begins = true;
  const auto end_turn = [&](std::size_t end) {
    const absl::string_view text = absl::StripAsciiWhitespace(transcript.substr(begin, end - begin));
    if (!text.empty()) turns.push_back({agent, text});
  };
  for (std::size_t at = 0; at < transcript.size(); ++at) {
    const char c = transcript[at];
    if (c == '\n') {
      // A line without a label after one of the agent's is the caller's, in doubt.
      if (agent) {
        end_turn(at);
        begin = at + 1;
        agent = false;
      }
      line_begins = true;
      continue;
    }
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) continue;
    const bool word_begins = at == 0 || absl::ascii_isspace(static_cast<unsigned char>(transcript[at - 1]));
    if (line_begins || (word_begins && absl::ascii_isupper(static_cast<unsigned char>(c)))) {
      bool labels_agent = false;
      if (const std::size_t length = LabelLength(transcript.substr(at, 12), labels_agent); length > 0) {
        end_turn(at);
        agent = labels_agent;
        begin = at + length;
        at = begin - 1;
      }
    }
    line_begins = false;
  }
  end_turn(transcript.size());
  return turns;
}

// The question that a yes or a no answers: the last sentence with a question
// mark; with one that only asks to confirm, the whole turn.
absl::string_view Question(absl::string_view turn) {
  const std::size_t mark = turn.rfind('?');
  const absl::string_view asked = mark == absl::string_view::npos ? turn : turn.substr(0, mark + 1);
  const std::size_t before = asked.find_last_of(".!?", asked.size() < 2 ? 0 : asked.size() - 2);
  const absl::string_view last =
      before == absl::string_view::npos ? asked : absl::StripLeadingAsciiWhitespace(asked.substr(before + 1));
  const std::string lower = absl::AsciiStrToLower(last.substr(0, kConfirmationBytes));
  const bool confirms =
      last.size() < kConfirmationBytes && (absl::StrContains(lower, "right") || absl::StrContains(lower, "correct"));
  return confirms ? asked : last;
}

// What of it is asked: from the first of its clauses that begins with "is", "do"
// ...; empty when yes or no is no answer to it.
absl::string_view YesNoPart(absl::string_view question, const RuleBook& book) {
  bool begins = true;
  for (absl::string_view word : absl::StrSplit(question, ' ', absl::SkipEmpty())) {
    const std::string plain =
        absl::AsciiStrToLower(absl::StripSuffix(absl::StripSuffix(absl::StripSuffix(word, "?"), ","), "."));
    if (begins && book.IsQuestionWord(plain)) return question.substr(word.data() - question.data());
    begins = word.size() != plain.size() || plain == "and" || plain == "so" || plain == "but" || plain == "or" ||
             plain == "then" || plain == "okay" || plain == "ok" || plain == "also";
  }
  return "";
}

v1::Cue AnswerOf(absl::string_view turn, const RuleBook& book) {
  std::vector<Word> head;
  AppendWords(turn.substr(0, kAnswerBytes), book.small_words(), head);
  AppendBorder(head);
  for (const PhraseHit& hit : book.phrases().Find(head)) {
    const v1::Cue cue = book.meaning(hit.phrase).cue;
    if (hit.begin == 0 && (cue == v1::CUE_YES || cue == v1::CUE_NO)) return cue;
    if (hit.begin > 0) break;
  }
  return v1::CUE_UNSPECIFIED;
}

// The words of a caller's turn. What stands in brackets was heard, not said:
// "[breathing]".
void AppendSaid(absl::string_view turn, const SmallWords& small_words, std::vector<Word>& words) {
  while (!turn.empty()) {
    const std::size_t open = turn.find('[');
    AppendWords(turn.substr(0, open), small_words, words);
    const std::size_t close = open == absl::string_view::npos ? open : turn.find(']', open);
    if (open != absl::string_view::npos && close == absl::string_view::npos) {
      AppendWords(turn.substr(open), small_words, words);
      return;
    }
    turn.remove_prefix(open == absl::string_view::npos ? turn.size() : close + 1);
  }
}

}  // namespace

Heard Hear(const Call& call, const RuleBook& book) {
  Heard heard;
  std::vector<Word>& words = heard.words;
  AppendWords(call.summary, book.small_words(), words);
  AppendBorder(words);
  heard.summary_end = words.size();

  absl::string_view question;
  for (const Turn& turn : Turns(call.transcript)) {
    if (turn.agent) {
      question = Question(turn.text);
      continue;
    }
    heard.caller_spoke = true;
    const absl::string_view asked = YesNoPart(std::exchange(question, ""), book);
    const v1::Cue answer = asked.empty() ? v1::CUE_UNSPECIFIED : AnswerOf(turn.text, book);
    const bool answered = answer != v1::CUE_UNSPECIFIED;
    if (answered) {
      Answered added;
      added.begin = words.size();
      added.choice = absl::StrContains(asked, " or ");
      if (answer == v1::CUE_NO) words.push_back({"not", ""});
      AppendWords(asked, book.small_words(), words);
      AppendBorder(words);
      for (std::size_t i = added.begin; i < words.size(); ++i) {
        words[i].asked = true;
        words[i].denied = answer == v1::CUE_NO;
      }
      added.end = words.size();
      heard.answered.push_back(added);
    }
    AppendSaid(turn.text, book.small_words(), words);
    AppendBorder(words);
    if (answered) heard.answered.back().answer_end = words.size();
  }
  return heard;
}

}  // namespace afterhours::core
