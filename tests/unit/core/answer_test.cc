#include "server/core/answer.h"

#include <gmock/gmock.h>

namespace afterhours::core {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr v1::DispatchStatus kOpen = v1::DISPATCH_STATUS_DISPATCHING;
constexpr v1::DispatchStatus kTaken = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

// The pages that ana got, newest first, each of a dispatch of its own.
class AnswerTest : public testing::Test {
 protected:
  void Paged(const std::string& dispatch_id, const std::string& code, v1::DispatchStatus status) {
    Snapshot snapshot;
    snapshot.dispatch.id = dispatch_id;
    snapshot.dispatch.status = status;
    snapshot.business.name = "Smith Plumbing";
    snapshot.call.summary = "About " + dispatch_id;
    snapshot.call.caller_number = "+19495550123";
    snapshots_[dispatch_id] = snapshot;
    pages_.push_back({dispatch_id, "page-" + code, "tech-ana", "ana", code});
  }

  Answer Find(absl::string_view body) const { return FindAnswer(body, true, pages_, snapshots_); }
  std::string Text(v1::AckOutcome outcome, const std::string& dispatch_id = "") const {
    return ReplyText(outcome, dispatch_id.empty() ? nullptr : &snapshots_.at(dispatch_id), pages_, snapshots_);
  }

