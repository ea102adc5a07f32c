#include "server/core/page_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/text.h"
#include "server/core/names.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kBusinessBytesMax = 40;
constexpr std::size_t kSummaryBytesMax = 240;
constexpr std::size_t kSpokenBytesMax = 600;

// What the caller said, for a call without a summary (an agent writes it some
// seconds after the call has ended, and a page does not wait for it).
std::string CallersWords(absl::string_view transcript) {
  std::string words;
  for (absl::string_view line : absl::StrSplit(transcript, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWithIgnoreCase(line, "agent:")) continue;
    if (absl::StartsWithIgnoreCase(line, "user:")) line.remove_prefix(5);
    absl::StrAppend(&words, words.empty() ? "" : " ", absl::StripAsciiWhitespace(line));
  }
  return words;
}

std::string Text(const Snapshot& snapshot, const std::string& about, absl::string_view reply_code) {
  const std::string& number = snapshot.call.caller_number;
  const std::string times =
      snapshot.repeat_calls.empty() ? "" : absl::StrCat(", called ", snapshot.repeat_calls.size() + 1, " times");
  return absl::StrCat(Name(snapshot.dispatch.urgency), " - ", Shorten(snapshot.business.name, kBusinessBytesMax), ": ",
                      about, "\n", number.empty() ? "Caller withheld the number" : absl::StrCat("Caller ", number),
                      times, ".\nReply 1 to take it, 2 to pass. Code ", reply_code);
}

absl::string_view SpokenUrgency(v1::Urgency urgency) {
  if (urgency == v1::URGENCY_HIGH) return "This is an emergency.";
  return urgency == v1::URGENCY_MEDIUM ? "It is urgent." : "It is not urgent.";
}

}  // namespace

std::string SmsText(const Snapshot& snapshot, absl::string_view reply_code) {
  return Text(snapshot, Shorten(AboutCall(snapshot.call), kSummaryBytesMax), reply_code);
}

std::string RepeatText(const Snapshot& snapshot, const Call& again, absl::string_view reply_code) {
  return Text(snapshot, absl::StrCat("The caller called again. ", Shorten(AboutCall(again), kSummaryBytesMax)),
              reply_code);
}

std::string VoiceText(const Snapshot& snapshot) {
  const Call& call = snapshot.call;
  return absl::StrCat(
      "This is the dispatcher of ", Shorten(snapshot.business.name, kBusinessBytesMax), ". ",
      SpokenUrgency(snapshot.dispatch.urgency), " ", Shorten(AboutCall(call), kSpokenBytesMax), ". ",
      call.caller_number.empty() ? "The caller withheld the number"
                                 : absl::StrCat("The caller's number is ", SpokenNumber(call.caller_number)),
      snapshot.repeat_calls.empty() ? ""
                                    : absl::StrCat(". They have called ", snapshot.repeat_calls.size() + 1, " times"),
      ". Press 1 to accept, 2 to decline, 9 to hear it again.");
}

std::string SpokenNumber(absl::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c)))
      absl::StrAppend(&digits, digits.empty() ? "" : " ", std::string(1, c));
  }
  return digits;
}

std::string AboutCall(const Call& call) {
  if (!call.summary.empty()) return call.summary;
  const std::string words = CallersWords(call.transcript);
  return words.empty() ? "No summary; call the customer back." : absl::StrCat("\"", words, "\"");
}

std::string Shorten(absl::string_view text, std::size_t bytes_max) {
  constexpr absl::string_view kEllipsis = "...";
  std::string line(text);
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::StripAsciiWhitespace(&line);
  if (line.size() <= bytes_max) return line;
  return absl::StrCat(CutText(line, bytes_max - kEllipsis.size()), kEllipsis);
}

}  // namespace afterhours::core
