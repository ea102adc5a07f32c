#pragma once

#include <gmock/gmock.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory.pb.h"
#include "google/protobuf/text_format.h"
#include "server/core/roster.h"

namespace afterhours::core {

inline constexpr char kNewYork[] = "America/New_York";
inline constexpr char kLosAngeles[] = "America/Los_Angeles";
inline constexpr char kPhoenix[] = "America/Phoenix";
inline constexpr char kLondon[] = "Europe/London";
inline constexpr char kKolkata[] = "Asia/Kolkata";
inline constexpr char kLordHowe[] = "Australia/Lord_Howe";

// A business with ana, bo, cy and dee, all of them available, joe who is not
// active and kim who is not available, and what `text` says, in protobuf's text
// format.
inline v1::BusinessDirectory Directory(const std::string& zone, const std::string& text) {
  const std::string technicians = R"(
    technicians { id: "id-ana" key: "ana" name: "Ana Diaz" }
    technicians { id: "id-bo" key: "bo" name: "Bo Chen" active: true available: true }
    technicians { id: "id-cy" key: "cy" name: "Cy Roe" }
    technicians { id: "id-dee" key: "dee" name: "Dee Fox" }
    technicians { id: "id-joe" key: "joe" name: "Joe Kay" active: false }
    technicians { id: "id-kim" key: "kim" name: "Kim Lee" available: false }
  )";
  v1::BusinessDirectory directory;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(technicians + text, &directory)) << text;
  directory.mutable_business()->set_time_zone(zone);
  return directory;
}

// "2026-03-08 07:00", in UTC.
inline absl::Time Utc(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, &time, nullptr)) << text;
  return time;
}

inline std::string InUtc(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone()); }

// "ana bo": the keys of those on call.
template <typename OnCalls>
std::string Keys(const OnCalls& on_call) {
  return absl::StrJoin(on_call, " ", [](std::string* out, const v1::OnCall& one) { out->append(one.technician()); });
}

inline std::string Who(const v1::BusinessDirectory& directory, absl::Time time) {
  return Keys(WhoIsOnCall(directory, time));
}

// Who is on call at a moment: in UTC, by the business's clock ("Sun 01:59 EST"),
// and the keys.
struct Moment {
  const char* utc;
  const char* local;
  const char* who;
};

inline void ExpectMoments(const v1::BusinessDirectory& directory, std::initializer_list<Moment> moments) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone(directory.business().time_zone(), &zone));
  for (const Moment& moment : moments) {
    const absl::Time time = Utc(moment.utc);
    EXPECT_EQ(absl::FormatTime("%a %H:%M %Z", time, zone), moment.local) << "the table is wrong: " << moment.utc;
    EXPECT_EQ(Who(directory, time), moment.who) << moment.utc << " UTC, " << moment.local;
  }
}

}  // namespace afterhours::core
