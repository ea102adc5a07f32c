#include "adapters/bridge/forwarder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "base/status.h"
#include "client/mocks/mock_dispatch_connection.h"

namespace afterhours::bridge {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::InSequence;
using testing::Return;

v1::AckRequest Reply(const std::string& message_id, const std::string& from_number = "+1") {
  v1::AckRequest request;
  request.mutable_text_reply()->set_provider_message_id(message_id);
  request.mutable_text_reply()->set_from_number(from_number);
  return request;
}

v1::AckRequest Press(const std::string& page_id) {
  v1::AckRequest request;
  request.mutable_key_press()->set_page_id(page_id);
  return request;
}

v1::ReportDeliveryRequest Receipt(const std::string& page_id) {
  v1::ReportDeliveryRequest request;
  request.set_page_id(page_id);
  return request;
}

v1::DispatchRequest Call(const std::string& call_id) {
  v1::DispatchRequest request;
  request.mutable_call()->set_external_call_id(call_id);
  return request;
}

MATCHER_P(IsReply, message_id, "") { return arg.text_reply().provider_message_id() == message_id; }
MATCHER_P(IsCall, call_id, "") { return arg.call().external_call_id() == call_id; }
MATCHER_P(IsReceipt, page_id, "") { return arg.page_id() == page_id; }

class ForwarderTest : public testing::Test {
 protected:
  ForwarderTest() {
    char folder[] = "/tmp/afterhours-forwarder-XXXXXX";
    folder_ = mkdtemp(folder);
    Advance(absl::ZeroDuration());
    clock_ = Clock::FromOffsetFile(folder_ + "/clock").value();
    OpenJournal();
  }
  ~ForwarderTest() override {
    forwarder_.reset();
    journal_.reset();
    std::filesystem::remove_all(folder_);
  }

  void OpenJournal(std::int64_t payload_bytes_max = 1 << 20, std::int64_t file_pages_max = 0) {
    forwarder_.reset();
    journal_.reset();
    journal_ =
        Journal::Open(
            {.path = folder_ + "/journal.db", .payload_bytes_max = payload_bytes_max, .file_pages_max = file_pages_max})
            .value();
    metrics_ = std::make_unique<Metrics>();
    MakeForwarder(journal_.get());
  }

  void MakeForwarder(Journal* journal) {
    forwarder_ =
        std::make_unique<Forwarder>(DispatchClient(direct_), DispatchClient(replay_), journal, clock_, *metrics_);
  }

  void Advance(absl::Duration span) {
    offset_ += span;
    const std::int64_t offset_us = absl::ToInt64Microseconds(offset_);
    std::fstream file(folder_ + "/clock", std::ios::binary | std::ios::in | std::ios::out);
    if (!file) file.open(folder_ + "/clock", std::ios::binary | std::ios::out);
    file.write(reinterpret_cast<const char*>(&offset_us), sizeof(offset_us));
  }

  // Has these replies wait in the journal.
  void Keep(const std::vector<std::string>& message_ids) {
    for (const std::string& id : message_ids) {
      ASSERT_TRUE(journal_->Append(JournalKind::kAck, "+1", Reply(id).SerializeAsString(), clock_.Now()).ok());
    }
  }

  absl::Duration Replay(JournalKind kind = JournalKind::kAck) { return forwarder_->replayer(kind).ReplayOnce(); }

  void ExpectMetric(const std::string& line) {
    forwarder_->UpdateGauges();
    EXPECT_THAT(metrics_->Serialize(), HasSubstr(line + "\n"));
  }

  std::string folder_;
  absl::Duration offset_;
  Clock clock_;
  std::unique_ptr<Metrics> metrics_;
  // Calls that nobody expects fail the test.
  std::shared_ptr<testing::StrictMock<MockDispatchConnection>> direct_ =
      std::make_shared<testing::StrictMock<MockDispatchConnection>>();
  std::shared_ptr<testing::StrictMock<MockDispatchConnection>> replay_ =
      std::make_shared<testing::StrictMock<MockDispatchConnection>>();
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Forwarder> forwarder_;
};

TEST_F(ForwarderTest, GoesDirectlyWhileTheJournalIsEmpty) {
  v1::AckResponse response;
  response.set_reply_text("yours");
  EXPECT_CALL(*direct_, Ack(IsReply("m1"))).WillOnce(Return(response));
  const auto outcome = forwarder_->Ack(Reply("m1"));
  ASSERT_TRUE(outcome.ok() && outcome->has_value());
  EXPECT_EQ((*outcome)->reply_text(), "yours");
  EXPECT_TRUE(journal_->stats().entries() == 0);
}

TEST_F(ForwarderTest, KeepsWhatMayPass) {
  for (const absl::Status& error :
       {absl::UnavailableError(""), absl::DeadlineExceededError(""), absl::ResourceExhaustedError(""),
        absl::AbortedError(""), absl::InternalError(""), absl::UnknownError(""), absl::CancelledError("")}) {
    EXPECT_CALL(*direct_, Dispatch(IsCall("c1"))).WillOnce(Return(error));
    const auto outcome = forwarder_->Dispatch(Call("c1"));
    ASSERT_TRUE(outcome.ok()) << error;
    EXPECT_FALSE(outcome->has_value()) << error;
    const std::vector<JournalEntry> entries = journal_->Head(JournalKind::kDispatch, 10).value();
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].payload, Call("c1").SerializeAsString());
    ASSERT_TRUE(journal_->RemoveThrough(JournalKind::kDispatch, entries[0].sequence).ok());
  }
}