  std::vector<AnswerablePage> pages_;
  std::map<std::string, Snapshot> snapshots_;
};

TEST_F(AnswerTest, ABare1TakesTheOneUnderWay) {
  Paged("newest-but-over", "CCCC", kTaken);
  Paged("leak", "DDDD", kOpen);
  const Answer answer = Find("1");
  EXPECT_EQ(answer.outcome, v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_EQ(answer.page.page_id, "page-DDDD");
  EXPECT_EQ(Find("2").outcome, v1::ACK_OUTCOME_DECLINED);
}

TEST_F(AnswerTest, ABare1IsNoGuessBetweenTwo) {
  Paged("leak", "CCCC", kOpen);
  Paged("fire", "DDDD", kOpen);
  EXPECT_EQ(Find("1").outcome, v1::ACK_OUTCOME_AMBIGUOUS);
  EXPECT_EQ(Find("2").outcome, v1::ACK_OUTCOME_AMBIGUOUS);
}

TEST_F(AnswerTest, ABare1IsNotAboutAPageThatLeftLater) {
  Paged("fire", "CCCC", kOpen);
  Paged("leak", "DDDD", kOpen);
  pages_[0].had_left = false;
  EXPECT_EQ(Find("1").page.page_id, "page-DDDD");
  EXPECT_EQ(Find("1 CCCC").page.page_id, "page-CCCC") << "who names it has it";
  snapshots_["leak"].dispatch.status = kTaken;
  EXPECT_EQ(Find("1").page.page_id, "page-DDDD") << "and learns that it is taken";
  pages_[1].had_left = false;
  EXPECT_EQ(Find("1").page.page_id, "page-CCCC") << "unless a clock was set back";
}

TEST_F(AnswerTest, ABare1IsNotAboutAPageThatNeverLeft) {
  Paged("leak", "CCCC", kOpen);
  pages_[0].may_have_arrived = false;
  EXPECT_EQ(Find("1").outcome, v1::ACK_OUTCOME_NO_OPEN_PAGE);
  EXPECT_EQ(Find("1 CCCC").page.page_id, "page-CCCC") << "who names it has it";
}

TEST_F(AnswerTest, ABare1IsNotAboutWhatTheyPassedOn) {
  Paged("leak", "CCCC", kOpen);
  Paged("fire", "DDDD", kOpen);
  snapshots_["fire"].dispatch.chain.declined = {"tech-ana"};
  EXPECT_EQ(Find("1").page.page_id, "page-CCCC");
  snapshots_["leak"].dispatch.status = kTaken;
  EXPECT_EQ(Find("1").page.page_id, "page-DDDD") << "unless there is nothing else";
}

TEST_F(AnswerTest, TwoPagesOfOneDispatchAreOneChoice) {
  Paged("leak", "CCCC", kOpen);
  Paged("leak", "DDDD", kOpen);
  const Answer answer = Find("1");
  EXPECT_EQ(answer.outcome, v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_EQ(answer.page.page_id, "page-CCCC") << "the newest page";
}

TEST_F(AnswerTest, ACodeNamesThePage) {
  Paged("leak", "CCCC", kOpen);
  Paged("fire", "DDDD", kOpen);
  EXPECT_EQ(Find("1 dddd").page.dispatch_id, "fire");
  EXPECT_EQ(Find("dddd").outcome, v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_EQ(Find("2 CCCC").outcome, v1::ACK_OUTCOME_DECLINED);
  EXPECT_EQ(Find("2 CCCC").page.dispatch_id, "leak");
}

TEST_F(AnswerTest, ACodeNamesAPageThatIsOver) {
  Paged("leak", "CCCC", kOpen);
  Paged("fire", "DDDD", kTaken);
  const Answer answer = Find("1 DDDD");
  EXPECT_EQ(answer.outcome, v1::ACK_OUTCOME_ACCEPTED) << "its dispatch judges that it is too late";
  EXPECT_EQ(answer.page.dispatch_id, "fire");
}

TEST_F(AnswerTest, ACodeThatTwoSharePrefersTheOneUnderWay) {
  Paged("over", "CCCC", kTaken);
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(Find("1 CCCC").page.dispatch_id, "leak");
  Paged("fire", "CCCC", kOpen);
  EXPECT_EQ(Find("1 CCCC").outcome, v1::ACK_OUTCOME_AMBIGUOUS);
}

TEST_F(AnswerTest, AnUnknownCodeTakesNothing) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(Find("1 DDDD").outcome, v1::ACK_OUTCOME_NOT_UNDERSTOOD);
  EXPECT_EQ(Find("hmmm").outcome, v1::ACK_OUTCOME_NOT_UNDERSTOOD) << "it has the form of a code";
}

TEST_F(AnswerTest, WithNoneUnderWayTheNewestIsMeant) {
  Paged("newest", "CCCC", kTaken);
  Paged("older", "DDDD", v1::DISPATCH_STATUS_CANCELED);
  const Answer answer = Find("1");
  EXPECT_EQ(answer.outcome, v1::ACK_OUTCOME_ACCEPTED);
  EXPECT_EQ(answer.page.dispatch_id, "newest");
}

TEST_F(AnswerTest, WithoutAnyPageThereIsNothingToAnswer) {
  EXPECT_EQ(Find("1").outcome, v1::ACK_OUTCOME_NO_OPEN_PAGE);
  EXPECT_EQ(Find("1 K7PD").outcome, v1::ACK_OUTCOME_NO_OPEN_PAGE);
  EXPECT_EQ(Find("hello?").outcome, v1::ACK_OUTCOME_NOT_UNDERSTOOD);
}

TEST_F(AnswerTest, AStrangerTakesNothing) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(FindAnswer("1 CCCC", false, pages_, snapshots_).outcome, v1::ACK_OUTCOME_UNKNOWN_SENDER);
  EXPECT_EQ(FindAnswer("what", false, pages_, snapshots_).outcome, v1::ACK_OUTCOME_UNKNOWN_SENDER);
}

TEST_F(AnswerTest, AProviderKeywordIsLeftToTheProvider) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(Find("STOP").outcome, v1::ACK_OUTCOME_PROVIDER_KEYWORD);
  EXPECT_EQ(FindAnswer("STOP", false, {}, {}).outcome, v1::ACK_OUTCOME_PROVIDER_KEYWORD);
  EXPECT_THAT(Text(v1::ACK_OUTCOME_PROVIDER_KEYWORD), IsEmpty());
}

TEST_F(AnswerTest, WhoTookItLearnsWhomToCall) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_THAT(Text(v1::ACK_OUTCOME_ACCEPTED, "leak"), HasSubstr("+19495550123"));
  snapshots_["leak"].call.caller_number = "";
  EXPECT_THAT(Text(v1::ACK_OUTCOME_ACCEPTED, "leak"), HasSubstr("withheld"));
}

