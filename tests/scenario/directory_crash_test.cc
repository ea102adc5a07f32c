// A crash in the middle of an apply leaves all of it or nothing.

#include <signal.h>

#include <pqxx/pqxx>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"
#include "tests/scenario/directory_messages.h"

namespace afterhours::testing {
namespace {

std::string Businesses(int count) {
  std::string yaml = "businesses:\n";
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&yaml, "  - key: b", i, "\n    name: B\n    time_zone: Etc/UTC\n    numbers: ['+1949556", 1000 + i,
                    "']\n    technicians: [{key: ana, name: Ana, sms: '+19495550111'}]\n",
                    "    roster: [{technician: ana}]\n");
  }
  return yaml;
}

// An apply that has written everything but its history, and waits there.
class HeldApply {
 public:
  explicit HeldApply(World& world) : connection_(world.database().url()), hold_(connection_) {
    hold_.exec("lock table directory_changes in exclusive mode");
    thread_ = std::thread([&world, this] { status_ = world.directory().Apply(Businesses(50)).status(); });
    Eventually("the apply waits for its last table", [&] {
      pid_ = world.database().Value(
          "select pid from pg_locks l join pg_class c on c.oid = l.relation "
          "where not granted and relname = 'directory_changes'");
      return !pid_.empty();
    });
  }
  ~HeldApply() {
    if (thread_.joinable()) thread_.join();
  }

  // The process of the database that applies.
  pid_t backend() const { return std::stoi(pid_); }

  absl::Status Finish() {
    try {
      hold_.abort();
    } catch (const std::exception&) {  // the database is gone
    }
    thread_.join();
    return status_;
  }

 private:
  pqxx::connection connection_;
  pqxx::work hold_;
  std::string pid_;
  absl::Status status_;
  std::thread thread_;
};

int Applied(World& world) {
  return world.database().Count("select count(*) from businesses where key like 'b%'") +
         world.database().Count("select count(*) from business_numbers where number like '+1949556%'") +
         world.database().Count(
             "select count(*) from technicians t join businesses b on b.id = t.business_id "
             "where b.key like 'b%'") +
         world.database().Count("select count(*) from directory_changes where business_key like 'b%'");
}

TEST(DirectoryCrash, DispatchdDiesWithinAnApply_NothingOfItIsThere) {
  World world({.dispatchd_flags = {"--engine=false"}});
  HeldApply apply(world);
  world.KillDispatchd();
  EXPECT_FALSE(apply.Finish().ok());
  world.StartDispatchd({"--engine=false"});
  EXPECT_EQ(world.directory().Plan(Businesses(50))->change_count(), 50 * 3);
  EXPECT_EQ(Applied(world), 0);
  ASSERT_THAT(world.directory().Apply(Businesses(50)), Succeeds());
  EXPECT_EQ(Applied(world), 50 * (3 + 3));
}

TEST(DirectoryCrash, TheDatabaseDiesWithinAnApply_AllOfItOrNothing) {
  World world({.own_cluster = true, .dispatchd_flags = {"--engine=false"}});
  world.AllowErrors();
  HeldApply apply(world);
  ASSERT_EQ(kill(apply.backend(), SIGKILL), 0);
  const absl::Status status = apply.Finish();
  Eventually("the database is back", [&] {
    v1::GetBusinessRequest request;
    request.set_business("smith");
    return world.directory().Call(&DirectoryStub::GetBusiness, request).ok();
  });
  // dispatchd may have tried again, and then told so.
  EXPECT_EQ(Applied(world), status.ok() ? 50 * (3 + 3) : 0) << status;
  ASSERT_THAT(world.directory().Apply(Businesses(50)), Succeeds());
  EXPECT_EQ(Applied(world), 50 * (3 + 3));
}

TEST(DirectoryCrash, ABackendThatIsTerminated_IsNoticedByNobody) {
  World world({.dispatchd_flags = {"--engine=false"}});
  ASSERT_THAT(world.directory().Plan(Businesses(1)), Succeeds());  // a connection that has worked deserves another try
  HeldApply apply(world);
  world.database().Value(absl::StrCat("select pg_terminate_backend(", apply.backend(), ")"));
  EXPECT_TRUE(apply.Finish().ok()) << "it is begun again, on a new connection";
  EXPECT_EQ(Applied(world), 50 * (3 + 3));
}

}  // namespace
}  // namespace afterhours::testing