TEST_F(ForwarderTest, DoesNotKeepWhatDispatchdRefuses) {
  for (const absl::Status& error :
       {absl::InvalidArgumentError("why"), absl::NotFoundError("why"), absl::FailedPreconditionError("why")}) {
    EXPECT_CALL(*direct_, ReportDelivery(_)).WillOnce(Return(error));
    EXPECT_EQ(forwarder_->ReportDelivery(Receipt("p1")).status(), error);
    EXPECT_TRUE(journal_->stats().entries() == 0);
  }
}

TEST_F(ForwarderTest, DoesNotOvertakeTheJournalNorWaitAgain) {
  EXPECT_CALL(*direct_, Ack(IsReply("m1"))).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_FALSE(forwarder_->Ack(Reply("m1"))->has_value());
  EXPECT_FALSE(forwarder_->Ack(Reply("m2"))->has_value());
  EXPECT_EQ(forwarder_->waiting(), 2);

  InSequence in_order;
  EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_EQ(Replay(), absl::ZeroDuration());
  EXPECT_EQ(forwarder_->waiting(), 0);
  EXPECT_EQ(Replay(), absl::InfiniteDuration());

  EXPECT_CALL(*direct_, Ack(IsReply("m3"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_TRUE(forwarder_->Ack(Reply("m3"))->has_value()) << "all is as it was";
}

TEST_F(ForwarderTest, AnAckDoesNotStandBehindAThousandReceipts) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(journal_->Append(JournalKind::kDelivery, "p1", Receipt("p1").SerializeAsString(), clock_.Now()).ok());
  }
  EXPECT_CALL(*direct_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_TRUE(forwarder_->Ack(Reply("m1"))->has_value());
  Keep({"m2"});
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(v1::AckResponse()));
  Replay();
  EXPECT_EQ(forwarder_->waiting(), 1000);
}

TEST_F(ForwarderTest, ACallDoesNotOvertakeTheCallsBeforeIt) {
  EXPECT_CALL(*direct_, Dispatch(IsCall("c1"))).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_FALSE(forwarder_->Dispatch(Call("c1"))->has_value());
  EXPECT_FALSE(forwarder_->Dispatch(Call("c2"))->has_value());
  InSequence in_order;
  EXPECT_CALL(*replay_, Dispatch(IsCall("c1"))).WillOnce(Return(v1::DispatchResponse()));
  EXPECT_CALL(*replay_, Dispatch(IsCall("c2"))).WillOnce(Return(v1::DispatchResponse()));
  Replay(JournalKind::kDispatch);
  EXPECT_EQ(forwarder_->waiting(), 0);
}

TEST_F(ForwarderTest, OthersGoDirectlyAgainAsSoonAsDispatchdTakesOne) {
  EXPECT_CALL(*direct_, Ack(IsReply("m1"))).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_FALSE(forwarder_->Ack(Reply("m1", "+11"))->has_value());
  EXPECT_FALSE(forwarder_->Ack(Reply("m2", "+12"))->has_value()) << "nobody waits for it again";

  // The first of the two is taken.
  EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce([this](const v1::AckRequest&) {
    EXPECT_CALL(*direct_, Ack(IsReply("m3"))).WillOnce(Return(v1::AckResponse()));
    EXPECT_TRUE(forwarder_->Ack(Reply("m3", "+13"))->has_value());
    EXPECT_FALSE(forwarder_->Ack(Reply("m4", "+12"))->has_value()) << "it would overtake m2";
    return absl::UnavailableError("away again");
  });
  Replay();
  EXPECT_FALSE(forwarder_->Ack(Reply("m5", "+15"))->has_value());
  EXPECT_EQ(forwarder_->waiting(), 3);
}

TEST_F(ForwarderTest, TheEndOfACallDoesNotOvertakeItsKey) {
  v1::ReportDeliveryRequest over = Receipt("p1");
  over.set_call_over(true);
  EXPECT_CALL(*direct_, Ack(_)).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_FALSE(forwarder_->Ack(Press("p1"))->has_value());
  EXPECT_FALSE(forwarder_->ReportDelivery(over)->has_value());
  EXPECT_GT(Replay(JournalKind::kDelivery), absl::ZeroDuration()) << "it waits for the key";
  EXPECT_EQ(forwarder_->waiting(), 2);
  InSequence in_order;
  EXPECT_CALL(*replay_, Ack(_)).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, ReportDelivery(IsReceipt("p1"))).WillOnce(Return(v1::ReportDeliveryResponse()));
  Replay(JournalKind::kAck);
  Replay(JournalKind::kDelivery);
  EXPECT_EQ(forwarder_->waiting(), 0);
}