TEST_F(AnswerTest, WhoCameLateLearnsWhoTookIt) {
  Paged("leak", "CCCC", kTaken);
  snapshots_["leak"].dispatch.acked_by = "Bo Chen";
  EXPECT_THAT(Text(v1::ACK_OUTCOME_ALREADY_TAKEN, "leak"), HasSubstr("Bo Chen"));
}

TEST_F(AnswerTest, WhoMustChooseSeesWhatIsUnderWay) {
  Paged("leak", "CCCC", kOpen);
  Paged("over", "FFFF", kTaken);
  Paged("fire", "DDDD", kOpen);
  const std::string text = Text(v1::ACK_OUTCOME_AMBIGUOUS);
  EXPECT_THAT(text, HasSubstr("1 CCCC: About leak"));
  EXPECT_THAT(text, HasSubstr("1 DDDD: About fire"));
  EXPECT_THAT(text, Not(HasSubstr("FFFF")));
}

TEST_F(AnswerTest, TheListIsBounded) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = "dispatch-" + std::to_string(i);
    Paged(id, "CCCC", kOpen);
    snapshots_[id].call.summary = std::string(4000, 'x');
  }
  EXPECT_LE(Text(v1::ACK_OUTCOME_AMBIGUOUS).size(), 600u);
}

// Of an unknown page there is nothing to tell; a provider's own word is answered by it.
TEST_F(AnswerTest, EveryOutcomeAboutAPageIsAnswered) {
  Paged("leak", "CCCC", kOpen);
  for (int i = v1::AckOutcome_MIN; i <= v1::AckOutcome_MAX; ++i) {
    const auto outcome = static_cast<v1::AckOutcome>(i);
    const bool silent = outcome == v1::ACK_OUTCOME_UNSPECIFIED || outcome == v1::ACK_OUTCOME_PROVIDER_KEYWORD ||
                        outcome == v1::ACK_OUTCOME_UNKNOWN_PAGE;
    EXPECT_EQ(Text(outcome, "leak").empty(), silent) << v1::AckOutcome_Name(outcome);
  }
}

TEST_F(AnswerTest, ADeclineSaysWhetherSomebodyElseIsAsked) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(Text(v1::ACK_OUTCOME_DECLINED, "leak"), "All right, noted.");
  snapshots_["leak"].pages.emplace_back();
  EXPECT_EQ(Text(v1::ACK_OUTCOME_DECLINED, "leak"), "All right, we ask the next one.");
}

TEST_F(AnswerTest, WhoPressed1HearsTheNumberTwice) {
  Paged("leak", "CCCC", kOpen);
  EXPECT_EQ(SpokenReply(v1::ACK_OUTCOME_ACCEPTED, snapshots_["leak"]),
            "Thank you, it is yours. Please call 1 9 4 9 5 5 5 0 1 2 3 now. Again: 1 9 4 9 5 5 5 0 1 2 3. Goodbye.");
  snapshots_["leak"].call.caller_number = "";
  EXPECT_THAT(SpokenReply(v1::ACK_OUTCOME_ACCEPTED, snapshots_["leak"]), HasSubstr("withheld"));
}

TEST_F(AnswerTest, WhoPressedTooLateHearsWhy) {
  Paged("leak", "CCCC", kTaken);
  snapshots_["leak"].dispatch.acked_by = "Bo Chen";
  EXPECT_EQ(SpokenReply(v1::ACK_OUTCOME_ALREADY_TAKEN, snapshots_["leak"]), "Already taken by Bo Chen. Goodbye.");
  EXPECT_THAT(SpokenReply(v1::ACK_OUTCOME_ENDED, snapshots_["leak"]), HasSubstr("over"));
}

}  // namespace
}  // namespace afterhours::core
