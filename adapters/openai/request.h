#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "adapters/opinion.h"

namespace afterhours::openai {

// How much of a call is sent: the end of each.
inline constexpr std::size_t kSummaryBytesMax = 2'000;
inline constexpr std::size_t kTranscriptBytesMax = 12'000;

// The body of POST /chat/completions that asks `model` how urgent a call is.
// Source: OpenAI, "API reference: create chat completion"; kept to what other
// servers of that API know as well.
std::string RequestBody(absl::string_view model, const OpinionQuestion& question);

}  // namespace afterhours::openai
