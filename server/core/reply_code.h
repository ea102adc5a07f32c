#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::core {

// The short code by which a text, a reply and a look-up name a page: a
// consonant, then three letters or digits that cannot be misread. Derived from
// the random part of the page's id, so a code needs no table; two open pages of
// one technician share one by chance only (1 in 148,000), and then a reply that
// names it is asked to be clearer.
std::string ReplyCodeOf(absl::string_view page_id);

// Whether `word` (upper case) has the form of a code.
bool IsReplyCode(absl::string_view word);

}  // namespace afterhours::core
