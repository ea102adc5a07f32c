#include "server/rpc/directory_edits.h"

#include <google/protobuf/util/field_mask_util.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/store/review.h"

namespace afterhours::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::util::FieldMaskUtil;

// What the server sets itself, and what names the resource.
bool IsFixed(const std::string& field) {
  return field == "id" || field == "key" || field == "etag" || field == "create_time" || field == "update_time" ||
         field == "is_default" || field == "urgency";
}

// Of these, what a program may well have in its mask: it says which one it means.
bool IsName(const std::string& field) { return field == "key" || field == "urgency" || field == "etag"; }

bool SaysTheSame(const Message& left, const Message& right, const std::string& field) {
  const FieldDescriptor* one = left.GetDescriptor()->FindFieldByName(field);
  if (field == "etag") return true;  // CheckEtag has compared it
  if (one->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return left.GetReflection()->GetEnumValue(left, one) == right.GetReflection()->GetEnumValue(right, one);
  }
  return left.GetReflection()->GetString(left, one) == right.GetReflection()->GetString(right, one);
}

// The top-level fields that a message sets, or with `all` those that it has.
FieldMask FieldsOf(const Message& message, bool all) {
  FieldMask mask;
  const auto* descriptor = message.GetDescriptor();
  std::set<std::string> given;
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const FieldDescriptor* field : set) given.insert(field->name());
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const std::string& name = descriptor->field(i)->name();
    if (!IsFixed(name) && (all || given.count(name) > 0)) mask.add_paths(name);
  }
  return mask;
}

// Overrides that are over for so long that they would be forgotten at once.
absl::StatusOr<std::vector<FieldViolation>> FindForgotten(db::Transaction& transaction, std::optional<absl::Time> now,
                                                          const v1::BusinessDirectory& directory) {
  std::vector<FieldViolation> violations;
  if (directory.overrides().empty()) return violations;
  const auto moment = store::ReadNow(transaction, now);
  if (!moment.ok()) return moment.status();
  for (int i = 0; i < directory.overrides_size(); ++i) {
    const v1::Override& change = directory.overrides(i);
    if (!change.has_end_time() || !store::IsForgotten(change, *moment)) continue;
    violations.push_back({absl::StrCat("overrides[", i, "].end_time"),
                          "is more than 31 days ago; what is over for so long is forgotten"});
  }
  return violations;
}

std::string Actor(const std::string& changed_by) {
  return absl::StrCat("operator:", changed_by.empty() ? "operator" : changed_by);
}

}  // namespace

absl::StatusOr<v1::BusinessDirectory> ReadBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                                   const std::string& name, bool lock) {
  store::DirectorySelection selection;
  selection.now = now;
  selection.names = {name};
  selection.lock = lock;
  auto found = store::ReadDirectories(transaction, selection);
  if (!found.ok()) return found.status();
  if (found->empty()) return store::BusinessNotFound(name);
  return std::move(found->front());
}

absl::StatusOr<v1::BusinessDirectory> EditBusiness(db::Transaction& transaction, std::optional<absl::Time> now,
                                                   const std::string& name, const std::string& changed_by, Edit edit) {
  std::vector<store::DirectoryEdit> edits(1);
  if (!name.empty()) {
    auto known = ReadBusiness(transaction, now, name, /*lock=*/true);
    if (!known.ok()) return known.status();
    edits[0].before = *std::move(known);
  }
  v1::BusinessDirectory& after = edits[0].after;
  after = edits[0].before;
  const absl::StatusOr<Place> place = edit(after);
  if (!place.ok()) return place.status();
  if (after.has_business()) {
    absl::StatusOr<std::vector<FieldViolation>> violations = FindForgotten(transaction, now, after);
    if (!violations.ok()) return violations.status();
    for (FieldViolation& fault : core::NormalizeDirectory(after)) violations->push_back(std::move(fault));
    if (!violations->empty()) return ToStatus(*std::move(violations), *place);
  }
  if (absl::Status status = WriteEdits(transaction, now, changed_by, edits); !status.ok()) return status;
  SetEtags(after);
  return std::move(after);
}

