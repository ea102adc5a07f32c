#pragma once

#include <vector>

#include "server/db/connection.h"

namespace afterhours::store {

// Every statement of the store, file by file, so that a test can prepare them
// all against the migrated schema, and look at their plans.
//
// Statements are prepared once, maybe while the tables are empty, and PostgreSQL
// may be without statistics for long: a crash resets its counts. Joins by key are
// therefore written as `lateral (... offset 0)`: the planner cannot turn these
// into a join that reads all of a table.
std::vector<const db::Statement*> SnapshotReadStatements();
std::vector<const db::Statement*> SnapshotWriteStatements();
std::vector<const db::Statement*> MatchStatements();
std::vector<const db::Statement*> CreateStatements();
std::vector<const db::Statement*> PageStatements();
std::vector<const db::Statement*> TimerStatements();
std::vector<const db::Statement*> NoticeStatements();
std::vector<const db::Statement*> ReplyStatements();
std::vector<const db::Statement*> HistoryStatements();
std::vector<const db::Statement*> ReviewStatements();
std::vector<const db::Statement*> DirectoryReadStatements();
std::vector<const db::Statement*> DirectoryWriteStatements();

}  // namespace afterhours::store
