#include "adapters/bridge/journal.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/status.h"

namespace afterhours::bridge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    char folder[] = "/tmp/afterhours-journal-XXXXXX";
    folder_ = mkdtemp(folder);
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name = "journal.db") const { return (folder_ / name).string(); }

  static std::unique_ptr<Journal> Open(Journal::Options options) {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(std::move(options));
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }
  std::unique_ptr<Journal> Open() const { return Open({.path = Path()}); }

  static std::vector<std::string> Payloads(Journal& journal, int entries_max = 100) {
    const std::vector<JournalEntry> entries = journal.Head(JournalKind::kAck, entries_max).value();
    std::vector<std::string> payloads;
    for (const JournalEntry& entry : entries) payloads.push_back(entry.payload);
    return payloads;
  }

  // One value of the file, read by another connection.
  std::string Query(const std::string& sql) const {
    sqlite3* connection = nullptr;
    sqlite3_open(Path().c_str(), &connection);
    std::string value = "no row";
    const auto read = [](void* out, int, char** columns, char**) {
      *static_cast<std::string*>(out) = columns[0] == nullptr ? "NULL" : columns[0];
      return 0;
    };
    sqlite3_exec(connection, sql.c_str(), read, &value, nullptr);
    sqlite3_close(connection);
    return value;
  }

  std::filesystem::path folder_;
};

TEST_F(JournalTest, KeepsTheOrderOfArrival) {
  const auto journal = Open();
  EXPECT_TRUE(journal->empty(JournalKind::kAck));
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "first", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", std::string("a\0b\xff", 4), kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "", kNow - absl::Hours(1)).ok());
  const std::vector<JournalEntry> entries = journal->Head(JournalKind::kAck, 10).value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].payload, "first");
  EXPECT_EQ(entries[0].kind, JournalKind::kAck);
  EXPECT_EQ(entries[0].time, kNow);
  EXPECT_EQ(entries[1].payload, std::string("a\0b\xff", 4));
  EXPECT_EQ(entries[2].payload, "");
  EXPECT_LT(entries[0].sequence, entries[1].sequence);
  EXPECT_LT(entries[1].sequence, entries[2].sequence);
  EXPECT_THAT(Payloads(*journal, 1), ElementsAre("first"));
}

TEST_F(JournalTest, KeepsALineForEachKind) {
  auto journal = Open();
  ASSERT_TRUE(journal->Append(JournalKind::kDelivery, "key", "receipt", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "reply", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kDispatch, "key", "call", kNow).ok());
  EXPECT_EQ(journal->Head(JournalKind::kDispatch, 10).value()[0].payload, "call");
  const std::int64_t last = journal->Head(JournalKind::kDispatch, 10).value()[0].sequence;
  ASSERT_TRUE(journal->RemoveThrough(JournalKind::kAck, last).ok());
  journal = nullptr;
  journal = Open();
  EXPECT_TRUE(journal->empty(JournalKind::kAck));
  EXPECT_EQ(journal->stats().entries_of(JournalKind::kDispatch), 1);
  EXPECT_EQ(journal->stats().entries_of(JournalKind::kDelivery), 1);
  EXPECT_EQ(journal->stats().entries(), 2);
  EXPECT_EQ(journal->stats().payload_bytes, 11);
}

TEST_F(JournalTest, KnowsWhoseRequestsWait) {
  auto journal = Open();
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "ana", "1", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "ana", "2", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "bo", "1", kNow).ok());
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_TRUE(journal->HasWaiting(JournalKind::kAck, "ana"));
    EXPECT_FALSE(journal->HasWaiting(JournalKind::kDispatch, "ana"));
    EXPECT_FALSE(journal->HasWaiting(JournalKind::kAck, "eve"));
    journal = nullptr;
    journal = Open();
  }
  ASSERT_TRUE(journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 1).value()[0].sequence).ok());
  EXPECT_TRUE(journal->HasWaiting(JournalKind::kAck, "ana"));
  const JournalEntry second = journal->Head(JournalKind::kAck, 1).value()[0];
  EXPECT_EQ(second.key, "ana");
  ASSERT_TRUE(journal->Refuse(second, absl::NotFoundError(""), kNow).ok());
  EXPECT_FALSE(journal->HasWaiting(JournalKind::kAck, "ana"));
  EXPECT_TRUE(journal->HasWaiting(JournalKind::kAck, "bo"));
}

