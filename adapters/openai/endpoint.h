#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace afterhours::openai {

// A service with OpenAI's API for chats, and what to ask for there.
struct Endpoint {
  std::string base_url;  // "https://api.example.com/v1", without a slash at the end
  std::string model;     // its name there
  std::string api_key;   // empty: none is needed
};

// Whether `base_url` names this machine: there plain HTTP will do.
bool IsLoopback(absl::string_view base_url);

// What is wrong with it, as "must be ..."; unset when nothing is.
std::optional<std::string> BaseUrlFault(absl::string_view base_url);
std::optional<std::string> ModelFault(absl::string_view model);
std::optional<std::string> ApiKeyFault(absl::string_view api_key);

}  // namespace afterhours::openai
