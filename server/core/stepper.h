#pragma once

#include <map>
#include <optional>
#include <string>

#include "server/core/step.h"
#include "server/core/urgency/urgency.h"

namespace afterhours::core {

// Step's workings: one snapshot, one moment. step.cc has what happens to the
// dispatch, step_review.cc what operators and later calls make of it,
// step_chain.cc how it escalates, step_pages.cc the hand-over of its
// pages and their receipts, step_settle.cc what is asked of providers,
// step_recover.cc what is put right, step_opinion.cc what a model is asked.
class Stepper {
 public:
  Stepper(Snapshot& snapshot, absl::Time now, NewPageId new_page_id)
      : s_(snapshot), chain_(snapshot.dispatch.chain), now_(now), new_page_id_(new_page_id) {}

  void Take(const Started& started);
  void Take(const CallReportedAgain& again);
  void Take(const CallRepeated& repeated);
  void Take(const BusinessAssigned& assigned);
  void Take(const Reopened& reopened);
  void Take(const RosterChanged& changed);
  void Take(const PageClaimed& claimed);
  void Take(const PageAccepted& accepted);
  void Take(const PageRefused& refused);
  void Take(const PageOutcomeUnknown& unknown);
  void Take(const PageLookedUp& looked_up);
  void Take(const Receipt& receipt);
  void Take(const TimerFired& fired);
  void Take(const RecoverAsked& asked);
  void Take(const Acked& acked);
  void Take(const Declined& declined);
  void Take(const Canceled& canceled);
  void Take(const ModelJudged& judged);

  // After the input: has a model asked, if there is anything new to ask about.
  void SeekOpinion();

 private:
  static constexpr char kSystem[] = "system";

  bool IsOver() const { return IsFinal(s_.dispatch.status); }
  // Judges the call and goes on accordingly: screened out, under review, or paged
  // for.
  void Begin();
  UrgencyJudgement Judge(const Call& call) const;
  void TakeUrgency(const UrgencyJudgement& judged, const std::string& actor = kSystem);

  // What becomes of it later (step_review.cc).
  void ScreenOut(const UrgencyJudgement& judged);
  // From SCREENED_OUT on, as if it had not been.
  void Reopen(const std::string& actor, const std::string& reason);
  // Fills what `call` lacks from another report of it; the names of what it filled.
  std::vector<std::string> Enrich(Call& call, const Call& report);
  void TakeReportOfRepeat(std::size_t place, const Call& report);
  // Whether a later call about the same matter makes it more urgent than `urgency`.
  static bool Raises(const UrgencyJudgement& judged, v1::Urgency urgency);
  void TellOfRepeat(const Call& call);
  std::optional<ContactMethod> TextContact(const Page& page) const;
  void SetStatus(v1::DispatchStatus status);
  // The dispatch has ended: nothing pages for it and nothing wakes it.
  void End(v1::DispatchStatus status);
  void Record(v1::EventKind kind, std::string actor, std::string page_id, std::string message,
              std::map<std::string, std::string> attributes = {});
  void SetTimer(TimerKind kind, absl::Time due, const std::string& page_id = "");
  void ClearTimer(TimerKind kind, const std::string& page_id = "");

  // The chain (step_chain.cc).
  const Policy& CurrentPolicy() const;
  void AwaitReport();
  void BeginPaging();
  void StepDue();
  // Takes the next step that can be taken, now.
  void Advance();
  bool TakeTechniciansStep();
  bool TakeOwnersStep();
  bool TakeStep(const PolicyStep& step, const std::string& technician_id, const std::string& name,
                const std::vector<ContactMethod>& contacts);
  void Exhausted();
  void Reconsider();
  void ReconsiderLater();
  void ReconsiderAt(absl::Time latest);
  bool StartRound();
  // Whether somebody may have the page and answer it, as far as we know. A page
  // that was given up UNCERTAIN most likely never came to be.
  bool MayBeAnswered(const Page& page) const;
  bool IsReached(const std::string& technician_id) const;
  // Whether any page may be answered by somebody who has not passed.
  bool AnythingLeft() const;
  // Whether there is anybody to page who has not passed.
  bool SomebodyIsLeft() const;
  // Whether one of them has no such page, but an address that may work.
  bool SomebodyIsUnreached() const;
  // Whether this is one of the rounds after the policy's own, which are for those
  // whom no page has reached.
  bool OnlyUnreached() const;
  bool OwnerDeclined() const;
  const OnCallTechnician* NextOnCall() const;
  // Whether their turn in this round is still to come.
  bool HasATurn(const OnCallTechnician& technician) const;
  bool SomebodyNewCanBePaged() const;
  // Whether any of `steps` could be taken for somebody with `contacts`.
  bool CanBePaged(const std::vector<ContactMethod>& contacts, const std::vector<PolicyStep>& steps) const;
  // Whether they are on call, or the owner.
  bool MayBePaged(const std::string& technician_id) const;
  // Takes the step of `page` again, with a new page, if bounds allow.
  bool Repeat(Page& page);
  // The chain does not wait for `page` any longer.
  void StopWaitingFor(Page& page);
  // `page` will not be answered: the chain goes on, unless it did so already.
  void GiveWay(Page& page);
  // A key was pressed in that call, if it was one: its end says nothing new.
  void EndCall(Page& page);
  void SkipRestOfTurn();
  void HurryUp();
  const ContactMethod* ContactFor(v1::Channel channel, const std::vector<ContactMethod>& contacts) const;
  const Suppression* SuppressionOf(v1::Channel channel, const std::string& address) const;
  void Suppress(const Page& page, FailureDecision decision, const std::string& code);

  // Pages (step_pages.cc).
  // The page, if `epoch` still holds for it and it has not got further.
  Page* HeldPage(const std::string& page_id, std::int64_t epoch);
  void SetState(Page& page, v1::PageState state);
  // Whether the provider has news of it still to tell.
  bool IsReceiptDue(const Page& page) const;
  bool MayRetry(const Page& page, FailureDecision decision) const;
  void TakeFailure(Page& page, FailureDecision decision, const std::string& code);
  void TakeReceipt(const Receipt& receipt, v1::EventKind kind);
  Page& AddPage(const std::string& technician_id, const std::string& name, const ContactMethod& contact);
  void PlanPage(const std::string& technician_id, const std::string& name, const ContactMethod& contact);
  void CancelPlannedPages(const std::string& technician_id, absl::string_view why);

  // Settling (step_settle.cc).
  void CheckDue(Page& page);
  void RepliesDue();
  void AskForRepliesLater();

  // A model's opinion (step_opinion.cc).
  // Whether a model may be asked, as things stand.
  bool IsOpinionWanted() const;
  bool HasWords() const;

  Snapshot& s_;
  Chain& chain_;
  const absl::Time now_;
  const NewPageId new_page_id_;
  bool has_news_ = false;  // the input gave something to judge anew
};

}  // namespace afterhours::core
