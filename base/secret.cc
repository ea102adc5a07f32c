#include "base/secret.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace afterhours {

absl::StatusOr<std::string> ReadSecret(absl::string_view name) {
  if (const char* value = std::getenv(std::string(name).c_str())) return std::string(value);
  const std::string file_variable = absl::StrCat(name, "_FILE");
  const char* path = std::getenv(file_variable.c_str());
  if (path == nullptr) return std::string();
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  if (!file || std::filesystem::is_directory(path))
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ", which ", file_variable, " names"));
  return std::string(absl::StripTrailingAsciiWhitespace(content.str()));
}

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  // The volatile read keeps the compiler from leaving the loop early.
  const volatile unsigned char result = difference;
  return result == 0;
}

}  // namespace afterhours
