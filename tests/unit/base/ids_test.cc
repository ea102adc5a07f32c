#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace afterhours {
namespace {

// The milliseconds in the first 48 bits.
std::int64_t MillisOf(const std::string& id) {
  std::int64_t millis = 0;
  EXPECT_TRUE(absl::SimpleHexAtoi(absl::StrCat(id.substr(0, 8), id.substr(9, 4)), &millis));
  return millis;
}

TEST(IdBounds, AreTheFirstAndTheLast_HoweverTheyAreWritten) {
  const std::string june = "01890000-0000-7000-8000-00000000000a", july = "018a0000-0000-7000-8000-000000000000";
  const std::string loud = "01890000-0000-7000-8000-00000000000B";
  EXPECT_EQ(IdBounds({june}), std::pair(june, june));
  EXPECT_EQ(IdBounds({july, loud, june}), std::pair(june, july));
  EXPECT_EQ(IdBounds({loud, june}), std::pair(june, absl::AsciiStrToLower(loud)));
}

TEST(NewId, IsAUuidOfVersion7) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId();
    ASSERT_TRUE(IsId(id)) << id;
    ASSERT_EQ(id[14], '7') << id;
    ASSERT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
  }
}

TEST(NewId, BeginsWithTheMillisecond) {
  const std::int64_t before = absl::ToUnixMillis(absl::Now());
  const std::int64_t millis = MillisOf(NewId());
  const std::int64_t after = absl::ToUnixMillis(absl::Now());
  EXPECT_LE(before, millis);
  EXPECT_LE(millis, after);
}

TEST(NewId, SortsByTheMillisecond) {
  const std::string first = NewId();
  std::string later = NewId();
  while (MillisOf(later) == MillisOf(first)) later = NewId();
  EXPECT_LT(first, later);
}

TEST(NewId, NeverComesTwiceOnAnyThread) {
  constexpr int kThreads = 4, kEach = 20000;
  std::vector<std::vector<std::string>> made(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : made) {
      threads.emplace_back([&ids] {
        for (int i = 0; i < kEach; ++i) ids.push_back(NewId());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kEach));
}

TEST(IsId, TakesAUuidInItsUsualFormOnly) {
  EXPECT_TRUE(IsId(kNilId));
  EXPECT_TRUE(IsId("0190A1B2-c3d4-7e5f-8a6b-0123456789AB"));
  for (const char* text : {"", "0190a1b2c3d47e5f8a6b0123456789ab", "{0190a1b2-c3d4-7e5f-8a6b-0123456789ab}",
                           "0190a1b2-c3d4-7e5f-8a6b-0123456789a", "0190a1b2-c3d4-7e5f-8a6b-0123456789abc",
                           "0190a1b2-c3d4-7e5f-8a6b-0123456789ag", "0190a1b2_c3d4_7e5f_8a6b_0123456789ab",
                           "0190a1b-2c3d4-7e5f-8a6b-0123456789ab", " 190a1b2-c3d4-7e5f-8a6b-0123456789ab"}) {
    EXPECT_FALSE(IsId(text)) << text;
  }
}

}  // namespace
}  // namespace afterhours
