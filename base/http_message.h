#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace afterhours {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
using FormFields = std::vector<std::pair<std::string, std::string>>;

// A request as it came in: nothing is decoded.
struct HttpRequest {
  // The value of the first header `name` (any case), or "".
  absl::string_view Header(absl::string_view name) const;
  // The target up to the "?".
  absl::string_view Path() const;
  // The media type in lower case, without parameters: "application/json".
  std::string MediaType() const;

  std::string method;  // upper case: "POST"
  std::string target;  // path and query, raw: "/a%20b?c=d"
  HttpHeaders headers;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;  // empty: no header
  std::string body;
  HttpHeaders headers;  // values must not hold CR or LF; the server drops one that does
};

// Parses application/x-www-form-urlencoded. Order, repeats and empty values are
// kept, for signatures cover them. Errors: INVALID_ARGUMENT on a broken %-escape.
absl::StatusOr<FormFields> ParseForm(absl::string_view body);

// Encodes fields as application/x-www-form-urlencoded.
std::string EncodeForm(const FormFields& fields);

// The value of the first field `name`, or "".
absl::string_view FormValue(const FormFields& fields, absl::string_view name);

}  // namespace afterhours
