#include "adapters/twilio/twiml.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace afterhours::twilio {

std::string MessageTwiml(absl::string_view text) {
  constexpr absl::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  if (text.empty()) return absl::StrCat(kHead, "<Response/>");
  std::string escaped = absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
  // XML 1.0 has no way to write other control characters.
  for (char& c : escaped) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' && c != '\t') c = ' ';
  }
  return absl::StrCat(kHead, "<Response><Message>", escaped, "</Message></Response>");
}

}  // namespace afterhours::twilio
