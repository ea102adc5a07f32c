#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/http_message.h"

namespace afterhours::testing {

// The answer to a request; status 0 when there was none.
struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string headers;  // as received
  std::string body;

  nlohmann::json Json() const { return nlohmann::json::parse(body, nullptr, false); }
};

// Does one HTTP request over a connection of its own, and waits for the answer.
HttpAnswer Http(const std::string& method, const std::string& url, const HttpHeaders& headers = {},
                const std::string& body = "");

}  // namespace afterhours::testing
