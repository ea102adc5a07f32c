#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::core {

// What a text message from a technician says.
struct Reply {
  enum class Kind {
    kAccept,
    kDecline,
    kProviderKeyword,  // STOP, START, HELP ...: the provider answers these itself
    kNotUnderstood,
  };
  Kind kind = Kind::kNotUnderstood;
  std::string code;  // the reply code that it names, upper case; empty: none
};

// Reads a reply: "1", "1 K7PD", "k7pd", "accept", "2", "2 K7PD", "decline".
// Case, quotes and punctuation around words do not matter. "yes" and "ok"
// accept too, though texts never ask for them: providers give such words
// meanings of their own. A bare code accepts: naming a page is an act.
Reply ParseReply(absl::string_view body);

// Whether the provider lifts an opt-out for it: START, UNSTOP, YES.
bool IsOptIn(absl::string_view body);

}  // namespace afterhours::core
