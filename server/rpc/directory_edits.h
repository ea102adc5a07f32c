#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "afterhours/v1/directory_service.pb.h"
#include "base/status.h"
#include "base/text.h"
#include "google/protobuf/field_mask.pb.h"
#include "server/core/directory.h"
#include "server/core/field_faults.h"
#include "server/core/names.h"
#include "server/db/connection.h"
#include "server/store/directory.h"

namespace afterhours::rpc {

// What one RPC changes in a business: the directory as it is goes in, and as it
// should be comes out. `at` is the place in it that the request speaks of
// ("technicians[2]") under the request's name for it ("technician"), for what is
// wrong to be named as the caller knows it.
struct Place {
  std::string in_directory;
  std::string in_request;
};
using Edit = absl::FunctionRef<absl::StatusOr<Place>(v1::BusinessDirectory& directory)>;

// Reads the business, by id or key. Errors: NOT_FOUND (BUSINESS_NOT_FOUND).
absl::StatusOr<v1::BusinessDirectory> ReadBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                                   const std::string& name, bool lock = false);

// Applies `edit` to the business under a lock, checks all of what comes out, and
// writes it. Dispatches that waited for it go on. Returns the directory as written.
absl::StatusOr<v1::BusinessDirectory> EditBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                                   const std::string& name, const std::string& changed_by, Edit edit);
// The same for many at once, already normalized.
absl::Status WriteEdits(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& changed_by,
                        std::vector<store::DirectoryEdit>& edits);

// Sets an output-only fingerprint, in all of a directory or in one resource.
void SetEtags(v1::BusinessDirectory& directory);

// Takes the fields that `mask` names from `from`; see UpdateBusinessRequest. What
// names a resource may be among them, if it is what `into` has.
// Errors: INVALID_ARGUMENT for a path that is no field, or is fixed.
absl::Status Merge(const google::protobuf::Message& from, const google::protobuf::FieldMask& mask,
                   google::protobuf::Message& into);

// ABORTED (ETAG_MISMATCH) unless `etag` is empty or that of `resource`.
absl::Status CheckEtag(const std::string& etag, const google::protobuf::Message& resource);

// Renames the places of `violations` into the request's.
absl::Status ToStatus(std::vector<FieldViolation> violations, const Place& place);

// How each kind of resource stands in a directory, and is called.
template <typename Resource>
struct Kind;
template <>
struct Kind<v1::Technician> {
  static constexpr char kName[] = "technician", kField[] = "technicians", kNotFound[] = "TECHNICIAN_NOT_FOUND";
  static auto& In(v1::BusinessDirectory& directory) { return *directory.mutable_technicians(); }
  static bool Is(const v1::Technician& one, const std::string& name) { return one.key() == name || one.id() == name; }
};
template <>
struct Kind<v1::RosterEntry> {
  static constexpr char kName[] = "roster_entry", kField[] = "roster", kNotFound[] = "ROSTER_ENTRY_NOT_FOUND";
  static auto& In(v1::BusinessDirectory& directory) { return *directory.mutable_roster(); }
  static bool Is(const v1::RosterEntry& one, const std::string& name) { return one.key() == name; }
};
template <>
struct Kind<v1::Override> {
  static constexpr char kName[] = "override", kField[] = "overrides", kNotFound[] = "OVERRIDE_NOT_FOUND";
  static auto& In(v1::BusinessDirectory& directory) { return *directory.mutable_overrides(); }
  static bool Is(const v1::Override& one, const std::string& name) { return one.key() == name; }
};