TEST_F(ForwarderTest, WhatTheJournalCannotTakeGoesOutOfTurn) {
  OpenJournal(/*payload_bytes_max=*/14);
  Keep({"1234"});
  EXPECT_CALL(*direct_, Ack(IsReply("5678"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_TRUE(forwarder_->Ack(Reply("5678"))->has_value());
}

TEST_F(ForwarderTest, WithoutAJournalTheErrorIsTheAnswer) {
  MakeForwarder(nullptr);
  EXPECT_CALL(*direct_, Ack(_)).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_TRUE(absl::IsUnavailable(forwarder_->Ack(Reply("m1")).status()));
  EXPECT_EQ(forwarder_->waiting(), std::nullopt);
  EXPECT_FALSE(forwarder_->CanTake());
  forwarder_->Start();
  forwarder_->Stop();
}

TEST_F(ForwarderTest, StopsAtTheFirstThatMayPassAndComesBack) {
  Keep({"m1", "m2", "m3"});
  {
    InSequence in_order;
    EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
    EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(absl::UnavailableError("away")));
  }
  const absl::Duration pause = Replay();
  EXPECT_GT(pause, absl::ZeroDuration());
  EXPECT_LE(pause, absl::Seconds(1));
  EXPECT_EQ(forwarder_->waiting(), 2);

  InSequence in_order;
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, Ack(IsReply("m3"))).WillOnce(Return(v1::AckResponse()));
  Replay();
  EXPECT_EQ(forwarder_->waiting(), 0);
}

TEST_F(ForwarderTest, PausesLongerWithEachFailureUpToASecond) {
  Keep({"m1"});
  EXPECT_CALL(*replay_, Ack(_)).WillRepeatedly(Return(absl::UnavailableError("away")));
  EXPECT_LE(Replay(), absl::Milliseconds(100));
  for (int i = 0; i < 10; ++i) Replay();
  const absl::Duration pause = Replay();
  EXPECT_GE(pause, absl::Milliseconds(500));
  EXPECT_LE(pause, absl::Seconds(1));
}

TEST_F(ForwarderTest, SetsAsideWhatDispatchdRefuses) {
  Keep({"m1", "m2", "m3"});
  InSequence in_order;
  EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(absl::InvalidArgumentError("no")));
  EXPECT_CALL(*replay_, Ack(IsReply("m3"))).WillOnce(Return(v1::AckResponse()));
  Replay();
  EXPECT_EQ(forwarder_->waiting(), 0);
  ExpectMetric("afterhours_journal_replayed_total 2");
  ExpectMetric("afterhours_journal_refused_total 1");
}

TEST_F(ForwarderTest, SetsAsideWhatCannotBeRead) {
  ASSERT_TRUE(journal_->Append(JournalKind::kDispatch, "", "\xff\xff", clock_.Now()).ok());
  Replay(JournalKind::kDispatch);
  EXPECT_EQ(forwarder_->waiting(), 0);
  ExpectMetric("afterhours_journal_refused_total 1");
}

TEST_F(ForwarderTest, OneThatDispatchdFailsAtDoesNotHoldUpTheOthersForEver) {
  Keep({"bad", "good"});
  EXPECT_CALL(*replay_, Ack(IsReply("bad"))).Times(3).WillRepeatedly(Return(absl::InternalError("a bug")));
  EXPECT_CALL(*replay_, Ack(IsReply("good"))).Times(0);
  Replay();
  Advance(absl::Seconds(59));
  Replay();
  EXPECT_EQ(forwarder_->waiting(), 2);
  Advance(absl::Seconds(1));
  // Once to see that it is not dispatchd, once in its turn.
  EXPECT_CALL(*replay_, Ack(IsReply("good"))).Times(2).WillRepeatedly(Return(v1::AckResponse()));
  Replay();
  EXPECT_EQ(forwarder_->waiting(), 0);
  ExpectMetric("afterhours_journal_refused_total 1");
  ExpectMetric("afterhours_journal_replayed_total 1");
}

