#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "server/core/names.h"
#include "server/core/stepper.h"

namespace afterhours::core {
namespace {

// How often one step's page may be replaced by another: it was certainly not
// sent, or never came to be at the provider.
constexpr int kRepeatsMax = 2;
// When no page reached a provider, all of it is tried again, less and less often.
constexpr absl::Duration kOutagePauseFirst = absl::Seconds(30);
constexpr absl::Duration kOutagePauseMax = kOnCallHorizon;
constexpr int kDoublingsMax = 5;

constexpr absl::Duration kAddressSuppression = absl::Hours(24 * 30);
constexpr absl::Duration kSenderSuppression = absl::Hours(24);

bool Contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::vector<ContactMethod> OwnersContacts(const Business& business) {
  if (business.owner_phone.empty()) return {};
  return {{v1::CHANNEL_SMS, business.owner_phone}, {v1::CHANNEL_VOICE, business.owner_phone}};
}

}  // namespace

const Policy& Stepper::CurrentPolicy() const { return s_.policies.at(s_.dispatch.urgency); }

void Stepper::AwaitReport() {
  chain_.awaits_report = true;
  const absl::Time until = now_ + kReportGrace;
  SetTimer(TimerKind::kStep, until);
  SetTimer(TimerKind::kCutoff, until + CurrentPolicy().cutoff);
  Record(v1::EVENT_KIND_WAITING, kSystem, "",
         absl::StrCat("Waiting ", absl::FormatDuration(kReportGrace), " for the voice agent's report of the call"),
         {{"reason", "REPORT"}, {"until", absl::FormatTime(absl::RFC3339_sec, until, absl::UTCTimeZone())}});
  SetStatus(v1::DISPATCH_STATUS_UNASSIGNED);
}

void Stepper::BeginPaging() {
  chain_.awaits_report = false;
  const absl::Time begin = HoldEnd(CurrentPolicy(), now_, s_.business.time_zone).value_or(now_);
  SetTimer(TimerKind::kCutoff, begin + CurrentPolicy().cutoff);
  if (begin > now_) {
    SetTimer(TimerKind::kStep, begin);
    const std::string until = absl::FormatTime(absl::RFC3339_sec, begin, absl::UTCTimeZone());
    Record(v1::EVENT_KIND_WAITING, kSystem, "", absl::StrCat("It can wait: paging begins at ", until),
           {{"reason", "HOLD"}, {"until", until}});
    return SetStatus(v1::DISPATCH_STATUS_UNASSIGNED);
  }
  chain_.phase = Chain::Phase::kTechnicians;
  Advance();
}

void Stepper::StepDue() {
  if (chain_.phase == Chain::Phase::kWaiting) return BeginPaging();
  if (chain_.phase == Chain::Phase::kExhausted) return Reconsider();
  if (Page* page = FindPage(s_, chain_.page_id)) {
    if (page->state == v1::PAGE_STATE_PLANNED && page->attempt_count == 0) {
      // It has not left yet: nobody could answer it. Its wait begins when it does.
      return SetTimer(TimerKind::kStep, now_ + std::max(chain_.wait, absl::Seconds(1)));
    }
    if (page->state == v1::PAGE_STATE_PLANNED) {
      SetState(*page, v1::PAGE_STATE_FAILED);
      Record(v1::EVENT_KIND_PAGE_FAILED, kSystem, page->id,
             absl::StrCat("It could not be handed over before the next step (", page->error_message, ")"),
             {{"error_code", page->error_code}});
    }
    StopWaitingFor(*page);
  }
  Advance();
}

void Stepper::StopWaitingFor(Page& page) {
  page.over = true;
  if (page.state != v1::PAGE_STATE_UNCERTAIN && !IsReceiptDue(page)) ClearTimer(TimerKind::kCheck, page.id);
  s_.changed_pages.insert(page.id);
}

void Stepper::Advance() {
  ClearTimer(TimerKind::kStep);
  chain_.page_id.clear();
  chain_.repeat_count = 0;
  // Whoever has come on call since the owner's turn began comes before the owner.
  const bool owners_turn = chain_.phase == Chain::Phase::kOwner;
  const int owners_step = owners_turn ? chain_.step : 0;
  if (owners_turn && NextOnCall() != nullptr) chain_.phase = Chain::Phase::kTechnicians;
  if (chain_.phase == Chain::Phase::kTechnicians) {
    if (TakeTechniciansStep()) return;
    chain_.phase = Chain::Phase::kOwner;
    chain_.technician_id.clear();
    chain_.step = owners_step;
  }
  if (TakeOwnersStep()) return;
  const bool again = chain_.round < CurrentPolicy().round_count && AnythingLeft();
  if (again && StartRound()) return;
  Exhausted();
}

bool Stepper::TakeTechniciansStep() {
  const std::vector<PolicyStep>& steps = CurrentPolicy().technician_steps;
  for (;;) {
    // Who is on call is asked when a step is taken: whoever has left gives way.
    const auto turn = std::find_if(s_.on_call.begin(), s_.on_call.end(), [this](const OnCallTechnician& technician) {
      return technician.id == chain_.technician_id;
    });
    while (turn != s_.on_call.end() && chain_.step < static_cast<int>(steps.size())) {
      const PolicyStep& step = steps[static_cast<std::size_t>(chain_.step++)];
      if (TakeStep(step, turn->id, turn->name, turn->contact_methods)) return true;
    }
    const OnCallTechnician* next = NextOnCall();
    if (next == nullptr) return false;
    chain_.technician_id = next->id;
    chain_.visited.push_back(next->id);
    chain_.step = 0;
  }
}

bool Stepper::TakeOwnersStep() {
  const std::vector<PolicyStep>& steps = CurrentPolicy().owner_steps;
  const std::vector<ContactMethod> contacts = OwnersContacts(s_.business);
  const std::string owner(kNilId);
  if (contacts.empty() || OwnerDeclined()) return false;
  if (OnlyUnreached() && IsReached(owner)) return false;
  const std::string name = s_.business.owner_name.empty() ? "the owner" : s_.business.owner_name;
  while (chain_.step < static_cast<int>(steps.size())) {
    const PolicyStep& step = steps[static_cast<std::size_t>(chain_.step++)];
    if (TakeStep(step, owner, name, contacts)) return true;
  }
  return false;
}

bool Stepper::TakeStep(const PolicyStep& step, const std::string& technician_id, const std::string& name,
                       const std::vector<ContactMethod>& contacts) {
  const ContactMethod* contact = ContactFor(step.channel, contacts);
  if (contact == nullptr) {
    Record(v1::EVENT_KIND_STEP_SKIPPED, kSystem, "", absl::StrCat(name, " has no address for ", Name(step.channel)),
           {{"technician", name}, {"channel", Name(step.channel)}, {"reason", "NO_ADDRESS"}});
    return false;
  }
  if (const Suppression* suppression = SuppressionOf(step.channel, contact->address)) {
    Page& page = AddPage(technician_id, name, *contact);
    page.error_code = suppression->reason;
    page.over = true;
    SetState(page, v1::PAGE_STATE_SUPPRESSED);
    Record(v1::EVENT_KIND_PAGE_SUPPRESSED, kSystem, page.id,
           absl::StrCat("Not paging ", name, " by ", Name(step.channel), ": it is known not to work (code ",
                        suppression->reason, ")"),
           {{"technician", name}, {"channel", Name(step.channel)}, {"error_code", suppression->reason}});
    return false;
  }
  SetStatus(v1::DISPATCH_STATUS_DISPATCHING);
  chain_.wait = step.wait;
  SetTimer(TimerKind::kStep, now_ + step.wait);
  PlanPage(technician_id, name, *contact);
  return true;
}

void Stepper::Exhausted() {
  chain_.phase = Chain::Phase::kExhausted;
  chain_.technician_id.clear();
  chain_.step = 0;
  if (s_.pages.empty()) {
    Record(v1::EVENT_KIND_NOBODY_ON_CALL, kSystem, "",
           absl::StrCat("Nobody is on call for ", s_.business.name, ", and its owner cannot be paged"));
    SetStatus(v1::DISPATCH_STATUS_UNASSIGNED);
    return ReconsiderLater();
  }
  const bool anything_left = AnythingLeft();
  const bool again = SomebodyIsLeft() && (!anything_left || SomebodyIsUnreached());
  Record(v1::EVENT_KIND_EXHAUSTED, kSystem, "",
         again && anything_left ? "Everyone has been tried, and not all could be reached; trying those again"
         : again                ? "Everyone has been tried, and no page could be sent; trying again"
         : anything_left        ? "Everyone has been paged; waiting for an ack until the cutoff"
                                : "Everyone has passed; waiting for somebody else until the cutoff");
  // All that is known of them does not work, so nobody was even asked.
  if (s_.dispatch.status != v1::DISPATCH_STATUS_DISPATCHING) SetStatus(v1::DISPATCH_STATUS_UNASSIGNED);
  if (!again) return ReconsiderLater();
  const absl::Duration pause =
      std::min(kOutagePauseFirst * (1 << std::clamp(chain_.round - 1, 0, kDoublingsMax)), kOutagePauseMax);
  ReconsiderAt(now_ + pause);
}

void Stepper::ReconsiderLater() { ReconsiderAt(now_ + kReconsiderInterval); }

void Stepper::ReconsiderAt(absl::Time latest) {
  // The moment at which others are on call is known: it is not waited past.
  SetTimer(TimerKind::kStep, std::min(latest, s_.next_on_call_change.value_or(latest)));
}

void Stepper::Reconsider() {
  if (NextOnCall() != nullptr) {
    chain_.phase = Chain::Phase::kTechnicians;
    chain_.technician_id.clear();
    return Advance();
  }
  // A round may be left when the urgency was raised after the last one. Without
  // anybody there is nothing to start over.
  const bool over_again = !s_.pages.empty() && (chain_.round < CurrentPolicy().round_count || !AnythingLeft());
  if (SomebodyIsLeft() && (over_again || SomebodyIsUnreached())) {
    if (!StartRound()) Exhausted();
    return;
  }
  ReconsiderLater();
}

bool Stepper::StartRound() {
  ++chain_.round;
  chain_.visited.clear();
  chain_.technician_id.clear();
  chain_.step = 0;
  chain_.phase = Chain::Phase::kTechnicians;
  Record(v1::EVENT_KIND_ROUND_STARTED, kSystem, "",
         absl::StrCat(OnlyUnreached() ? "Trying those again whom no page has reached, round "
                                      : "Nobody took it; starting over, round ",
                      chain_.round),
         {{"round", absl::StrCat(chain_.round)}});
  if (TakeTechniciansStep()) return true;
  chain_.phase = Chain::Phase::kOwner;
  chain_.technician_id.clear();
  chain_.step = 0;
  return TakeOwnersStep();
}

bool Stepper::MayBeAnswered(const Page& page) const {
  switch (page.state) {
    case v1::PAGE_STATE_UNCERTAIN:
      return page.check_count < kSettleChecksMax || s_.timers.count({TimerKind::kCheck, page.id}) > 0;
    case v1::PAGE_STATE_SENDING:
    case v1::PAGE_STATE_ACCEPTED:
    case v1::PAGE_STATE_SENT:
    case v1::PAGE_STATE_DELIVERED:
      return true;
    default:
      return false;
  }
}

bool Stepper::IsReached(const std::string& technician_id) const {
  return std::any_of(s_.pages.begin(), s_.pages.end(),
                     [&](const Page& page) { return page.technician_id == technician_id && MayBeAnswered(page); });
}

bool Stepper::AnythingLeft() const {
  return std::any_of(s_.pages.begin(), s_.pages.end(), [&](const Page& page) {
    return MayBeAnswered(page) && !Contains(chain_.declined, page.technician_id);
  });
}

bool Stepper::SomebodyIsLeft() const {
  return std::any_of(
             s_.on_call.begin(), s_.on_call.end(),
             [this](const OnCallTechnician& technician) { return !Contains(chain_.declined, technician.id); }) ||
         (!OwnersContacts(s_.business).empty() && !OwnerDeclined());
}

bool Stepper::CanBePaged(const std::vector<ContactMethod>& contacts, const std::vector<PolicyStep>& steps) const {
  return std::any_of(steps.begin(), steps.end(), [&](const PolicyStep& step) {
    const ContactMethod* contact = ContactFor(step.channel, contacts);
    return contact != nullptr && SuppressionOf(step.channel, contact->address) == nullptr;
  });
}

bool Stepper::SomebodyIsUnreached() const {
  const auto unreached = [this](const std::string& technician_id, const std::vector<ContactMethod>& contacts,
                                const std::vector<PolicyStep>& steps) {
    return !IsReached(technician_id) && CanBePaged(contacts, steps);
  };
  for (const OnCallTechnician& technician : s_.on_call) {
    if (Contains(chain_.declined, technician.id)) continue;
    if (unreached(technician.id, technician.contact_methods, CurrentPolicy().technician_steps)) return true;
  }
  return !OwnerDeclined() && unreached(std::string(kNilId), OwnersContacts(s_.business), CurrentPolicy().owner_steps);
}

bool Stepper::OnlyUnreached() const { return chain_.round > CurrentPolicy().round_count && AnythingLeft(); }

// The owner may be on the roster as well, and have passed there.
bool Stepper::OwnerDeclined() const {
  return Contains(chain_.declined, std::string(kNilId)) ||
         std::any_of(s_.pages.begin(), s_.pages.end(), [this](const Page& page) {
           return page.to_address == s_.business.owner_phone && Contains(chain_.declined, page.technician_id);
         });
}

const OnCallTechnician* Stepper::NextOnCall() const {
  for (const OnCallTechnician& technician : s_.on_call) {
    if (HasATurn(technician)) return &technician;
  }
  return nullptr;
}

bool Stepper::HasATurn(const OnCallTechnician& technician) const {
  if (Contains(chain_.visited, technician.id) || Contains(chain_.declined, technician.id)) return false;
  return !OnlyUnreached() || !IsReached(technician.id);
}

bool Stepper::SomebodyNewCanBePaged() const {
  return std::any_of(s_.on_call.begin(), s_.on_call.end(), [this](const OnCallTechnician& technician) {
    return HasATurn(technician) && CanBePaged(technician.contact_methods, CurrentPolicy().technician_steps);
  });
}

bool Stepper::Repeat(Page& page) {
  if (chain_.repeat_count >= kRepeatsMax) return false;
  const ContactMethod contact{page.channel, page.to_address};
  if (SuppressionOf(contact.channel, contact.address) != nullptr) return false;
  if (!MayBePaged(page.technician_id)) return false;
  ++chain_.repeat_count;
  StopWaitingFor(page);
  SetTimer(TimerKind::kStep, now_ + chain_.wait);
  const std::string technician_id = page.technician_id, name = page.technician_name;
  PlanPage(technician_id, name, contact);
  return true;
}

bool Stepper::MayBePaged(const std::string& technician_id) const {
  return technician_id == kNilId ||
         std::any_of(s_.on_call.begin(), s_.on_call.end(),
                     [&](const OnCallTechnician& technician) { return technician.id == technician_id; });
}

void Stepper::GiveWay(Page& page) {
  const bool awaited = chain_.page_id == page.id && !page.over;
  StopWaitingFor(page);
  if (awaited && !IsOver()) Advance();
}

void Stepper::EndCall(Page& page) {
  if (page.channel == v1::CHANNEL_VOICE && !page.over) StopWaitingFor(page);
}

void Stepper::Take(const Declined& declined) {
  if (Page* page = FindPage(s_, declined.page_id)) EndCall(*page);
  if (IsOver()) return;
  Record(v1::EVENT_KIND_DECLINED, declined.actor, declined.page_id, absl::StrCat(declined.declined_by, " passed"),
         {{"declined_by", declined.declined_by}});
  const bool paging = chain_.phase == Chain::Phase::kTechnicians || chain_.phase == Chain::Phase::kOwner;
  const std::string turn = chain_.phase == Chain::Phase::kOwner ? std::string(kNilId) : chain_.technician_id;
  std::string who = declined.technician_id;
  // An operator speaks for whom they name, else for whoever is asked now.
  for (const OnCallTechnician& technician : s_.on_call) {
    if (who.empty() && absl::EqualsIgnoreCase(technician.name, declined.declined_by)) who = technician.id;
  }
  if (who.empty() && paging) who = turn;
  const bool their_turn = paging && who == turn;
  if (!who.empty() && !Contains(chain_.declined, who)) chain_.declined.push_back(who);
  if (!who.empty()) CancelPlannedPages(who, "they passed");
  if (!their_turn) return;
  if (Page* page = FindPage(s_, chain_.page_id)) StopWaitingFor(*page);
  SkipRestOfTurn();
  Advance();
}

void Stepper::SkipRestOfTurn() {
  const Policy& policy = CurrentPolicy();
  const bool owners = chain_.phase == Chain::Phase::kOwner;
  chain_.step = static_cast<int>(owners ? policy.owner_steps.size() : policy.technician_steps.size());
}

// The urgency was raised: another policy holds, and nothing waits longer than it says.
void Stepper::HurryUp() {
  // Nobody is paged while it is under review: an earlier end would help nobody.
  if (s_.dispatch.status == v1::DISPATCH_STATUS_NEEDS_REVIEW) return;
  const auto sooner = [this](TimerKind kind, absl::Time due) {
    const auto found = s_.timers.find({kind, ""});
    if (found != s_.timers.end()) found->second = std::min(found->second, due);
  };
  sooner(TimerKind::kCutoff, now_ + CurrentPolicy().cutoff);
  if (chain_.phase == Chain::Phase::kWaiting) return BeginPaging();
  const bool owners = chain_.phase == Chain::Phase::kOwner;
  const std::vector<PolicyStep>& steps = owners ? CurrentPolicy().owner_steps : CurrentPolicy().technician_steps;
  // Nobody is being waited for.
  if (chain_.page_id.empty()) return sooner(TimerKind::kStep, now_);
  const std::size_t taken = static_cast<std::size_t>(std::max(chain_.step, 1)) - 1;
  // Whom this policy would not page is not waited for.
  const absl::Duration wait = steps.empty() ? absl::ZeroDuration() : steps[std::min(taken, steps.size() - 1)].wait;
  chain_.wait = std::min(chain_.wait, wait);
  sooner(TimerKind::kStep, now_ + chain_.wait);
}

// The first of that channel that is not known to fail, else the first.
const ContactMethod* Stepper::ContactFor(v1::Channel channel, const std::vector<ContactMethod>& contacts) const {
  const ContactMethod* first = nullptr;
  for (const ContactMethod& contact : contacts) {
    if (contact.channel != channel) continue;
    if (SuppressionOf(channel, contact.address) == nullptr) return &contact;
    if (first == nullptr) first = &contact;
  }
  return first;
}

const Suppression* Stepper::SuppressionOf(v1::Channel channel, const std::string& address) const {
  const auto holds = [&](const Suppression& suppression) {
    return suppression.channel == channel && suppression.expire_time > now_ &&
           (suppression.address.empty() || suppression.address == address) &&
           suppression.sender == s_.business.sms_sender;
  };
  const auto found = std::find_if(s_.suppressions.begin(), s_.suppressions.end(), holds);
  return found == s_.suppressions.end() ? nullptr : &*found;
}

void Stepper::Suppress(const Page& page, FailureDecision decision, const std::string& code) {
  const bool sender = decision == FailureDecision::kSenderBlocked;
  if (!sender && decision != FailureDecision::kAddressBlocked) return;
  const Suppression suppression{page.channel, sender ? "" : page.to_address, page.from_address, code,
                                now_ + (sender ? kSenderSuppression : kAddressSuppression)};
  s_.suppressions.push_back(suppression);
  s_.new_suppressions.push_back(suppression);
}

}  // namespace afterhours::core
