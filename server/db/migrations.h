#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/db/connection.h"

namespace afterhours::db {

struct Migration {
  int number;
  std::string name;
  std::string up_sql;
  std::string down_sql;
};

// All migrations, by number, as in migrations/ when this was built.
const std::vector<Migration>& Migrations();

// The number of the last migration in the database; 0 when there is none.
absl::StatusOr<int> MigrationVersion(Connection& connection);

// Brings the database up or down to `target`, each migration in a transaction
// of its own, one process at a time. Returns the names of those applied.
// Errors: INVALID_ARGUMENT for an unknown target, FAILED_PRECONDITION when the
// database is newer than this binary.
absl::StatusOr<std::vector<std::string>> Migrate(Connection& connection, int target);

}  // namespace afterhours::db
