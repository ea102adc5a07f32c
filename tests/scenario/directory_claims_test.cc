// A number and a voice agent belong to one business; two operators at once get
// one answer each, and it is true.

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Code = absl::StatusCode;

World::Options Still() { return {.dispatchd_flags = {"--engine=false"}}; }

// Runs `act` in so many threads at once; returns what each came to.
template <typename Act>
auto AtOnce(int count, Act act) {
  std::vector<decltype(act(0))> results(static_cast<std::size_t>(count), act(-1));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { results[static_cast<std::size_t>(i)] = act(i); });
  for (std::thread& thread : threads) thread.join();
  return results;
}

TEST(DirectoryClaims, ANumberBelongsToOneBusiness_UntilItIsGivenUp) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business north = NewBusiness("north", "+1 949 555 0100");
  const auto taken = directory.Create(north);
  EXPECT_THAT(taken, Fails(Code::kAlreadyExists, "NUMBER_TAKEN"));
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("+19495550100 belongs to smith"));
  EXPECT_THAT(directory.Get("north"), Fails(Code::kNotFound, "BUSINESS_NOT_FOUND")) << "all or nothing";
  north.set_numbers(0, "949 555 0150");
  north.add_retell_agent_ids("agent_1");
  ASSERT_THAT(directory.Create(north), Succeeds());
  v1::Business change;
  change.set_key("smith");
  change.add_retell_agent_ids("agent_1");
  EXPECT_THAT(directory.Update(change), Fails(Code::kAlreadyExists, "AGENT_TAKEN"));
  change.clear_retell_agent_ids();
  change.add_numbers("+19495550150");
  EXPECT_THAT(directory.Update(change), Fails(Code::kAlreadyExists, "NUMBER_TAKEN"));
  EXPECT_THAT(directory.Get("smith")->numbers(), ElementsAre("+19495550100"));

  ASSERT_THAT(directory.DeleteBusiness("north"), Succeeds());
  EXPECT_THAT(directory.Update(change), Succeeds()) << "the number is free again";
  change.clear_numbers();
  ASSERT_THAT(directory.Update(change, {"numbers"}), Succeeds());
  EXPECT_THAT(directory.Create(NewBusiness("south", "949-555-0100")), Succeeds()) << "and so is one that was given up";
}

TEST(DirectoryClaims, NumbersAreOfTheBusinesssRegion) {
  World world(Still());
  Directory& directory = world.directory();
  v1::Business leeds = NewBusiness("leeds", "0113 496 0123");
  leeds.set_region("GB");
  leeds.set_time_zone("Europe/London");
  leeds.mutable_owner()->set_phone("(0113) 496-0124");
  const auto made = directory.Create(leeds);
  ASSERT_THAT(made, Succeeds());
  EXPECT_THAT(made->numbers(), ElementsAre("+441134960123"));
  EXPECT_EQ(made->owner().phone(), "+441134960124");
  const auto technician = directory.Create("leeds", NewTechnician("amy", "07700 900123"));
  ASSERT_THAT(technician, Succeeds());
  EXPECT_EQ(technician->contact_methods(0).address(), "+447700900123");
  const auto american = directory.Create("leeds", NewTechnician("ben", "+1 949-555-0113"));
  ASSERT_THAT(american, Succeeds());
  EXPECT_EQ(american->contact_methods(0).address(), "+19495550113");
  // The region changes; what is stored stays as it is.
  v1::Business change;
  change.set_key("leeds");
  change.set_region("US");
  const auto moved = directory.Update(change);
  ASSERT_THAT(moved, Succeeds());
  EXPECT_THAT(moved->numbers(), ElementsAre("+441134960123"));
  leeds.set_key("york");
  EXPECT_THAT(directory.Create(leeds), Fails(Code::kAlreadyExists, "NUMBER_TAKEN")) << "however it is written";
}

TEST(DirectoryClaims, TwoCreateTheSameKey_OneWins_TheOtherIsToldSo) {
  World world(Still());
  for (int round = 0; round < 5; ++round) {
    const auto results = AtOnce(4, [&](int i) {
      if (i < 0) return absl::StatusOr<v1::Business>(absl::UnknownError("not run"));
      v1::Business business = NewBusiness(absl::StrCat("new", round), "");
      business.set_name(absl::StrCat("By ", i));
      return world.directory().Create(business);
    });
    int won = 0;
    for (const auto& result : results) {
      if (result.ok()) {
        ++won;
      } else {
        EXPECT_THAT(result, Fails(Code::kAlreadyExists, "KEY_TAKEN"));
      }
    }
    EXPECT_EQ(won, 1);
  }
}

