#include "server/rpc/directory_files.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "server/core/directory.h"
#include "server/files/airtable.h"
#include "server/files/directory_yaml.h"
#include "server/rpc/directory_edits.h"
#include "server/store/content_hash.h"

namespace afterhours::rpc {
namespace {

constexpr int kChangesShownMax = 1000;
constexpr std::size_t kPlanBytes = 16;

// Each business of a file with what is known of it.
absl::StatusOr<std::vector<store::DirectoryEdit>> EditsFor(db::Transaction& transaction, std::optional<absl::Time> now,
                                                           std::vector<v1::BusinessDirectory> wanted) {
  // By key, and all locked at once: so two files at once wait for each other, and
  // never in a circle.
  std::sort(wanted.begin(), wanted.end(),
            [](const auto& left, const auto& right) { return left.business().key() < right.business().key(); });
  const absl::StatusOr<absl::Time> moment = store::ReadNow(transaction, now);
  if (!moment.ok()) return moment.status();
  std::map<std::string, v1::BusinessDirectory> known;
  store::DirectorySelection selection;
  selection.now = now;
  selection.lock = true;
  for (const v1::BusinessDirectory& directory : wanted) selection.names.push_back(directory.business().key());
  if (!selection.names.empty()) {
    auto read = store::ReadDirectories(transaction, selection);
    if (!read.ok()) return read.status();
    for (v1::BusinessDirectory& directory : *read) {
      std::string key = directory.business().key();
      known.emplace(std::move(key), std::move(directory));
    }
  }
  std::vector<store::DirectoryEdit> edits;
  edits.reserve(wanted.size());
  for (v1::BusinessDirectory& directory : wanted) {
    store::DirectoryEdit edit;
    const auto found = known.find(directory.business().key());
    if (found != known.end()) edit.before = std::move(found->second);
    edit.after = std::move(directory);
    auto& overrides = *edit.after.mutable_overrides();
    const auto kept = std::remove_if(overrides.begin(), overrides.end(), [&moment](const v1::Override& change) {
      return store::IsForgotten(change, *moment);
    });
    overrides.erase(kept, overrides.end());
    edits.push_back(std::move(edit));
  }
  return edits;
}

// Shows what `edits` change, as far as an answer holds it, and sums up all of it.
template <typename Response>
std::string Show(const std::vector<store::DirectoryEdit>& edits, Response* response) {
  std::string all;
  int count = 0;
  for (const store::DirectoryEdit& edit : edits) {
    const std::string& business = (edit.after.has_business() ? edit.after : edit.before).business().key();
    for (const core::DirectoryDifference& difference : core::Differences(edit.before, edit.after)) {
      const auto mark = [](const google::protobuf::Message* message) {
        return message == nullptr ? std::string("-") : store::MessageHash(*message);
      };
      absl::StrAppend(&all, business, " ", difference.resource, " ", difference.key, " ", mark(difference.before), " ",
                      mark(difference.after), "\n");
      if (++count > kChangesShownMax) continue;
      v1::PlannedChange& change = *response->add_changes();
      change.set_business(business);
      change.set_resource(difference.resource);
      change.set_key(difference.key);
      if (difference.before != nullptr) change.set_before(files::FormatResource(*difference.before));
      if (difference.after != nullptr) change.set_after(files::FormatResource(*difference.after));
    }
  }
  response->set_change_count(count);
  return all;
}

// Whether both are about the same technician at the same time.
bool Overlap(const v1::Override& one, const v1::Override& other) {
  return one.technician() == other.technician() && one.start_time() < other.end_time() &&
         other.start_time() < one.end_time();
}

// What the tables have no column for stays as it is, and so do overrides, which
// operators make for one night: the tables' own win where they say otherwise.
void KeepWhatTablesCannotSay(store::DirectoryEdit& edit) {
  const v1::Business& before = edit.before.business();
  v1::Business& after = *edit.after.mutable_business();
  after.set_region(before.region());
  after.set_sms_sender(before.sms_sender());
  *after.mutable_urgency_rules() = before.urgency_rules();
  if (before.has_repeat_call_window()) *after.mutable_repeat_call_window() = before.repeat_call_window();
  if (after.retell_agent_ids().empty()) *after.mutable_retell_agent_ids() = before.retell_agent_ids();
  *edit.after.mutable_policies() = edit.before.policies();
  std::set<std::string> technicians = {""};
  for (const v1::Technician& technician : edit.after.technicians()) technicians.insert(technician.key());
  auto& overrides = *edit.after.mutable_overrides();
  const int imported_count = overrides.size();
  for (const v1::Override& known : edit.before.overrides()) {
    const bool said =
        std::any_of(overrides.begin(), overrides.begin() + imported_count,
                    [&](const v1::Override& other) { return other.key() == known.key() || Overlap(other, known); });
    const bool possible = technicians.count(known.technician()) > 0 && technicians.count(known.replacement()) > 0;
    if (!said && possible) *overrides.Add() = known;
  }
  std::sort(overrides.begin(), overrides.end(),
            [](const v1::Override& left, const v1::Override& right) { return left.key() < right.key(); });
}

}  // namespace

absl::Status Apply(db::Transaction& transaction, std::optional<absl::Time> now,
                   const v1::ApplyDirectoryRequest& request, v1::ApplyDirectoryResponse* response) {
  if (absl::Status status = store::AllowLongPauses(transaction); !status.ok()) return status;
  absl::StatusOr<std::vector<v1::BusinessDirectory>> wanted = files::ParseDirectory(request.yaml());
  if (!wanted.ok()) return wanted.status();
  response->set_business_count(static_cast<int>(wanted->size()));
  int technicians = 0;
  for (const v1::BusinessDirectory& directory : *wanted) technicians += directory.technicians_size();
  response->set_technician_count(technicians);
  auto edits = EditsFor(transaction, now, *std::move(wanted));
  if (!edits.ok()) return edits.status();
  response->set_plan(store::TextHash(Show(*edits, response)).substr(0, kPlanBytes));
  // What is as the file says already can be said again: an answer may have been lost.
  if (!request.plan().empty() && request.plan() != response->plan() && response->change_count() > 0) {
    return Error(absl::StatusCode::kAborted, "PLAN_MISMATCH",
                 "the file or the directory has changed since the plan was made; plan again");
  }
  return request.dry_run() ? absl::OkStatus() : WriteEdits(transaction, now, request.changed_by(), *edits);
}

absl::Status Import(db::Transaction& transaction, std::optional<absl::Time> now,
                    const v1::ImportAirtableRequest& request, v1::ImportAirtableResponse* response) {
  if (absl::Status status = store::AllowLongPauses(transaction); !status.ok()) return status;
  files::AirtableImport import =
      files::ReadAirtable(request.businesses_csv(), request.roster_csv(), request.default_time_zone());
  bool any_refused = false;
  for (v1::ImportFinding& finding : import.findings) {
    any_refused = any_refused || finding.refused();
    *response->add_findings() = std::move(finding);
  }
  response->set_row_count(import.row_count);
  response->set_taken_count(import.taken_count);
  auto edits = EditsFor(transaction, now, std::move(import.directories));
  if (!edits.ok()) return edits.status();
  for (store::DirectoryEdit& edit : *edits) {
    if (edit.before.has_business()) KeepWhatTablesCannotSay(edit);
  }
  Show(*edits, response);
  if (request.dry_run() || (any_refused && !request.partial())) return absl::OkStatus();
  response->set_applied(true);
  return WriteEdits(transaction, now, request.changed_by(), *edits);
}

}  // namespace afterhours::rpc
