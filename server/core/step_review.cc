#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/page_text.h"
#include "server/core/stepper.h"

namespace afterhours::core {

void Stepper::ScreenOut(const UrgencyJudgement& judged) {
  Record(v1::EVENT_KIND_SCREENED_OUT, kSystem, "",
         absl::StrCat("It is no matter for whoever is on call: ", Name(judged.screening), " (", judged.screening_reason,
                      ")"),
         {{"screening", Name(judged.screening)}, {"reason", judged.screening_reason}});
  s_.dispatch.screening = judged.screening;
  End(v1::DISPATCH_STATUS_SCREENED_OUT);
}

void Stepper::Take(const Reopened& reopened) {
  if (s_.dispatch.status == v1::DISPATCH_STATUS_SCREENED_OUT) Reopen(reopened.actor, reopened.reason);
}

void Stepper::Reopen(const std::string& actor, const std::string& reason) {
  Record(v1::EVENT_KIND_REOPENED, actor, "", absl::StrCat("It goes on after all: ", reason), {{"reason", reason}});
  s_.dispatch.screening = v1::SCREENING_UNSPECIFIED;
  s_.dispatch.end_time.reset();
  has_news_ = true;
  // Whatever it is, somebody thinks that it matters.
  const UrgencyJudgement judged = Judge(s_.call);
  if (judged.urgency != s_.dispatch.urgency) TakeUrgency(judged);
  if (s_.business.id != kNilId) return BeginPaging();
  SetTimer(TimerKind::kCutoff, now_ + CurrentPolicy().cutoff);
  SetStatus(v1::DISPATCH_STATUS_NEEDS_REVIEW);
}

void Stepper::Take(const BusinessAssigned& assigned) {
  if (s_.dispatch.status != v1::DISPATCH_STATUS_NEEDS_REVIEW) return;
  Record(v1::EVENT_KIND_BUSINESS_MATCHED, assigned.actor, "",
         absl::StrCat("Business is ", s_.business.name, " (", assigned.business_rule, ")"),
         {{"business_id", s_.business.id}, {"rule", assigned.business_rule}});
  has_news_ = true;
  // Its trade and its own rules may judge otherwise.
  UrgencyJudgement judged = Judge(s_.call);
  for (const Call& repeat : s_.repeat_calls) {
    const UrgencyJudgement of_repeat = Judge(repeat);
    if (Raises(of_repeat, judged.urgency)) judged = of_repeat;
  }
  if (judged.urgency != s_.dispatch.urgency) TakeUrgency(judged);
  BeginPaging();
}

void Stepper::Take(const RosterChanged& changed) {
  if (IsOver()) return;
  // Nobody who is there is waited for, or the owner for want of anybody else.
  const bool exhausted = chain_.phase == Chain::Phase::kExhausted;
  const bool owners_turn = chain_.phase == Chain::Phase::kOwner && SomebodyNewCanBePaged();
  const bool anybody = exhausted && (NextOnCall() != nullptr || (SomebodyIsLeft() && SomebodyIsUnreached()));
  if (!owners_turn && !anybody) return;
  Record(v1::EVENT_KIND_ROSTER_CHANGED, changed.actor, "", absl::StrCat(changed.what, ": somebody can be paged now"));
  if (exhausted) return Reconsider();
  if (Page* page = FindPage(s_, chain_.page_id)) StopWaitingFor(*page);
  Advance();
}

std::vector<std::string> Stepper::Enrich(Call& call, const Call& report) {
  std::vector<std::string> filled;
  const auto fill = [&filled](absl::string_view name, auto& mine, const auto& theirs, const auto& empty) {
    if (mine != empty || theirs == empty) return;
    mine = theirs;
    filled.emplace_back(name);
  };
  fill("caller_number", call.caller_number, report.caller_number, std::string());
  fill("called_number", call.called_number, report.called_number, std::string());
  fill("summary", call.summary, report.summary, std::string());
  fill("transcript", call.transcript, report.transcript, std::string());
  if (report.given_urgency > call.given_urgency) {
    call.given_urgency = report.given_urgency;
    filled.emplace_back("given_urgency");
  }
  fill("start_time", call.start_time, report.start_time, std::optional<absl::Time>());
  fill("end_time", call.end_time, report.end_time, std::optional<absl::Time>());
  fill("twilio_call_sid", call.twilio_call_sid, report.twilio_call_sid, std::string());
  fill("retell_agent_id", call.retell_agent_id, report.retell_agent_id, std::string());
  for (const std::string& name : filled) has_news_ = has_news_ || name == "summary" || name == "transcript";
  return filled;
}

void Stepper::Take(const CallRepeated& repeated) {
  if (IsOver()) return;
  s_.changed_repeats.insert(s_.repeat_calls.size());
  s_.repeat_calls.push_back(repeated.call);
  has_news_ = true;
  Record(v1::EVENT_KIND_CALL_REPEATED, kSystem, "",
         absl::StrCat("The caller called again: ", Shorten(AboutCall(repeated.call), 200)),
         {{"summary", repeated.call.summary}, {"external_call_id", repeated.call.external_call_id}});
  const UrgencyJudgement judged = Judge(repeated.call);
  const bool raised = Raises(judged, s_.dispatch.urgency);
  if (raised) TakeUrgency(judged);
  TellOfRepeat(repeated.call);
  if (raised) HurryUp();
}

void Stepper::TakeReportOfRepeat(std::size_t place, const Call& report) {
  const std::vector<std::string> filled = Enrich(s_.repeat_calls[place], report);
  if (filled.empty()) return;
  s_.changed_repeats.insert(place);
  Record(v1::EVENT_KIND_CALL_ENRICHED, kSystem, "",
         absl::StrCat("A later report of the repeated call added its ", absl::StrJoin(filled, ", ")),
         {{"fields", absl::StrJoin(filled, ",")}});
  const UrgencyJudgement judged = Judge(s_.repeat_calls[place]);
  if (IsOver() || !Raises(judged, s_.dispatch.urgency)) return;
  TakeUrgency(judged);
  HurryUp();
}

bool Stepper::Raises(const UrgencyJudgement& judged, v1::Urgency urgency) {
  const bool says_something = !judged.guessed || !judged.topics.empty();
  return judged.urgency > urgency && judged.screening == v1::SCREENING_UNSPECIFIED && says_something;
}

// Those who may be on their way to it are told, by text; the chain goes on as it
// would. Whoever is paged later hears of it in the page.
void Stepper::TellOfRepeat(const Call& call) {
  if (s_.repeat_calls.size() > kRepeatTextsMax) return;
  std::set<std::string> told;
  const std::size_t count = s_.pages.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Page page = s_.pages[i];
    const bool declined = std::count(chain_.declined.begin(), chain_.declined.end(), page.technician_id) > 0;
    // What has not left yet says nothing of this call either.
    const bool comes = MayBeAnswered(page) || page.state == v1::PAGE_STATE_PLANNED;
    if (declined || !comes || told.count(page.technician_id) > 0) continue;
    const std::optional<ContactMethod> where = TextContact(page);
    if (!where.has_value()) continue;
    told.insert(page.technician_id);
    const ContactMethod& contact = *where;
    Page& text = AddPage(page.technician_id, page.technician_name, contact);
    text.body = RepeatText(s_, call, text.reply_code);
    SetState(text, v1::PAGE_STATE_PLANNED);
    text.due_time = now_;
    text.over = true;  // the chain does not wait for it
    Record(
        v1::EVENT_KIND_PAGE_PLANNED, kSystem, text.id,
        absl::StrCat("Telling ", page.technician_name, " by SMS at ", contact.address, " that the caller called again"),
        {{"technician", page.technician_name}, {"channel", Name(v1::CHANNEL_SMS)}, {"reason", "CALL_REPEATED"}});
  }
}

// Where whoever has `page` can be texted: where it went, or at their number for texts.
std::optional<ContactMethod> Stepper::TextContact(const Page& page) const {
  const ContactMethod same{v1::CHANNEL_SMS, page.to_address};
  const ContactMethod* contact = page.channel == v1::CHANNEL_SMS ? &same : nullptr;
  if (page.channel == v1::CHANNEL_VOICE && page.technician_id == kNilId) contact = &same;
  for (const OnCallTechnician& technician : s_.on_call) {
    if (contact == nullptr && technician.id == page.technician_id) {
      contact = ContactFor(v1::CHANNEL_SMS, technician.contact_methods);
    }
  }
  if (contact == nullptr || SuppressionOf(contact->channel, contact->address) != nullptr) return std::nullopt;
  return *contact;
}

}  // namespace afterhours::core
