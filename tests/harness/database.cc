#include "tests/harness/database.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <pqxx/pqxx>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/harness/process.h"

namespace afterhours::testing {
namespace {

constexpr char kTemplate[] = "afterhours_template";
constexpr int kTemplateLock = 7443;

void PgCluster(const std::string& action, const std::string& folder, const std::string& extra = "") {
  std::vector<std::string> command = {AFTERHOURS_PGCLUSTER, action, folder};
  if (!extra.empty()) command.push_back(extra);
  std::string output;
  const int code = RunToEnd(command, {{"PGCLUSTER_SETTINGS", "fsync=off full_page_writes=off"}}, &output);
  if (code != 0) throw std::runtime_error(absl::StrCat("pgcluster ", action, ": ", output));
}

void Execute(const std::string& url, const std::string& sql) {
  pqxx::connection connection(url);
  pqxx::nontransaction(connection).exec(sql);
}

// Databases are copied from a migrated one, which is quicker than migrating
// each. Test processes run side by side: one makes it, the others wait.
void MakeTemplate(const Cluster& cluster) {
  pqxx::connection connection(cluster.Url("afterhours"));
  pqxx::nontransaction work(connection);
  work.exec(absl::StrCat("select pg_advisory_lock(", kTemplateLock, ")"));
  if (work.exec(absl::StrCat("select 1 from pg_database where datname = '", kTemplate, "'")).empty()) {
    work.exec("drop database if exists afterhours_template_new");
    work.exec("create database afterhours_template_new");
    std::string output;
    const int code = RunToEnd({AFTERHOURS_DISPATCHD, "migrate", "up",
                               absl::StrCat("--database_url=", cluster.Url("afterhours_template_new"))},
                              {}, &output);
    if (code != 0) throw std::runtime_error(absl::StrCat("migrate: ", output));
    work.exec(absl::StrCat("alter database afterhours_template_new rename to ", kTemplate));
  }
  work.exec(absl::StrCat("select pg_advisory_unlock(", kTemplateLock, ")"));
}

std::string MakeFolder() {
  std::string folder = ::testing::TempDir() + "afterhours-cluster-XXXXXX";
  mkdtemp(folder.data());
  chmod(folder.c_str(), 0711);
  return folder;
}

}  // namespace

Cluster::Cluster(bool own) : own_(own || getenv("AFTERHOURS_TEST_CLUSTER") == nullptr) {
  if (!own_) {
    folder_ = getenv("AFTERHOURS_TEST_CLUSTER");
    return;
  }
  folder_ = MakeFolder();
  Start();
}

Cluster::Cluster(const Standby& standby) : folder_(MakeFolder()), own_(true) {
  PgCluster("standby", folder_, standby.of.folder_);
}

Cluster::~Cluster() {
  if (!own_) return;
  std::string output;
  EXPECT_EQ(RunToEnd({AFTERHOURS_PGCLUSTER, "remove", folder_}, {}, &output), 0) << output;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Cluster::Url(const std::string& database) const {
  std::string output;
  const int code = RunToEnd({AFTERHOURS_PGCLUSTER, "url", folder_, database}, {}, &output);
  if (code != 0) throw std::runtime_error(absl::StrCat("pgcluster url: ", output));
  return std::string(absl::StripAsciiWhitespace(output));
}

void Cluster::Start() { PgCluster("start", folder_); }
void Cluster::Stop(const std::string& mode) { PgCluster("stop", folder_, mode); }
void Cluster::Promote() { PgCluster("promote", folder_); }

TestDatabase::TestDatabase(const Cluster& cluster, bool migrated) : cluster_(cluster) {
  static std::atomic<int> number{0};
  name_ = absl::StrCat("test_", getpid(), "_", ++number);
  if (migrated) MakeTemplate(cluster);
  Execute(cluster.Url("afterhours"), absl::StrCat("drop database if exists ", name_));
  Execute(cluster.Url("afterhours"),
          absl::StrCat("create database ", name_, migrated ? absl::StrCat(" template ", kTemplate) : ""));
  url_ = cluster.Url(name_);
}

TestDatabase::~TestDatabase() {
  Execute(cluster_.Url("afterhours"), absl::StrCat("drop database if exists ", name_, " with (force)"));
}

std::string TestDatabase::ValueAt(const std::string& url, const std::string& sql) {
  pqxx::connection connection(url);
  const pqxx::result result = pqxx::nontransaction(connection).exec(sql);
  return result.empty() ? "" : result[0][0].as<std::string>(std::string());
}

}  // namespace afterhours::testing
