#pragma once

#include <set>

#include "absl/strings/string_view.h"
#include "afterhours/v1/directory.pb.h"
#include "server/core/field_faults.h"

namespace afterhours::core {

// The keys of the directory's technicians.
using TechnicianKeys = std::set<absl::string_view>;

// The two halves of RosterFaults.
void FindEntryFaults(const v1::BusinessDirectory& directory, const TechnicianKeys& technicians, FieldFaults& faults);
void FindOverrideFaults(const v1::BusinessDirectory& directory, const TechnicianKeys& technicians, FieldFaults& faults);

// A technician's key that is required, and must be one of `technicians`.
void CheckTechnician(const std::string& path, const std::string& key, const TechnicianKeys& technicians,
                     FieldFaults& faults);

}  // namespace afterhours::core