// The place of the resource of that name; -1 when there is none.
template <typename Resource>
int IndexOf(v1::BusinessDirectory& directory, const std::string& name) {
  auto& all = Kind<Resource>::In(directory);
  const auto found =
      std::find_if(all.begin(), all.end(), [&name](const Resource& one) { return Kind<Resource>::Is(one, name); });
  return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

template <typename Resource>
absl::StatusOr<int> Find(v1::BusinessDirectory& directory, const std::string& name) {
  const int index = IndexOf<Resource>(directory, name);
  if (index >= 0) return index;
  return Error(absl::StatusCode::kNotFound, Kind<Resource>::kNotFound,
               absl::StrCat("no ", Kind<Resource>::kName, " ", core::Quoted(name), " of ", directory.business().key(),
                            "; list them to find its key"),
               {{"key", CutText(name, 128)}});
}

template <typename Resource>
Place PlaceOf(int index) {
  return {absl::StrCat(Kind<Resource>::kField, "[", index, "]"), Kind<Resource>::kName};
}

// One resource of a directory as written.
template <typename Resource>
const Resource& Written(v1::BusinessDirectory& directory, const std::string& key) {
  return Kind<Resource>::In(directory)[IndexOf<Resource>(directory, key)];
}

// Adds `resource`, or leaves it when it is there word for word.
template <typename Resource>
absl::StatusOr<v1::BusinessDirectory> Create(db::Transaction& transaction, std::optional<absl::Time> now,
                                             const std::string& business, const Resource& resource,
                                             const std::string& changed_by) {
  bool was_there = false;
  Resource before;
  auto written = EditBusiness(transaction, now, business, changed_by,
                              [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                                auto& all = Kind<Resource>::In(directory);
                                // By its key alone: an id is none.
                                const auto same_key = [&](const Resource& one) { return one.key() == resource.key(); };
                                const auto found = std::find_if(all.begin(), all.end(), same_key);
                                const int index = static_cast<int>(found - all.begin());
                                was_there = found != all.end();
                                if (was_there) before = all[index];
                                Resource& place = was_there ? all[index] : *all.Add();
                                place = resource;
                                return PlaceOf<Resource>(was_there ? index : all.size() - 1);
                              });
  if (!written.ok() || !was_there) return written;
  if (core::SaysTheSame(before, Written<Resource>(*written, resource.key()))) return written;
  return Error(absl::StatusCode::kAlreadyExists, "KEY_TAKEN",
               absl::StrCat(Kind<Resource>::kName, " \"", resource.key(),
                            "\" is there already; update it, or choose another key"),
               {{"key", resource.key()}});
}

template <typename Resource>
absl::StatusOr<v1::BusinessDirectory> Update(db::Transaction& transaction, std::optional<absl::Time> now,
                                             const std::string& business, const Resource& resource,
                                             const google::protobuf::FieldMask& mask, const std::string& changed_by) {
  return EditBusiness(transaction, now, business, changed_by,
                      [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                        const absl::StatusOr<int> index = Find<Resource>(directory, resource.key());
                        if (!index.ok()) return index.status();
                        // Last, where it is what another one has against it that is complained about.
                        auto& all = Kind<Resource>::In(directory);
                        const int last = all.size() - 1;
                        all.SwapElements(*index, last);
                        absl::Status status = CheckEtag(resource.etag(), all[last]);
                        if (status.ok()) status = Merge(resource, mask, all[last]);
                        if (!status.ok()) return status;
                        return PlaceOf<Resource>(last);
                      });
}

template <typename Resource>
absl::Status Delete(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& business,
                    const std::string& name, const std::string& etag, const std::string& changed_by,
                    absl::FunctionRef<absl::Status(const v1::BusinessDirectory&, const std::string&)> may_go) {
  return EditBusiness(transaction, now, business, changed_by,
                      [&](v1::BusinessDirectory& directory) -> absl::StatusOr<Place> {
                        const absl::StatusOr<int> index = Find<Resource>(directory, name);
                        if (!index.ok()) return index.status();
                        auto& all = Kind<Resource>::In(directory);
                        absl::Status status = CheckEtag(etag, all[*index]);
                        if (status.ok()) status = may_go(directory, all[*index].key());
                        if (!status.ok()) return status;
                        all.DeleteSubrange(*index, 1);
                        return Place();
                      })
      .status();
}

// FAILED_PRECONDITION (TECHNICIAN_IN_USE) when the roster or an override names the
// technician.
absl::Status CheckUnused(const v1::BusinessDirectory& directory, const std::string& technician_key);

}  // namespace afterhours::rpc
