#include "server/store/notices.h"

#include "server/store/statements.h"

namespace afterhours::store {
namespace {

// Nothing is lost with a notice, so its commit need not wait for the disk.
constexpr db::Statement kTellNotice{"tell_notice", R"sql(
  select set_config('synchronous_commit', 'off', true), pg_notify($1, ''))sql"};

}  // namespace

absl::Status TellNotice(db::Transaction& transaction) {
  return transaction.Run(kTellNotice, {std::string(kNoticeChannel)}).status();
}

std::vector<const db::Statement*> NoticeStatements() { return {&kTellNotice}; }

}  // namespace afterhours::store