TEST_F(JournalTest, RemovesFromTheFront) {
  const auto journal = Open();
  for (const char* payload : {"a", "bb", "ccc"}) {
    ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", payload, kNow).ok());
  }
  ASSERT_TRUE(
      journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 2).value().back().sequence).ok());
  EXPECT_THAT(Payloads(*journal), ElementsAre("ccc"));
  EXPECT_EQ(journal->stats().entries(), 1);
  EXPECT_EQ(journal->stats().payload_bytes, 3);
  ASSERT_TRUE(
      journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 1).value().back().sequence).ok());
  EXPECT_TRUE(journal->empty(JournalKind::kAck));
  EXPECT_EQ(journal->stats().payload_bytes, 0);
}

TEST_F(JournalTest, KnowsHowLongTheFirstHasWaited) {
  const auto journal = Open();
  EXPECT_EQ(journal->stats().oldest_time, std::nullopt);
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "a", kNow).ok());
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "b", kNow + absl::Seconds(1)).ok());
  EXPECT_EQ(journal->stats().oldest_time, kNow);
  ASSERT_TRUE(journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 1).value()[0].sequence).ok());
  EXPECT_EQ(journal->stats().oldest_time, kNow + absl::Seconds(1));
}

TEST_F(JournalTest, SurvivesACloseAndReopen) {
  ASSERT_TRUE(Open()->Append(JournalKind::kAck, "key", "first", kNow).ok());
  ASSERT_TRUE(Open()->Append(JournalKind::kAck, "key", "second", kNow).ok());
  const auto journal = Open();
  EXPECT_THAT(Payloads(*journal), ElementsAre("first", "second"));
  EXPECT_EQ(journal->stats().entries(), 2);
  EXPECT_EQ(journal->stats().payload_bytes, 11);
  EXPECT_EQ(journal->stats().oldest_time, kNow);
}

TEST_F(JournalTest, SurvivesAKill) {
  const auto journal = Open();
  for (const char* payload : {"a", "b", "c"}) {
    ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", payload, kNow).ok());
  }
  ASSERT_TRUE(journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 1).value()[0].sequence).ok());
  // What is on disk while the process is still at work.
  for (const char* end : {"", "-wal"}) std::filesystem::copy_file(Path() + end, Path("killed.db") + end);
  EXPECT_THAT(Payloads(*Open({.path = Path("killed.db")})), ElementsAre("b", "c"));
}

TEST_F(JournalTest, SurvivesAWriteThatWasCutOff) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "a", kNow).ok());
  for (const char* end : {"", "-wal"}) std::filesystem::copy_file(Path() + end, Path("killed.db") + end);
  std::ofstream(Path("killed.db-wal"), std::ios::binary | std::ios::app) << std::string(1000, '\x55');
  EXPECT_THAT(Payloads(*Open({.path = Path("killed.db")})), ElementsAre("a"));
}

TEST_F(JournalTest, TakesNoMoreBytesThanItMay) {
  const auto journal = Open({.path = Path(), .payload_bytes_max = 10});
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "123456", kNow).ok());
  EXPECT_TRUE(journal->CanTake());
  const absl::Status full = journal->Append(JournalKind::kAck, "key", "12345", kNow);
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_EQ(ErrorReason(full), "JOURNAL_FULL");
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "1234", kNow).ok());
  EXPECT_FALSE(journal->CanTake());
  EXPECT_THAT(Payloads(*journal), ElementsAre("123456", "1234"));
  ASSERT_TRUE(journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 1).value()[0].sequence).ok());
  EXPECT_TRUE(journal->CanTake());
  EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", "123456", kNow).ok());
}

TEST_F(JournalTest, TakesNoMoreEntriesThanItMay) {
  const auto journal = Open({.path = Path(), .entries_max = 2});
  EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", "", kNow).ok());
  EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", "", kNow).ok());
  EXPECT_EQ(ErrorReason(journal->Append(JournalKind::kAck, "key", "", kNow)), "JOURNAL_FULL");
}

TEST_F(JournalTest, KeepsRefusedEntriesApart) {
  {
    const auto journal = Open();
    for (const char* payload : {"a", "bb", "ccc"}) {
      ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", payload, kNow).ok());
    }
    const JournalEntry second = journal->Head(JournalKind::kAck, 2).value()[1];
    ASSERT_TRUE(journal->Refuse(second, absl::NotFoundError("no such page"), kNow).ok());
    EXPECT_THAT(Payloads(*journal), ElementsAre("a", "ccc"));
    EXPECT_EQ(journal->stats().entries(), 2);
    EXPECT_EQ(journal->stats().payload_bytes, 4);
  }
  EXPECT_EQ(Query("select kind || ' ' || cast(payload as text) || ' ' || error from refused"),
            "ACK bb NOT_FOUND: no such page");
}

