// The whole loop: a call becomes a page, and the page an acknowledgement.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto CONFIRMED = v1::DISPATCH_STATUS_DISPATCHED_CONFIRMED;

std::vector<v1::EventKind> Kinds(const v1::StatusResponse& status) {
  std::vector<v1::EventKind> kinds;
  for (const v1::Event& event : status.events()) kinds.push_back(event.kind());
  return kinds;
}

TEST(Loop, CallBecomesPage_ReplyBecomesConfirmation) {
  World world;
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = world.PlaceCall("My basement is flooding!");

  const ReceivedSms page = ana.ExpectSms("My basement is flooding!");
  EXPECT_THAT(page.body(), HasSubstr("HIGH"));
  EXPECT_THAT(page.body(), HasSubstr("Smith Plumbing"));
  EXPECT_THAT(page.body(), HasSubstr(World::kCallerNumber));
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  EXPECT_THAT(page.Reply("1"), HasSubstr("It is yours"));

  dispatch.ExpectStatus(CONFIRMED);
  const v1::StatusResponse status = dispatch.Get();
  EXPECT_EQ(status.dispatch().acked_by(), "Ana Diaz");
  EXPECT_EQ(status.dispatch().urgency(), v1::URGENCY_HIGH);
  EXPECT_GT(status.dispatch().urgency_confidence(), 0.5);
  EXPECT_EQ(status.pages_size(), 1);
}

TEST(Loop, HistoryTellsTheStoryWithoutAGap) {
  World world;
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  ana.ExpectSms("Water leak");
  dispatch.ExpectPage(v1::PAGE_STATE_DELIVERED);
  ana.Send("1");
  dispatch.ExpectStatus(CONFIRMED);

  const v1::StatusResponse status = dispatch.Get();
  std::vector<v1::EventKind> story;
  for (const v1::EventKind kind : Kinds(status)) {
    // How many receipts come is the provider's affair, and they may overtake
    // the answer that accepts the page.
    if (kind != v1::EVENT_KIND_RECEIPT && kind != v1::EVENT_KIND_PAGE_ACCEPTED) story.push_back(kind);
  }
  EXPECT_THAT(story, ::testing::ElementsAre(v1::EVENT_KIND_CALL_RECEIVED, v1::EVENT_KIND_BUSINESS_MATCHED,
                                            v1::EVENT_KIND_URGENCY_JUDGED, v1::EVENT_KIND_STATUS_CHANGED,
                                            v1::EVENT_KIND_PAGE_PLANNED, v1::EVENT_KIND_PAGE_SENDING,
                                            v1::EVENT_KIND_ACKED, v1::EVENT_KIND_STATUS_CHANGED));
  for (int i = 0; i < status.events_size(); ++i) EXPECT_EQ(status.events(i).sequence(), i + 1);
  EXPECT_EQ(status.events(status.events_size() - 2).actor(), "technician:Ana Diaz");
}

TEST(Loop, DeclineAsksTheNextOneAtOnce) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  EXPECT_THAT(world.PhoneOf("ana").ExpectSms("Water leak").Reply("2"), HasSubstr("next"));
  EXPECT_THAT(world.PhoneOf("bo").ExpectSms("Water leak").Reply("1"), HasSubstr("It is yours"));
  dispatch.ExpectStatus(CONFIRMED);
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Bo Chen");
}

TEST(Loop, FirstAckWins_TheSecondIsToldWho) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms to_ana = world.PhoneOf("ana").ExpectSms("Water leak");
  to_ana.Reply("2");
  const ReceivedSms to_bo = world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_THAT(to_bo.Reply("1"), HasSubstr("It is yours"));
  EXPECT_THAT(to_ana.Reply("1"), HasSubstr("Already taken by Bo Chen"));
  EXPECT_EQ(dispatch.Get().dispatch().acked_by(), "Bo Chen");
  dispatch.ExpectEvent(v1::EVENT_KIND_ACK_LATE);
}

TEST(Loop, BareReplyWithTwoOpenPages_IsAskedWhichOne) {
  World world;
  Phone ana = world.PhoneOf("ana");
  DispatchHandle first = world.PlaceCall("Water leak in the kitchen");
  ana.ExpectSms("kitchen");
  DispatchHandle second = world.PlaceCall("Sewage in the bath");
  const ReceivedSms page = ana.ExpectSms("bath");

  EXPECT_THAT(ana.Send("1"), HasSubstr("Which one?"));
  EXPECT_EQ(first.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_EQ(second.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);

  EXPECT_THAT(page.Reply("1 {code}"), HasSubstr("It is yours"));
  second.ExpectStatus(CONFIRMED);
  EXPECT_EQ(first.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
  EXPECT_THAT(ana.Send("1"), HasSubstr("It is yours"));
  first.ExpectStatus(CONFIRMED);
}

TEST(Loop, SameReplyDeliveredTwice_MakesOneChangeAndOneAnswer) {
  World world;
  Phone ana = world.PhoneOf("ana");
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  ana.ExpectSms("Water leak");
  const std::string sid = "SM00000000000000000000000000000abc";
  const std::string answer = ana.Send("2", sid);
  world.PhoneOf("bo").ExpectSms("Water leak");
  EXPECT_EQ(ana.Send("2", sid), answer);
  EXPECT_EQ(world.database().Count("select count(*) from inbound_messages"), 1);
  EXPECT_EQ(world.database().Count("select count(*) from events where kind = 'DECLINED'"), 1);
  EXPECT_EQ(dispatch.Get().pages_size(), 2);
}

TEST(Loop, ReplyFromUnknownNumber_IsAnsweredPolitelyAndRecorded) {
  World world;
  EXPECT_THAT(world.PhoneWith("+12065550177").Send("1"), HasSubstr("not read by people"));
  EXPECT_EQ(world.database().Value("select outcome from inbound_messages"), "UNKNOWN_SENDER");
}

TEST(Loop, StopIsLeftToTheProvider) {
  World world;
  EXPECT_THAT(world.PhoneOf("ana").Send("STOP"), IsEmpty());
  EXPECT_EQ(world.database().Value("select outcome from inbound_messages"), "PROVIDER_KEYWORD");
}

TEST(Loop, WordsThatSayNeither_AreNoAck) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  const ReceivedSms page = world.PhoneOf("ana").ExpectSms("Water leak");
  EXPECT_THAT(page.Reply("who is this?"), HasSubstr("not understood"));
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
}

TEST(Loop, ReplyOfSomebodyWhoWasNotPaged_IsNoAck) {
  World world;
  DispatchHandle dispatch = world.PlaceCall("Water leak");
  world.PhoneOf("ana").ExpectSms("Water leak");
  // Bo works for the same business, but this page is not his.
  EXPECT_THAT(world.PhoneOf("bo").Send("1"), HasSubstr("no page for you"));
  EXPECT_EQ(dispatch.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
}

}  // namespace
}  // namespace afterhours::testing
