#include "base/ids.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <utility>

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

// 48 bits of milliseconds and a count of 12 bits, always growing: RFC 9562,
// section 6.2, method 1. A count that overflows borrows from the next millisecond.
std::uint64_t NextTick() {
  static std::atomic<std::uint64_t> last = 0;
  const auto now = static_cast<std::uint64_t>(absl::ToUnixMillis(absl::Now())) << 12;
  std::uint64_t before = last.load(std::memory_order_relaxed), next = 0;
  do {
    next = std::max(now, before + 1);
  } while (!last.compare_exchange_weak(before, next, std::memory_order_relaxed));
  return next;
}

}  // namespace

std::string NewId() {
  const std::uint64_t tick = NextTick();
  const std::uint64_t high = ((tick >> 12) << 16) | 0x7000 | (tick & 0x0fff);
  const std::uint64_t low = (RandomBits() & 0x3fffffffffffffff) | 0x8000000000000000;
  const std::string hex = absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

std::pair<std::string, std::string> IdBounds(const std::vector<std::string>& ids) {
  std::pair<std::string, std::string> bounds(absl::AsciiStrToLower(ids.at(0)), "");
  for (const std::string& id : ids) {
    std::string lower = absl::AsciiStrToLower(id);
    if (lower < bounds.first) bounds.first = lower;
    if (lower > bounds.second) bounds.second = std::move(lower);
  }
  return bounds;
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
