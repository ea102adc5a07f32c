#include "adapters/twilio/twiml.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace afterhours::twilio {
namespace {

constexpr absl::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

// `text` for an element or for an attribute in double quotes.
std::string Escape(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
  // XML 1.0 has no way to write other control characters.
  for (char& c : escaped) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' && c != '\t') c = ' ';
  }
  return escaped;
}

}  // namespace

std::string MessageTwiml(absl::string_view text) {
  if (text.empty()) return absl::StrCat(kHead, "<Response/>");
  return absl::StrCat(kHead, "<Response><Message>", Escape(text), "</Message></Response>");
}

std::string GatherTwiml(absl::string_view text, absl::string_view action_url, int times) {
  const std::string gather = absl::StrCat("<Gather action=\"", Escape(action_url),
                                          "\" method=\"POST\" input=\"dtmf\" numDigits=\"1\" timeout=\"10\"><Say>",
                                          Escape(text), "</Say></Gather>");
  std::string twiml = absl::StrCat(kHead, "<Response>");
  for (int i = 0; i < times; ++i) twiml += gather;
  return absl::StrCat(twiml, "<Say>No key was pressed. Goodbye.</Say></Response>");
}

std::string GatherTwiml(absl::string_view text, absl::string_view action_url) {
  return GatherTwiml(text, action_url, 1);
}

std::string SayTwiml(absl::string_view text) {
  const std::string say = text.empty() ? "" : absl::StrCat("<Say>", Escape(text), "</Say>");
  return absl::StrCat(kHead, "<Response>", say, "<Hangup/></Response>");
}

}  // namespace afterhours::twilio
