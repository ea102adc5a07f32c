#include "base/clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace afterhours {
namespace {

void PutOffset(const std::string& path, absl::Duration offset) {
  const std::int64_t micros = absl::ToInt64Microseconds(offset);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  if (!file.is_open()) file.open(path, std::ios::binary | std::ios::out);
  file.write(reinterpret_cast<const char*>(&micros), sizeof(micros));
}

TEST(Clock, IsTheSystemsAndLeavesStatementsToTheDatabase) {
  const Clock clock;
  const absl::Time before = absl::Now();
  const absl::Time now = clock.Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
  EXPECT_EQ(clock.StatementTime(), std::nullopt);
}

TEST(Clock, IsMovedByItsFile) {
  const std::string path = absl::StrCat(testing::TempDir(), "/afterhours_clock_test.", getpid());
  PutOffset(path, absl::ZeroDuration());
  const absl::StatusOr<Clock> clock = Clock::FromOffsetFile(path);
  ASSERT_TRUE(clock.ok()) << clock.status();
  for (const absl::Duration offset : {absl::ZeroDuration(), absl::Hours(8), -absl::Hours(24 * 365), absl::Minutes(1)}) {
    PutOffset(path, offset);
    const absl::Time before = absl::Now();
    const absl::Time now = clock->Now();
    const std::optional<absl::Time> statement = clock->StatementTime();
    const absl::Time after = absl::Now();
    EXPECT_LE(before + offset, now) << offset;
    EXPECT_LE(now, after + offset) << offset;
    ASSERT_TRUE(statement.has_value());
    EXPECT_LE(now, *statement);
    EXPECT_LE(*statement, after + offset);
  }
  unlink(path.c_str());
}

TEST(Clock, SaysWhichFileIsMissing) {
  const absl::StatusOr<Clock> clock = Clock::FromOffsetFile(testing::TempDir() + "/no/such/clock");
  ASSERT_TRUE(absl::IsNotFound(clock.status())) << clock.status();
  EXPECT_NE(clock.status().message().find("/no/such/clock"), absl::string_view::npos);
}

TEST(Clock, RefusesAFileThatIsTooShort) {
  const std::string path = absl::StrCat(testing::TempDir(), "/afterhours_clock_test.", getpid());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << "";
  EXPECT_FALSE(Clock::FromOffsetFile(path).ok());
  unlink(path.c_str());
}

}  // namespace
}  // namespace afterhours
