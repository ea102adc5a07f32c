#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/ids.h"
#include "base/phone.h"
#include "base/status.h"
#include "base/text.h"
#include "google/protobuf/timestamp.pb.h"

namespace afterhours::rpc {

// Names of people who change something.
inline constexpr std::size_t kNameBytesMax = 128;

// Collects what is wrong with a request.
class Violations {
 public:
  void Add(absl::string_view field, absl::string_view rule) {
    violations_.push_back({std::string(field), std::string(rule)});
  }

  void Text(absl::string_view field, const std::string& value, std::size_t bytes_max, bool required) {
    if (required && value.empty()) Add(field, "is required");
    if (value.size() > bytes_max) Add(field, absl::StrCat("is longer than ", bytes_max, " bytes"));
    if (!IsCleanText(value)) Add(field, "is not valid UTF-8, or has a NUL in it");
  }

  void Id(absl::string_view field, const std::string& value) {
    if (!IsId(value)) Add(field, "must be a UUID");
  }

  // Puts a number into E.164, where there is one.
  void Phone(absl::string_view field, const std::string& value, std::string* e164) {
    if (value.empty()) return;
    const std::optional<std::string> parsed = ToE164(value);
    if (parsed.has_value()) {
      *e164 = *parsed;
    } else {
      Add(field, absl::StrCat("\"", CutText(CleanText(value), 40), "\" is not a phone number"));
    }
  }

  absl::Status ToStatus() const { return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_); }

 private:
  std::vector<FieldViolation> violations_;
};

// A time of a request; unset when it is not given, or not one that can be kept.
std::optional<absl::Time> ReadTime(Violations& violations, absl::string_view field, bool given,
                                   const google::protobuf::Timestamp& time);

}  // namespace afterhours::rpc
