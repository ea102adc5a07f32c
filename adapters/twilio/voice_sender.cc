#include "adapters/twilio/voice_sender.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/twilio/answers.h"
#include "adapters/twilio/error_codes.h"
#include "adapters/twilio/resources.h"
#include "adapters/twilio/statuses.h"
#include "adapters/twilio/twiml.h"
#include "base/text.h"

namespace afterhours::twilio {
namespace {

constexpr char kCalls[] = "Calls";
constexpr int kLookUpPagesMax = 5;
constexpr std::size_t kTwimlBytesMax = 4000;
constexpr int kTimesSaid = 2;
constexpr std::size_t kTextEndBytes = 100;  // "Press 1 to accept, ..."
constexpr absl::Duration kCallTimeMax = absl::Seconds(180);
// Twilio's clock and the database's may differ. Calls carry nothing of ours, so
// this is short: an older call must not be taken for this one.
constexpr absl::Duration kClockSlack = absl::Seconds(15);

// `text` without its middle, at most `bytes_max` bytes and its end.
std::string WithoutMiddle(absl::string_view text, std::size_t bytes_max) {
  std::size_t end = text.size() - std::min(text.size(), kTextEndBytes);
  // Not within a character.
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return absl::StrCat(CutText(text.substr(0, end), bytes_max), "... ", text.substr(end));
}

FoundPage Describe(const Resource& call) {
  FoundPage found;
  found.provider_message_id = call.sid;
  found.provider_status = call.status;
  found.state = CallStateOf(call.status);
  // Whatever a status says that we do not know: Twilio has it.
  if (found.state == v1::PAGE_STATE_UNSPECIFIED) found.state = v1::PAGE_STATE_ACCEPTED;
  found.error_code = std::string(CallErrorOf(call.status));
  found.call_over = IsCallOver(call.status);
  return found;
}

// The calls that went to the page's address when it was handed over.
LookUpResult Find(const Listing& listing, const PageInquiry& page, absl::Duration send_timeout) {
  const absl::Time earliest = page.send_time - kClockSlack, latest = page.send_time + send_timeout + kClockSlack;
  if (!listing.status.ok()) return UnknownResult(listing.status.message());
  std::vector<FoundPage> found;
  for (const Resource& call : listing.resources) {
    // Only what was asked for through the API: not calls that were put through.
    const bool ours = call.direction.empty() || call.direction == "outbound-api";
    // One without a time is one that was just made.
    const bool then =
        call.create_time >= earliest && (call.create_time <= latest || call.create_time == absl::InfiniteFuture());
    if (ours && then) found.push_back(Describe(call));
  }
  return FoundResult(std::move(found), /*is_named=*/false);
}

}  // namespace

VoiceSender::VoiceSender(VoiceSenderOptions options, HttpClient& client)
    : options_(std::move(options)), client_(client) {}

const std::string& VoiceSender::CallerFor(const std::string& from_address) const {
  if (!from_address.empty() && !IsMessagingService(from_address)) return from_address;
  return options_.voice_from.empty() ? options_.account.default_from : options_.voice_from;
}

void VoiceSender::Send(const OutgoingPage& page, std::function<void(SendResult)> done) {
  const std::string& caller = CallerFor(page.from_address);
  if (caller.empty() || IsMessagingService(caller)) {
    SendResult result;
    result.outcome = SendResult::Outcome::kRefused;
    result.decision = core::FailureDecision::kConfigurationAlarm;
    result.error_code = "NO_CALLER";
    result.error_message = "a messaging service cannot call; set --twilio_voice_from";
    return done(std::move(result));
  }
  const std::string action_url = CallbackUrl(options_.account, "/webhooks/twilio/ack-call/", page.page_id);
  const FormFields form = {
      {"To", page.to_address},
      {"From", caller},
      {"Twiml", PageTwiml(page.body, action_url)},
      {"StatusCallback", CallbackUrl(options_.account, "/webhooks/twilio/call-status/", page.page_id)},
      {"StatusCallbackEvent", "initiated"},
      {"StatusCallbackEvent", "ringing"},
      {"StatusCallbackEvent", "answered"},
      {"StatusCallbackEvent", "completed"},
      {"Timeout", absl::StrCat(absl::ToInt64Seconds(options_.ring_timeout))},
      {"TimeLimit", absl::StrCat(absl::ToInt64Seconds(kCallTimeMax))},
  };
  client_.Start(CreateCall(options_.account, "Calls.json", form),
                [done = std::move(done)](const HttpResult& answer) { done(ReadSendAnswer(answer)); });
}

void VoiceSender::LookUp(const PageInquiry& page, std::function<void(LookUpResult)> done) {
  if (IsSid(page.provider_message_id)) {
    return Fetch(client_, options_.account, kCalls, page.provider_message_id, Describe, std::move(done));
  }
  // No time filter: it is on the start, which a queued call lacks.
  List(client_, options_.account, kCalls, {{"To", page.to_address}, {"From", CallerFor(page.from_address)}},
       kLookUpPagesMax, [page, timeout = SendTimeout(), done = std::move(done)](const Listing& listing) {
         done(Find(listing, page, timeout));
       });
}

core::FailureDecision VoiceSender::DecisionFor(absl::string_view error_code) const {
  return twilio::DecisionFor(error_code);
}

std::string PageTwiml(absl::string_view text, absl::string_view action_url) {
  std::string twiml = GatherTwiml(text, action_url, kTimesSaid);
  if (twiml.size() > kTwimlBytesMax) twiml = GatherTwiml(text, action_url);
  for (std::size_t bytes = kTwimlBytesMax; twiml.size() > kTwimlBytesMax && bytes > 0; bytes /= 2) {
    twiml = GatherTwiml(WithoutMiddle(text, bytes), action_url);
  }
  return twiml;
}

}  // namespace afterhours::twilio
