#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "base/status.h"
#include "server/core/policy.h"

namespace afterhours::core {

// Puts a business's directory into the form in which it is stored: numbers in
// E.164, a default where nothing is said, policies by urgency, and everything
// else by key. Returns what is wrong with it, each with its path within
// `directory` ("technicians[0].name") and the rule; empty when it can be used.
std::vector<FieldViolation> NormalizeDirectory(v1::BusinessDirectory& directory);

// Whether somebody may be paged at all. Both default to true.
bool CanBePaged(const v1::Technician& technician);

// Between the API's policies and the rules'. A message that breaks a rule gives a
// policy that PolicyFaults refuses.
Policy PolicyOf(const v1::Policy& message);
v1::Policy PolicyMessage(v1::Urgency urgency, const Policy& policy);

// All policies that hold for the business: its own, else the default ones.
Policies PoliciesOf(const v1::BusinessDirectory& directory);

// How long after a call another one of the same caller joins its dispatch.
absl::Duration RepeatCallWindow(const v1::Business& business);

// One thing that differs between two versions of a business's directory.
// Pointers lead into the versions; nullptr: it is not there.
struct DirectoryDifference {
  std::string resource;  // "business", "technician", "roster_entry", "override", "policy"
  std::string key;
  const google::protobuf::Message* before = nullptr;
  const google::protobuf::Message* after = nullptr;
};

// What differs between normalized versions, apart from what the server sets
// itself. A version without a business is none: everything is new, or gone.
std::vector<DirectoryDifference> Differences(const v1::BusinessDirectory& before, const v1::BusinessDirectory& after);

// Whether both say the same, apart from what the server sets itself.
bool SaysTheSame(const google::protobuf::Message& left, const google::protobuf::Message& right);

// Clears what the server sets itself: ids, etags, times of change.
void ClearOutputOnly(google::protobuf::Message& message);

}  // namespace afterhours::core
