#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/field_faults.h"
#include "server/rpc/directory_edits.h"
#include "server/rpc/page_token.h"
#include "server/rpc/violations.h"

namespace afterhours::rpc {

// What requests of the directory's service have in common: checks and lists.

inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 500;

// Collects what is wrong with a request.
class Checks {
 public:
  Checks& Name(absl::string_view field, const std::string& value, bool required = true) {
    violations_.Text(field, value, kNameBytesMax, required);
    return *this;
  }
  Checks& By(const std::string& value) { return Name("changed_by", value, false); }
  Checks& Given(absl::string_view field, bool given) {
    if (!given) violations_.Add(field, "is required");
    return *this;
  }
  // Something within a business that the request gives, and names by its key.
  Checks& Named(const std::string& field, bool given, const std::string& key) {
    if (!given) return Given(field, given);
    return Name(absl::StrCat(field, ".key"), key);
  }
  Checks& PageSize(int size) {
    if (size < 0) violations_.Add("page_size", "must not be negative");
    return *this;
  }
  Violations& violations() { return violations_; }
  absl::Status Done() const { return violations_.ToStatus(); }

 private:
  Violations violations_;
};

// What a list request asks for, within bounds.
template <typename Request>
int PageSize(const Request& request, int usual = kPageSizeDefault) {
  return request.page_size() == 0 ? usual : std::min(request.page_size(), kPageSizeMax);
}

// The businesses of a page, and the token of the next one. One more than asked
// for tells whether there is one.
template <typename Request>
absl::StatusOr<std::vector<v1::BusinessDirectory>> ReadPage(db::Transaction& transaction, std::optional<absl::Time> now,
                                                            const Request& request, int page_size,
                                                            std::string* next_page_token) {
  auto after = ReadPageToken(request, &core::IsKey);
  if (!after.ok()) return after.status();
  store::DirectorySelection selection;
  selection.now = now;
  selection.after_key = *std::move(after);
  selection.count_max = page_size + 1;
  auto found = store::ReadDirectories(transaction, selection);
  if (!found.ok()) return found.status();
  if (static_cast<int>(found->size()) > page_size) {
    found->pop_back();
    *next_page_token = MakePageToken(request, found->back().business().key());
  }
  for (v1::BusinessDirectory& directory : *found) SetEtags(directory);
  return found;
}

// A request's one business, or a page of all.
template <typename Request>
absl::StatusOr<std::vector<v1::BusinessDirectory>> ReadOneOrPage(db::Transaction& transaction,
                                                                 std::optional<absl::Time> now, const Request& request,
                                                                 std::string* next_page_token) {
  if (request.business().empty()) {
    return ReadPage(transaction, now, request, PageSize(request, kPageSizeMax), next_page_token);
  }
  auto one = ReadBusiness(transaction, now, request.business());
  if (!one.ok()) return one.status();
  return std::vector<v1::BusinessDirectory>{*std::move(one)};
}

// A page of a business's resources, which are by key.
template <typename Resource, typename Request>
absl::Status ListOf(db::Transaction& transaction, std::optional<absl::Time> now, const Request& request,
                    google::protobuf::RepeatedPtrField<Resource>* out, std::string* next_page_token) {
  const auto after = ReadPageToken(request, &core::IsKey);
  if (!after.ok()) return after.status();
  auto directory = ReadBusiness(transaction, now, request.business());
  if (!directory.ok()) return directory.status();
  SetEtags(*directory);
  for (Resource& resource : Kind<Resource>::In(*directory)) {
    if (resource.key() <= *after) continue;
    if (out->size() == PageSize(request)) {
      *next_page_token = MakePageToken(request, out->rbegin()->key());
      break;
    }
    *out->Add() = std::move(resource);
  }
  return absl::OkStatus();
}

template <typename Resource>
absl::Status GetOf(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& business,
                   const std::string& name, Resource* out) {
  auto directory = ReadBusiness(transaction, now, business);
  if (!directory.ok()) return directory.status();
  const absl::StatusOr<int> index = Find<Resource>(*directory, name);
  if (!index.ok()) return index.status();
  SetEtags(*directory);
  *out = Kind<Resource>::In(*directory)[*index];
  return absl::OkStatus();
}

}  // namespace afterhours::rpc
