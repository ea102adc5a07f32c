#include "adapters/twilio/resources.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace afterhours::twilio {
namespace {

constexpr char kPageSize[] = "1000";
// A thousand entries are about 1 MiB.
constexpr std::size_t kPageBytesMax = 4 << 20;

// A listing being read.
struct Reading {
  HttpClient& client;
  const Account account;
  const std::string collection;
  const int page_count_max;
  const std::function<void(Listing)> done;
  Listing listing;
};

// Our credentials go where the link leads: only to what is ours.
bool IsWithinAccount(const Account& account, absl::string_view uri) {
  return absl::StartsWith(uri, ResourcePath(account, "")) && !absl::StrContains(uri, "..") &&
         std::all_of(uri.begin(), uri.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
}

void Finish(Reading& reading, absl::Status status) {
  reading.listing.status = std::move(status);
  reading.done(std::move(reading.listing));
}

void ReadPage(const std::shared_ptr<Reading>& reading, absl::string_view path_and_query);

void TakePage(const std::shared_ptr<Reading>& reading, const HttpResult& answer) {
  absl::StatusOr<ResourcePage> page = ReadResourcePage(answer, absl::AsciiStrToLower(reading->collection));
  if (!page.ok()) return Finish(*reading, page.status());
  Listing& listing = reading->listing;
  ++listing.page_count;
  std::move(page->resources.begin(), page->resources.end(), std::back_inserter(listing.resources));
  if (page->next_page_uri.empty()) return Finish(*reading, absl::OkStatus());
  if (listing.page_count >= reading->page_count_max) {
    return Finish(*reading, absl::ResourceExhaustedError(
                                absl::StrCat("Twilio's listing has more than ", listing.resources.size(), " entries")));
  }
  if (!IsWithinAccount(reading->account, page->next_page_uri)) {
    return Finish(*reading, absl::UnavailableError("Twilio's listing goes on outside of the account"));
  }
  ReadPage(reading, page->next_page_uri);
}

void ReadPage(const std::shared_ptr<Reading>& reading, absl::string_view path_and_query) {
  HttpCall call = ReadCall(reading->account, path_and_query);
  call.answer_bytes_max = kPageBytesMax;
  reading->client.Start(std::move(call), [reading](const HttpResult& answer) { TakePage(reading, answer); });
}

}  // namespace

bool IsSid(absl::string_view sid) {
  return !sid.empty() && std::all_of(sid.begin(), sid.end(), [](unsigned char c) { return absl::ascii_isalnum(c); });
}

LookUpResult FoundResult(std::vector<FoundPage> found, bool is_named) {
  LookUpResult result;
  result.outcome = found.empty() ? LookUpResult::Outcome::kNotFound : LookUpResult::Outcome::kFound;
  result.found = std::move(found);
  result.is_named = is_named;
  return result;
}

LookUpResult UnknownResult(absl::string_view why) {
  LookUpResult result;
  result.error_message = std::string(why);
  return result;
}

void Fetch(HttpClient& client, const Account& account, absl::string_view collection, const std::string& sid,
           std::function<FoundPage(const Resource&)> describe, std::function<void(LookUpResult)> done) {
  HttpCall call = ReadCall(account, ResourcePath(account, absl::StrCat(collection, "/", sid, ".json")));
  client.Start(std::move(call),
               [sid, describe = std::move(describe), done = std::move(done)](const HttpResult& answer) {
                 const absl::StatusOr<Resource> resource = ReadResource(answer, sid);
                 if (resource.ok()) return done(FoundResult({describe(*resource)}, /*is_named=*/true));
                 if (absl::IsNotFound(resource.status())) return done(FoundResult({}, /*is_named=*/true));
                 done(UnknownResult(resource.status().message()));
               });
}

void List(HttpClient& client, const Account& account, absl::string_view collection, FormFields filter,
          int page_count_max, std::function<void(Listing)> done) {
  filter.emplace_back("PageSize", kPageSize);
  const auto reading = std::shared_ptr<Reading>(
      new Reading{client, account, std::string(collection), page_count_max, std::move(done), {}});
  ReadPage(reading, ResourcePath(account, absl::StrCat(collection, ".json?", EncodeForm(filter))));
}

}  // namespace afterhours::twilio
