#include "base/log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_split.h"

namespace afterhours {
namespace {

TEST(MaskPhones, KeepsHeadAndTailOnly) {
  EXPECT_EQ(MaskPhones("+19495558362"), "+1949***8362");
  EXPECT_EQ(MaskPhones("from +19495558362 to +442079460018."), "from +1949***8362 to +4420***0018.");
  EXPECT_EQ(MaskPhones("+19495558362+19495558362"), "+1949***8362+1949***8362");
  EXPECT_EQ(MaskPhones("++19495558362"), "++1949***8362");
}

TEST(MaskPhones, HidesSomethingOfEveryNumber) {
  for (std::size_t digits = 7; digits <= 15; ++digits) {
    const std::string number = "+" + std::string("123456789012345").substr(0, digits);
    const std::string masked = MaskPhones(number);
    EXPECT_NE(masked.find("***"), std::string::npos) << number;
    EXPECT_EQ(masked.substr(masked.size() - 4), number.substr(number.size() - 4));
    EXPECT_EQ(masked.find(number.substr(1)), std::string::npos) << number;
  }
}

TEST(MaskPhones, LeavesOtherTextAlone) {
  for (const char* text : {"", "+", "a+b", "+123456", "19495558362", "+1234567890123456", "0190a1b2-c3d4-7e5f"}) {
    EXPECT_EQ(MaskPhones(text), text);
  }
}

TEST(Log, WritesOneLineOfJson) {
  testing::internal::CaptureStderr();
  LogWarning("page refused", {{"to", "+19495558362"},
                              {"text", "a \"b\" \\ \n\t\x01"},
                              {"count", 3},
                              {"late", true},
                              {"seconds", 0.5},
                              {"error", absl::NotFoundError("no +19495558362")}});
  const std::string line = testing::internal::GetCapturedStderr();
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const nlohmann::json parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["severity"], "WARNING");
  EXPECT_EQ(parsed["message"], "page refused");
  EXPECT_EQ(parsed["to"], "+1949***8362");
  EXPECT_EQ(parsed["text"], "a \"b\" \\ \n\t\x01");
  EXPECT_EQ(parsed["count"], 3);
  EXPECT_EQ(parsed["late"], true);
  EXPECT_EQ(parsed["seconds"], 0.5);
  EXPECT_EQ(parsed["error"], "NOT_FOUND: no +1949***8362");
  EXPECT_TRUE(parsed.contains("time"));
  EXPECT_TRUE(parsed.contains("process"));
}

TEST(Log, OfAnyBytesIsJson) {
  testing::internal::CaptureStderr();
  LogInfo("body refused", {{"text", "bad \xff byte"}, {"seconds", std::nan("")}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST(Log, NeverTearsALine) {
  constexpr int kThreads = 4, kLines = 100;
  testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) LogInfo("a line", {{"text", std::string(500, 'x')}});
      });
    }
  }
  const std::string captured = testing::internal::GetCapturedStderr();
  const std::vector<std::string> lines = absl::StrSplit(captured, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kThreads * kLines));
  for (const std::string& line : lines) ASSERT_TRUE(nlohmann::json::accept(line)) << line;
}

}  // namespace
}  // namespace afterhours
