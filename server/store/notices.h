#pragma once

#include "absl/status/status.h"
#include "server/db/connection.h"

namespace afterhours::store {

// The channel on which processes tell each other that something may be due.
inline constexpr char kNoticeChannel[] = "afterhours_due";

// Tells all that listen, with the commit of this transaction.
absl::Status TellNotice(db::Transaction& transaction);

}  // namespace afterhours::store