TEST(DirectoryClaims, TheSameCreateTwiceAtOnce_IsOkTwice) {
  World world(Still());
  for (int round = 0; round < 5; ++round) {
    const v1::Business business = NewBusiness(absl::StrCat("new", round), absl::StrCat("+1949555016", round));
    const auto results = AtOnce(4, [&](int i) {
      if (i < 0) return absl::StatusOr<v1::Business>(absl::UnknownError("not run"));
      return world.directory().Create(business);
    });
    for (const auto& result : results) {
      ASSERT_THAT(result, Succeeds());
      EXPECT_EQ(result->id(), results[0]->id());
    }
    EXPECT_EQ(world.directory().Changes(business.key()).size(), 1u);
  }
}

TEST(DirectoryClaims, TwoClaimTheSameNumber_OneWins_TheOtherIsToldWhoHasIt) {
  World world(Still());
  Directory& directory = world.directory();
  for (int i = 0; i < 4; ++i) ASSERT_THAT(directory.Create(NewBusiness(absl::StrCat("b", i), "")), Succeeds());
  for (int round = 0; round < 5; ++round) {
    const std::string number = absl::StrCat("+1949555016", round);
    const auto results = AtOnce(4, [&](int i) {
      if (i < 0) return absl::StatusOr<v1::Business>(absl::UnknownError("not run"));
      v1::Business claim;
      claim.set_key(absl::StrCat("b", i));
      claim.add_numbers(number);
      return world.directory().Update(claim);
    });
    std::string winner;
    for (const auto& result : results) {
      if (result.ok()) winner += result->key();
    }
    EXPECT_EQ(winner.size(), 2u) << "one of them: " << winner;
    for (const auto& result : results) {
      if (result.ok()) continue;
      EXPECT_THAT(result, Fails(Code::kAlreadyExists, "NUMBER_TAKEN"));
      EXPECT_THAT(std::string(result.status().message()), HasSubstr(absl::StrCat(number, " belongs to ", winner)));
    }
  }
}

TEST(DirectoryClaims, ConcurrentUpdatesAllHold_AndOfThoseWithAnEtagOne) {
  World world(Still());
  Directory& directory = world.directory();
  const auto created = AtOnce(8, [&](int i) {
    if (i < 0) return absl::StatusOr<v1::Technician>(absl::UnknownError("not run"));
    return directory.Create("smith", NewTechnician(absl::StrCat("t", i), "+19495550113"));
  });
  for (const auto& result : created) EXPECT_THAT(result, Succeeds());
  v1::ListTechniciansRequest list;
  list.set_business("smith");
  EXPECT_EQ(directory.Call(&DirectoryStub::ListTechnicians, list)->technicians_size(), 10);

  const std::string etag = directory.Get("smith")->etag();
  const auto updated = AtOnce(6, [&](int i) {
    if (i < 0) return absl::StatusOr<v1::Business>(absl::UnknownError("not run"));
    v1::Business change;
    change.set_key("smith");
    change.set_name(absl::StrCat("By ", i));
    change.set_etag(etag);
    return directory.Update(change);
  });
  int won = 0;
  for (const auto& result : updated) {
    if (result.ok()) {
      ++won;
      EXPECT_EQ(directory.Get("smith")->name(), result->name());
    } else {
      EXPECT_THAT(result, Fails(Code::kAborted, "ETAG_MISMATCH"));
    }
  }
  EXPECT_EQ(won, 1);

  // Without an etag both hold: one changes the name, the other the sender.
  AtOnce(2, [&](int i) {
    if (i < 0) return absl::OkStatus();
    v1::Business change;
    change.set_key("smith");
    if (i == 0) change.set_name("Both");
    if (i == 1) change.set_sms_sender("+19495550177");
    return directory.Update(change).status();
  });
  EXPECT_EQ(directory.Get("smith")->name(), "Both");
  EXPECT_EQ(directory.Get("smith")->sms_sender(), "+19495550177");
}

}  // namespace
}  // namespace afterhours::testing