TEST_F(JournalTest, KeepsOnlyTheLatestRefusedEntries) {
  {
    const auto journal = Open({.path = Path(), .refused_max = 2});
    for (const char* payload : {"a", "b", "c", "d"}) {
      ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", payload, kNow).ok());
      ASSERT_TRUE(journal->Refuse(journal->Head(JournalKind::kAck, 1).value()[0], absl::NotFoundError(""), kNow).ok());
    }
    EXPECT_TRUE(journal->empty(JournalKind::kAck));
  }
  EXPECT_EQ(Query("select group_concat(cast(payload as text)) from refused"), "c,d");
}

TEST_F(JournalTest, BelongsToOneProcess) {
  const auto journal = Open();
  const absl::Status second = Journal::Open({.path = Path()}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(second.message(), HasSubstr("in use by another process"));
  EXPECT_THAT(second.message(), HasSubstr(Path()));
  EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", "a", kNow).ok()) << "the first one goes on";
}

TEST_F(JournalTest, IsReadableForItsOwnerOnly) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", "a", kNow).ok());
  for (const char* end : {"", "-wal"}) {
    struct stat file;
    ASSERT_EQ(stat((Path() + end).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0600u) << end;
  }
}

TEST_F(JournalTest, RefusesAFileThatIsNoJournal) {
  std::ofstream(Path()) << std::string(5000, 'x');
  const absl::Status status = Journal::Open({.path = Path()}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("move it"));
}

TEST_F(JournalTest, RefusesADamagedFile) {
  {
    const auto journal = Open();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(journal->Append(JournalKind::kAck, "key", std::string(1000, 'p'), kNow).ok());
    }
  }
  std::fstream file(Path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(3 * 4096);
  file << std::string(3 * 4096, '\x7f');
  file.close();
  const absl::Status status = Journal::Open({.path = Path()}).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST_F(JournalTest, RefusesAnotherProgramsDatabase) {
  Query("create table theirs (a)");
  const absl::Status status = Journal::Open({.path = Path()}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("another program"));
}

TEST_F(JournalTest, RefusesAnotherVersion) {
  Open();
  Query("pragma user_version = 2");
  const absl::Status status = Journal::Open({.path = Path()}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("version is 2"));
}

TEST_F(JournalTest, SaysWhenItCannotBeOpened) {
  const absl::Status status = Journal::Open({.path = Path("missing/journal.db")}).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("missing/journal.db"));
  EXPECT_THAT(status.message(), HasSubstr("folder"));
}

TEST_F(JournalTest, TellsOfAFullDiskAndGoesOnWhenThereIsRoom) {
  const auto journal = Open({.path = Path(), .file_pages_max = 20});
  absl::Status status;
  int taken = -1;
  for (; status.ok() && taken < 100; ++taken)
    status = journal->Append(JournalKind::kAck, "key", std::string(4000, 'p'), kNow);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(ErrorReason(status), "JOURNAL_FAILED");
  EXPECT_THAT(status.message(), HasSubstr("full"));
  EXPECT_GT(taken, 5);
  EXPECT_EQ(journal->stats().entries(), taken) << "what failed is not there";
  EXPECT_EQ(static_cast<int>(Payloads(*journal).size()), taken);
  ASSERT_TRUE(
      journal->RemoveThrough(JournalKind::kAck, journal->Head(JournalKind::kAck, 5).value().back().sequence).ok());
  EXPECT_TRUE(journal->CanTake());
  EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", std::string(4000, 'p'), kNow).ok());
}

TEST_F(JournalTest, TakesFromManyThreads) {
  const auto journal = Open();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&journal] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(journal->Append(JournalKind::kAck, "key", "x", kNow).ok());
      });
    }
    for (int removed = 0; removed < 50;) {
      const std::vector<JournalEntry> head = journal->Head(JournalKind::kAck, 5).value();
      if (head.empty()) continue;
      EXPECT_TRUE(journal->RemoveThrough(JournalKind::kAck, head.back().sequence).ok());
      removed += static_cast<int>(head.size());
    }
  }
  EXPECT_EQ(static_cast<std::int64_t>(Payloads(*journal).size()), journal->stats().entries());
}

}  // namespace
}  // namespace afterhours::bridge
