#pragma once

#include <memory>
#include <string>

namespace afterhours::testing {

// A PostgreSQL cluster: the one that tools/test has started (its folder is in
// AFTERHOURS_TEST_CLUSTER), or else, or if `own`, one of this process alone.
class Cluster {
 public:
  explicit Cluster(bool own = false);
  // A streaming standby of `of`, on this machine.
  struct Standby {
    const Cluster& of;
  };
  explicit Cluster(const Standby& standby);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // A libpq connection string.
  std::string Url(const std::string& database) const;

  // Only on a cluster of one's own.
  void Start();
  void Stop(const std::string& mode = "fast");
  void Promote();

 private:
  std::string folder_;
  bool own_;
};

// A migrated database of this test's own, dropped at the end.
class TestDatabase {
 public:
  // `cluster` must outlive this. `migrated`: false makes an empty one.
  explicit TestDatabase(const Cluster& cluster, bool migrated = true);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& url() const { return url_; }
  // Of its copy on a standby.
  std::string UrlOn(const Cluster& standby) const { return standby.Url(name_); }

  // The first column of the first row as text; "" for no row or NULL.
  std::string Value(const std::string& sql) const { return ValueAt(url_, sql); }
  static std::string ValueAt(const std::string& url, const std::string& sql);
  int Count(const std::string& sql) const { return std::stoi(Value(sql)); }

 private:
  const Cluster& cluster_;
  std::string name_;
  std::string url_;
};

}  // namespace afterhours::testing
