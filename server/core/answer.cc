#include "server/core/answer.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/core/page_text.h"
#include "server/core/step.h"

namespace afterhours::core {
namespace {

constexpr std::size_t kListedMax = 5;
constexpr std::size_t kListedBytesMax = 60;

bool IsUnderWay(const AnswerablePage& page, const std::map<std::string, Snapshot>& snapshots) {
  const auto found = snapshots.find(page.dispatch_id);
  return found != snapshots.end() && !IsFinal(found->second.dispatch.status);
}

// The newest page of each dispatch under way.
std::vector<AnswerablePage> UnderWay(const std::vector<AnswerablePage>& pages,
                                     const std::map<std::string, Snapshot>& snapshots) {
  std::vector<AnswerablePage> under_way;
  std::set<std::string> seen;
  for (const AnswerablePage& page : pages) {
    if (IsUnderWay(page, snapshots) && seen.insert(page.dispatch_id).second) under_way.push_back(page);
  }
  return under_way;
}

// The pages that `code` names, one per dispatch; those under way go first.
std::vector<AnswerablePage> Named(absl::string_view code, const std::vector<AnswerablePage>& pages,
                                  const std::map<std::string, Snapshot>& snapshots) {
  std::vector<AnswerablePage> named;
  for (const AnswerablePage& page : pages) {
    if (page.reply_code == code) named.push_back(page);
  }
  const std::vector<AnswerablePage> under_way = UnderWay(named, snapshots);
  return under_way.empty() ? named : under_way;
}

bool HasPassed(const AnswerablePage& page, const std::map<std::string, Snapshot>& snapshots) {
  const std::vector<std::string>& declined = snapshots.at(page.dispatch_id).dispatch.chain.declined;
  return std::find(declined.begin(), declined.end(), page.technician_id) != declined.end();
}

// The pages that an answer without a code may mean.
std::vector<AnswerablePage> MeantWithoutCode(const std::vector<AnswerablePage>& pages,
                                             const std::map<std::string, Snapshot>& snapshots) {
  std::vector<AnswerablePage> arrived, had_left;
  for (const AnswerablePage& page : pages) {
    if (page.may_have_arrived) arrived.push_back(page);
    if (page.may_have_arrived && page.had_left) had_left.push_back(page);
  }
  // Nobody answers what has not come: a clock was set.
  if (had_left.empty()) had_left = arrived;
  const std::vector<AnswerablePage> under_way = UnderWay(had_left, snapshots);
  if (under_way.empty() && !had_left.empty()) return {had_left[0]};
  std::vector<AnswerablePage> meant;
  for (const AnswerablePage& page : under_way) {
    if (!HasPassed(page, snapshots)) meant.push_back(page);
  }
  return meant.empty() ? under_way : meant;
}

std::string ListUnderWay(const std::vector<AnswerablePage>& pages, const std::map<std::string, Snapshot>& snapshots) {
  std::string list;
  const std::vector<AnswerablePage> under_way = UnderWay(pages, snapshots);
  for (std::size_t i = 0; i < under_way.size() && i < kListedMax; ++i) {
    const Snapshot& snapshot = snapshots.at(under_way[i].dispatch_id);
    absl::StrAppend(&list, "\n1 ", under_way[i].reply_code, ": ", Shorten(AboutCall(snapshot.call), kListedBytesMax));
  }
  return list;
}

}  // namespace

Answer FindAnswer(absl::string_view body, bool sender_known, const std::vector<AnswerablePage>& pages,
                  const std::map<std::string, Snapshot>& snapshots) {
  const Reply reply = ParseReply(body);
  if (reply.kind == Reply::Kind::kProviderKeyword) return {v1::ACK_OUTCOME_PROVIDER_KEYWORD, {}};
  if (!sender_known) return {v1::ACK_OUTCOME_UNKNOWN_SENDER, {}};
  if (reply.kind == Reply::Kind::kNotUnderstood) return {v1::ACK_OUTCOME_NOT_UNDERSTOOD, {}};
  if (pages.empty()) return {v1::ACK_OUTCOME_NO_OPEN_PAGE, {}};

  const std::vector<AnswerablePage> meant =
      reply.code.empty() ? MeantWithoutCode(pages, snapshots) : Named(reply.code, pages, snapshots);
  if (meant.empty()) return {reply.code.empty() ? v1::ACK_OUTCOME_NO_OPEN_PAGE : v1::ACK_OUTCOME_NOT_UNDERSTOOD, {}};
  if (meant.size() > 1 && IsUnderWay(meant[0], snapshots)) return {v1::ACK_OUTCOME_AMBIGUOUS, {}};
  const bool accepts = reply.kind == Reply::Kind::kAccept;
  return {accepts ? v1::ACK_OUTCOME_ACCEPTED : v1::ACK_OUTCOME_DECLINED, meant[0]};
}

std::string ReplyText(v1::AckOutcome outcome, const Snapshot* snapshot, const std::vector<AnswerablePage>& pages,
                      const std::map<std::string, Snapshot>& snapshots) {
  switch (outcome) {
    case v1::ACK_OUTCOME_ACCEPTED:
      return absl::StrCat("It is yours, thank you. ", snapshot->business.name,
                          snapshot->call.caller_number.empty() ? ": the caller withheld the number." : ": please call ",
                          snapshot->call.caller_number, snapshot->call.caller_number.empty() ? "" : " now.");
    case v1::ACK_OUTCOME_DECLINED:
      return snapshot->pages.empty() || snapshot->pages.back().state != v1::PAGE_STATE_PLANNED
                 ? "All right, noted."
                 : "All right, we ask the next one.";
    case v1::ACK_OUTCOME_ALREADY_TAKEN:
      return absl::StrCat("Already taken by ", snapshot->dispatch.acked_by, ".");
    case v1::ACK_OUTCOME_ENDED:
      return "This one is over. Nothing to do for you.";
    case v1::ACK_OUTCOME_AMBIGUOUS:
      return absl::StrCat("You have several pages. Which one? Reply", ListUnderWay(pages, snapshots));
    case v1::ACK_OUTCOME_NOT_UNDERSTOOD:
      return absl::StrCat("Sorry, that was not understood. Reply 1 to take it, 2 to pass, with the page's code.",
                          ListUnderWay(pages, snapshots));
    case v1::ACK_OUTCOME_NO_OPEN_PAGE:
      return "There is no page for you to answer.";
    case v1::ACK_OUTCOME_UNKNOWN_SENDER:
      return "This number pages on-call technicians and is not read by people. Please call the business instead.";
    default:
      return "";
  }
}

std::string SpokenReply(v1::AckOutcome outcome, const Snapshot& snapshot) {
  if (outcome == v1::ACK_OUTCOME_ACCEPTED) {
    const std::string caller = SpokenNumber(snapshot.call.caller_number);
    if (caller.empty()) return "Thank you, it is yours. The caller withheld the number. Goodbye.";
    return absl::StrCat("Thank you, it is yours. Please call ", caller, " now. Again: ", caller, ". Goodbye.");
  }
  return absl::StrCat(ReplyText(outcome, &snapshot, {}, {}), " Goodbye.");
}

}  // namespace afterhours::core