TEST_F(ForwarderTest, WhenDispatchdFailsAtEverythingNothingIsSetAside) {
  Keep({"m1", "m2"});
  EXPECT_CALL(*replay_, Ack(_)).WillRepeatedly(Return(absl::InternalError("all is broken")));
  for (int i = 0; i < 5; ++i) {
    Replay();
    Advance(absl::Minutes(10));
  }
  EXPECT_EQ(forwarder_->waiting(), 2);
}

TEST_F(ForwarderTest, AnOutageBetweenTwoFailuresStartsTheCountAnew) {
  Keep({"m1", "m2"});
  EXPECT_CALL(*replay_, Ack(IsReply("m1")))
      .WillOnce(Return(absl::InternalError("on its way down")))
      .WillOnce(Return(absl::UnavailableError("down")))
      .WillOnce(Return(absl::InternalError("on its way up")));
  for (int i = 0; i < 3; ++i) {
    Replay();
    Advance(absl::Minutes(10));
  }
  EXPECT_EQ(forwarder_->waiting(), 2);
}

TEST_F(ForwarderTest, AFullJournalRefusesAndSaysSo) {
  OpenJournal(/*payload_bytes_max=*/14);
  EXPECT_CALL(*direct_, Ack(_)).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_TRUE(forwarder_->Ack(Reply("1234")).ok());
  EXPECT_CALL(*direct_, Ack(IsReply("5678"))).WillOnce(Return(absl::UnavailableError("away")));
  testing::internal::CaptureStderr();
  const auto outcome = forwarder_->Ack(Reply("5678"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"severity\":\"ERROR\""));
  EXPECT_EQ(ErrorReason(outcome.status()), "JOURNAL_FULL");
  ExpectMetric("afterhours_journal_full_total 1");
  ExpectMetric("afterhours_journal_entries 1");
}

TEST_F(ForwarderTest, AFailingJournalRefusesAndSaysSo) {
  OpenJournal(/*payload_bytes_max=*/1 << 20, /*file_pages_max=*/1);
  EXPECT_CALL(*direct_, Dispatch(_)).WillOnce(Return(absl::UnavailableError("away")));
  testing::internal::CaptureStderr();
  const auto outcome = forwarder_->Dispatch(Call(std::string(100000, 'c')));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\"severity\":\"ERROR\""));
  EXPECT_EQ(ErrorReason(outcome.status()), "JOURNAL_FAILED");
  ExpectMetric("afterhours_journal_errors_total 1");
  ExpectMetric("afterhours_journal_entries 0");
}

TEST_F(ForwarderTest, TellsWhatWaits) {
  ExpectMetric("afterhours_journal_oldest_entry_age_seconds 0");
  Keep({"m1"});
  Advance(absl::Seconds(90));
  ExpectMetric("afterhours_journal_entries 1");
  forwarder_->UpdateGauges();
  EXPECT_THAT(metrics_->Serialize(), HasSubstr("afterhours_journal_oldest_entry_age_seconds 90"));
  EXPECT_CALL(*direct_, Ack(_)).Times(0);
  EXPECT_TRUE(forwarder_->Ack(Reply("m2")).ok());  // of the same human
  ExpectMetric("afterhours_journal_writes_total 1");
}

TEST_F(ForwarderTest, ReplaysByItselfWhatAnEarlierRunLeft) {
  Keep({"m1", "m2"});
  OpenJournal();
  InSequence in_order;
  EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  EXPECT_CALL(*replay_, Ack(IsReply("m2"))).WillOnce(Return(v1::AckResponse()));
  forwarder_->Start();
  for (int i = 0; i < 1000 && forwarder_->waiting() != 0; ++i) Pause(absl::Milliseconds(5));
  EXPECT_EQ(forwarder_->waiting(), 0);
  forwarder_->Stop();
}

TEST_F(ForwarderTest, IsWokenByANewEntry) {
  EXPECT_CALL(*direct_, Ack(IsReply("m1"))).WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_CALL(*replay_, Ack(IsReply("m1"))).WillOnce(Return(v1::AckResponse()));
  forwarder_->Start();
  EXPECT_TRUE(forwarder_->Ack(Reply("m1")).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(3);  // less than the loop would wait
  while (forwarder_->waiting() != 0 && absl::Now() < deadline) Pause(absl::Milliseconds(5));
  EXPECT_EQ(forwarder_->waiting(), 0);
  forwarder_->Stop();
}

}  // namespace
}  // namespace afterhours::bridge
