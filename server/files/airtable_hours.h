#pragma once

#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "server/files/airtable_table.h"

namespace afterhours::files {

// When somebody is on call, by a row of the roster.
struct RosterHours {
  // A moment that a cell names: by the business's clock, or by UTC.
  struct Moment {
    absl::CivilSecond shown;
    bool is_utc = false;

    absl::Time In(absl::TimeZone zone) const;
  };

  std::optional<v1::Window> window;  // every week; with no stretch either: always
  std::optional<Moment> begin, end;  // once; both or neither
};

// The columns that say it.
inline constexpr char kStartColumn[] = "Start Time";
inline constexpr char kEndColumn[] = "End Time";
inline constexpr char kDaysColumn[] = "Days";

// Reads them; refuses the row where they are not understood, or are in doubt.
RosterHours ReadHours(AirtableRow& row);

}  // namespace afterhours::files