absl::Status WriteEdits(db::Transaction& transaction, std::optional<absl::Time> now, const std::string& changed_by,
                        std::vector<store::DirectoryEdit>& edits) {
  if (absl::Status status = store::WriteDirectories(transaction, now, Actor(changed_by), edits); !status.ok()) {
    return status;
  }
  std::set<std::string> ids;
  for (const store::DirectoryEdit& edit : edits) {
    if (edit.after.has_business()) ids.insert(edit.after.business().id());
  }
  return store::MoveOn(transaction, now, ids, Actor(changed_by));
}

void SetEtags(v1::BusinessDirectory& directory) {
  const auto set = [](auto& resource) { resource.set_etag(store::EtagOf(resource)); };
  if (directory.has_business()) set(*directory.mutable_business());
  for (v1::Technician& technician : *directory.mutable_technicians()) set(technician);
  for (v1::RosterEntry& entry : *directory.mutable_roster()) set(entry);
  for (v1::Override& change : *directory.mutable_overrides()) set(change);
  for (v1::Policy& policy : *directory.mutable_policies()) set(policy);
}

absl::Status Merge(const Message& from, const FieldMask& mask, Message& into) {
  FieldMask taken = mask;
  const bool all = mask.paths_size() == 1 && mask.paths(0) == "*";
  if (all || mask.paths().empty()) taken = FieldsOf(from, all);
  std::vector<FieldViolation> unknown;
  for (const std::string& path : taken.paths()) {
    const std::string top = path.substr(0, path.find('.'));
    // The library takes "owner..name", and "" for nothing.
    const std::vector<std::string> names = absl::StrSplit(path, '.');
    const bool whole = std::none_of(names.begin(), names.end(), [](const std::string& name) { return name.empty(); });
    if (!whole || !FieldMaskUtil::GetFieldDescriptors(from.GetDescriptor(), path, nullptr)) {
      unknown.push_back({"update_mask", absl::StrCat(core::Quoted(path), " is not a field of it")});
    } else if (IsFixed(top) && !(IsName(top) && SaysTheSame(from, into, top))) {
      unknown.push_back({"update_mask", absl::StrCat(core::Quoted(path), " cannot be changed")});
    }
  }
  if (!unknown.empty()) return InvalidFields(unknown);
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(from, taken, options, &into);
  return absl::OkStatus();
}

absl::Status CheckEtag(const std::string& etag, const Message& resource) {
  if (etag.empty() || etag == store::EtagOf(resource)) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               "somebody changed it since it was read; read it again, and repeat the change on what it says now");
}

absl::Status ToStatus(std::vector<FieldViolation> violations, const Place& place) {
  for (FieldViolation& violation : violations) {
    absl::string_view rest = violation.field;
    if (!place.in_directory.empty() && absl::ConsumePrefix(&rest, place.in_directory)) {
      violation.field = absl::StrCat(place.in_request, rest);
    }
  }
  return InvalidFields(violations);
}

absl::Status CheckUnused(const v1::BusinessDirectory& directory, const std::string& key) {
  std::string user;
  for (const v1::RosterEntry& entry : directory.roster()) {
    const auto& turns = entry.rotation().technicians();
    if (entry.technician() == key || std::count(turns.begin(), turns.end(), key) > 0) {
      user = absl::StrCat("the roster entry \"", entry.key(), "\"");
    }
  }
  for (const v1::Override& change : directory.overrides()) {
    if (change.technician() == key || change.replacement() == key) {
      user = absl::StrCat("the override \"", change.key(), "\"");
    }
  }
  if (user.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "TECHNICIAN_IN_USE",
               absl::StrCat(user, " names ", key, "; change that first, or make the technician inactive"),
               {{"technician", key}});
}

}  // namespace afterhours::rpc
