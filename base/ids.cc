#include "base/ids.h"

#include <cstdint>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace afterhours {
namespace {

std::uint64_t RandomBits() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

}  // namespace

std::string NewId() {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(absl::Now()));
  const std::uint64_t high = (millis << 16) | 0x7000 | (RandomBits() & 0x0fff);
  const std::uint64_t low = (RandomBits() & 0x3fffffffffffffff) | 0x8000000000000000;
  const std::string hex = absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

bool IsId(absl::string_view text) {
  if (text.size() != kNilId.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = kNilId[i] == '-';
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

}  // namespace afterhours
