#include "base/secret.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace afterhours {
namespace {

using testing::HasSubstr;

class ReadSecretTest : public testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    unsetenv("AFTERHOURS_TEST_SECRET");
    unsetenv("AFTERHOURS_TEST_SECRET_FILE");
    if (!path_.empty()) unlink(path_.c_str());
  }

  void PutFile(const std::string& content) {
    // Tests run beside each other.
    const std::string path = absl::StrCat(testing::TempDir(), "/afterhours_secret_test.", getpid());
    std::ofstream(path, std::ios::binary) << content;
    setenv("AFTERHOURS_TEST_SECRET_FILE", path.c_str(), 1);
    path_ = path;
  }

  static absl::StatusOr<std::string> Read() { return ReadSecret("AFTERHOURS_TEST_SECRET"); }

 private:
  std::string path_;
};

TEST_F(ReadSecretTest, IsEmptyWhenNothingIsSet) { EXPECT_EQ(Read().value(), ""); }

TEST_F(ReadSecretTest, ComesFromTheEnvironment) {
  setenv("AFTERHOURS_TEST_SECRET", " s3cret ", 1);
  EXPECT_EQ(Read().value(), " s3cret ");
}

TEST_F(ReadSecretTest, ComesFromAFileWithoutItsNewline) {
  PutFile(" s3cret\nline\r\n");
  EXPECT_EQ(Read().value(), " s3cret\nline");
  PutFile("");
  EXPECT_EQ(Read().value(), "");
}

TEST_F(ReadSecretTest, PrefersTheEnvironment) {
  PutFile("from the file");
  setenv("AFTERHOURS_TEST_SECRET", "from the environment", 1);
  EXPECT_EQ(Read().value(), "from the environment");
}

TEST_F(ReadSecretTest, FailsOnAFileThatCannotBeRead) {
  const std::string path = testing::TempDir() + "/no/such/file";
  setenv("AFTERHOURS_TEST_SECRET_FILE", path.c_str(), 1);
  ASSERT_FALSE(Read().ok());
  EXPECT_THAT(Read().status().message(), HasSubstr("AFTERHOURS_TEST_SECRET_FILE"));
  EXPECT_THAT(Read().status().message(), HasSubstr(path));
}

TEST_F(ReadSecretTest, FailsOnADirectory) {
  setenv("AFTERHOURS_TEST_SECRET_FILE", testing::TempDir().c_str(), 1);
  EXPECT_FALSE(Read().ok());
}

TEST(EqualInConstantTime, ComparesBytes) {
  EXPECT_TRUE(EqualInConstantTime("", ""));
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_TRUE(EqualInConstantTime(absl::string_view("a\0b", 3), absl::string_view("a\0b", 3)));
  for (const char* other : {"", "ab", "abcd", "abd", "bbc", "Abc"}) {
    EXPECT_FALSE(EqualInConstantTime("abc", other)) << other;
  }
  EXPECT_FALSE(EqualInConstantTime(absl::string_view("a\0b", 3), absl::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace afterhours
