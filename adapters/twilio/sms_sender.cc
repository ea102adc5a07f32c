#include "adapters/twilio/sms_sender.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/twilio/answers.h"
#include "adapters/twilio/error_codes.h"
#include "adapters/twilio/resources.h"
#include "adapters/twilio/statuses.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

using google::protobuf::util::TimeUtil;

constexpr char kMessages[] = "Messages";
constexpr int kLookUpPagesMax = 5;
constexpr int kReplyPagesMax = 2;
constexpr std::size_t kReplyBytesMax = 4000;  // of the API's TextReply
// Twilio's clock and ours may differ.
constexpr absl::Duration kClockSlack = absl::Seconds(60);

FoundPage Describe(const Resource& message) {
  FoundPage found;
  found.provider_message_id = message.sid;
  found.provider_status = message.status;
  found.state = MessageStateOf(message.status);
  // Whatever a status says that we do not know: Twilio has it.
  if (found.state == v1::PAGE_STATE_UNSPECIFIED) found.state = v1::PAGE_STATE_ACCEPTED;
  found.error_code = message.error_code;
  return found;
}

// The messages with the page's code among those that went to its address, newest
// first.
LookUpResult Find(const Listing& listing, const PageInquiry& page) {
  if (page.reply_code.empty()) return UnknownResult("the page has no code to look for");
  // "Code K7PD" or "code K7PD".
  const std::string mark = absl::StrCat("ode ", page.reply_code);
  std::vector<const Resource*> matches;
  for (const Resource& message : listing.resources) {
    if (message.direction == "outbound-api" && message.create_time >= page.send_time - kClockSlack &&
        absl::StrContains(message.body, mark)) {
      matches.push_back(&message);
    }
  }
  if (matches.empty() && !listing.status.ok()) return UnknownResult(listing.status.message());
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Resource* a, const Resource* b) { return a->create_time > b->create_time; });
  std::vector<FoundPage> found;
  for (const Resource* message : matches) found.push_back(Describe(*message));
  LookUpResult result = FoundResult(std::move(found), /*is_named=*/true);
  result.is_complete = listing.status.ok();
  return result;
}

std::vector<v1::TextReply> RepliesIn(const Listing& listing, absl::string_view provider, absl::Time since) {
  std::vector<const Resource*> messages;
  for (const Resource& message : listing.resources) {
    // In Twilio's whole seconds. What came before the page did not answer it.
    const bool later = message.create_time >= absl::FromUnixSeconds(absl::ToUnixSeconds(since));
    if (message.direction == "inbound" && later) messages.push_back(&message);
  }
  // Within a second, Twilio's order: newest first.
  std::reverse(messages.begin(), messages.end());
  std::stable_sort(messages.begin(), messages.end(),
                   [](const Resource* a, const Resource* b) { return a->create_time < b->create_time; });
  std::vector<v1::TextReply> replies;
  for (const Resource* message : messages) {
    v1::TextReply& reply = replies.emplace_back();
    reply.set_provider(std::string(provider));
    reply.set_provider_message_id(message->sid);
    reply.set_from_number(message->from);
    reply.set_to_number(message->to);
    reply.set_body(CutText(message->body, kReplyBytesMax));
    // One without a time has just come.
    if (message->create_time != absl::InfiniteFuture()) {
      *reply.mutable_receive_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(message->create_time));
    }
  }
  return replies;
}

}  // namespace

SmsSender::SmsSender(SmsSenderOptions options, HttpClient& client) : options_(std::move(options)), client_(client) {}

void SmsSender::Send(const OutgoingPage& page, std::function<void(SendResult)> done) {
  const std::string& from = page.from_address.empty() ? options_.account.default_from : page.from_address;
  const FormFields form = {
      {"To", page.to_address},
      {IsMessagingService(from) ? "MessagingServiceSid" : "From", from},
      {"Body", page.body},
      {"StatusCallback", CallbackUrl(options_.account, "/webhooks/twilio/sms-status/", page.page_id)},
      {"ValidityPeriod", absl::StrCat(absl::ToInt64Seconds(options_.validity_period))},
  };
  client_.Start(CreateCall(options_.account, "Messages.json", form),
                [done = std::move(done)](const HttpResult& answer) { done(ReadSendAnswer(answer)); });
}

void SmsSender::LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) {
  if (IsSid(page.provider_message_id)) {
    return Fetch(client_, options_.account, kMessages, page.provider_message_id, Describe, std::move(done));
  }
  // No date filter: it is on the time of sending, which a queued message lacks.
  FormFields filter = {{"To", page.to_address}};
  const std::string& from = page.from_address.empty() ? options_.account.default_from : page.from_address;
  if (!from.empty() && !IsMessagingService(from)) filter.emplace_back("From", from);
  List(client_, options_.account, kMessages, std::move(filter), kLookUpPagesMax,
       [page, done = std::move(done)](const Listing& listing) { done(Find(listing, page)); });
}

core::FailureDecision SmsSender::DecisionFor(absl::string_view error_code) const {
  return twilio::DecisionFor(error_code);
}

void SmsSender::ListReplies(const std::string& from_address, const std::string& sender, absl::Time since,
                            std::function<void(absl::StatusOr<std::vector<v1::TextReply>>)> done) {
  const std::string& our_number = sender.empty() ? options_.account.default_from : sender;
  // By day only, and a day more than needed. What has arrived has that date.
  const std::string day = absl::FormatTime("%Y-%m-%d", since - kClockSlack, absl::UTCTimeZone());
  FormFields filter = {{"From", from_address}, {"DateSent>", day}};
  // Which of a service's numbers the page came from is not known.
  if (!IsMessagingService(our_number)) filter.emplace_back("To", our_number);
  List(client_, options_.account, kMessages, filter, kReplyPagesMax,
       [provider = std::string(name()), since, done = std::move(done)](const Listing& listing) {
         // A reply that was read counts, whatever became of the rest.
         if (listing.page_count == 0) return done(listing.status);
         done(RepliesIn(listing, provider, since));
       });
}

}  // namespace afterhours::twilio
