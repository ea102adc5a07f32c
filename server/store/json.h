#pragma once

#include <string>

#include "server/core/snapshot.h"

namespace afterhours::store {

// How structures that the database need not look into stand in jsonb columns.

std::string ChainToJson(const core::Chain& chain);
// Members that are missing have their defaults.
core::Chain ChainFromJson(const std::string& json);

std::string PoliciesToJson(const core::Policies& policies);
// Urgencies that are missing have the default policy; "" gives the defaults.
core::Policies PoliciesFromJson(const std::string& json);

}  // namespace afterhours::store
