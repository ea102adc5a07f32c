#include "server/core/directory_check.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/phone.h"
#include "server/core/directory.h"
#include "server/core/names.h"
#include "server/core/roster.h"

namespace afterhours::core {
namespace {

using google::protobuf::util::TimeUtil;

// Checks one business.
class Checker {
 public:
  Checker(const v1::BusinessDirectory& directory, const CheckContext& context) : d_(directory), context_(context) {}

  std::vector<v1::DirectoryFinding> Run() {
    CheckMatch();
    CheckCoverage();
    CheckTechnicians();
    CheckNumbers();
    CheckPolicies();
    return std::move(findings_);
  }

 private:
  v1::DirectoryFinding& Add(v1::DirectoryProblem problem, const std::string& subject, const std::string& message) {
    v1::DirectoryFinding& finding = findings_.emplace_back();
    finding.set_business(d_.business().key());
    finding.set_problem(problem);
    finding.set_subject(subject);
    finding.set_message(message);
    return finding;
  }

  void CheckMatch() {
    if (context_.is_only_business || d_.business().numbers_size() + d_.business().retell_agent_ids_size() > 0) return;
    Add(v1::DIRECTORY_PROBLEM_NO_NUMBER, "", "no call can be for it: give it a called number or a voice agent");
  }

  void CheckCoverage() {
    const absl::Time end = context_.now + kCoverageHorizon;
    absl::TimeZone zone = absl::UTCTimeZone();
    absl::LoadTimeZone(d_.business().time_zone(), &zone);
    for (const v1::Shift& gap : GapsInCoverage(d_, context_.now, end)) {
      const absl::Time from = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(gap.start_time()));
      const absl::Time until = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(gap.end_time()));
      const auto local = [&zone](absl::Time time) { return absl::FormatTime("%a %Y-%m-%d %H:%M", time, zone); };
      std::string when = from == context_.now ? "now" : absl::StrCat("from ", local(from));
      absl::StrAppend(&when, until < end ? absl::StrCat(" until ", local(until)) : " on, for a week at least");
      const std::string then = d_.business().owner().phone().empty() ? "and its owner cannot be paged: nobody would be"
                                                                     : "so that only its owner would be paged";
      v1::DirectoryFinding& finding =
          Add(v1::DIRECTORY_PROBLEM_NOBODY_ON_CALL, "",
              absl::StrCat("nobody is on call ", when, ", ", then, "; add somebody to the roster, or an override"));
      *finding.mutable_start_time() = gap.start_time();
      if (until < end) *finding.mutable_end_time() = gap.end_time();
    }
  }

  bool IsOnRoster(const std::string& key) const {
    return std::any_of(d_.roster().begin(), d_.roster().end(), [&key](const v1::RosterEntry& entry) {
      const auto& turns = entry.rotation().technicians();
      return entry.technician() == key || std::count(turns.begin(), turns.end(), key) > 0;
    });
  }

  bool IsDead(v1::Channel channel, const std::string& address) const {
    return std::any_of(context_.suppressions.begin(), context_.suppressions.end(), [&](const Suppression& known) {
      return known.channel == channel && known.sender == d_.business().sms_sender() &&
             known.expire_time > context_.now && (known.address.empty() || known.address == address);
    });
  }

  bool IsCarried(v1::Channel channel) const { return context_.channels.count(channel) > 0; }

  // Whether a policy's steps can reach somebody with these contact methods.
  bool Reaches(const std::vector<PolicyStep>& steps, const v1::Technician& technician) const {
    const auto& contacts = technician.contact_methods();
    return std::any_of(contacts.begin(), contacts.end(), [&](const v1::ContactMethod& contact) {
      const bool asked = std::any_of(steps.begin(), steps.end(),
                                     [&](const PolicyStep& step) { return step.channel == contact.channel(); });
      return asked && IsCarried(contact.channel()) && !IsDead(contact.channel(), contact.address());
    });
  }

  void CheckTechnicians() {
    for (const v1::Technician& technician : d_.technicians()) {
      if (!technician.active() || !IsOnRoster(technician.key())) continue;
      const auto& contacts = technician.contact_methods();
      const bool works = std::any_of(contacts.begin(), contacts.end(), [this](const v1::ContactMethod& contact) {
        return IsCarried(contact.channel()) && !IsDead(contact.channel(), contact.address());
      });
      if (works) continue;
      Add(v1::DIRECTORY_PROBLEM_UNREACHABLE_TECHNICIAN, technician.key(),
          absl::StrCat(technician.name(),
                       contacts.empty() ? " has no contact method" : " has no contact method that is known to work",
                       "; give them a phone number, or take them from the roster"));
    }
  }

  void CheckNumber(const std::string& subject, const std::string& whose, const std::string& number) {
    if (number.empty() || number[0] != '+' || IsPlannedNumber(number)) return;
    Add(v1::DIRECTORY_PROBLEM_DOUBTFUL_NUMBER, subject,
        absl::StrCat(number, " (", whose, ") is in no country's numbering plan; is its country code missing?"));
  }

  void CheckNumbers() {
    const v1::Business& business = d_.business();
    for (const std::string& number : business.numbers()) CheckNumber(number, "called number", number);
    CheckNumber("sms_sender", "sender", business.sms_sender());
    CheckNumber("owner", "owner", business.owner().phone());
    for (const v1::Technician& technician : d_.technicians()) {
      std::set<std::string> told;
      for (const v1::ContactMethod& contact : technician.contact_methods()) {
        if (contact.channel() == v1::CHANNEL_EMAIL || !told.insert(contact.address()).second) continue;
        CheckNumber(technician.key(), technician.name(), contact.address());
      }
    }
  }

  void CheckPolicies() {
    for (const auto& [urgency, policy] : PoliciesOf(d_)) {
      const std::string name = Name(urgency);
      CheckChannels(name, policy);
      // The owner may be on the roster, too: one person.
      std::set<std::string> phones;
      int people = 0;
      for (const v1::Technician& technician : d_.technicians()) {
        if (!CanBePaged(technician) || !IsOnRoster(technician.key())) continue;
        if (!Reaches(policy.technician_steps, technician)) continue;
        ++people;
        for (const v1::ContactMethod& contact : technician.contact_methods()) phones.insert(contact.address());
      }
      const std::string& owner = d_.business().owner().phone();
      if (!owner.empty() && !policy.owner_steps.empty() && phones.count(owner) == 0) ++people;
      if (people >= 2) continue;
      Add(v1::DIRECTORY_PROBLEM_NO_SECOND_PERSON, name,
          absl::StrCat("the policy for ", name, people == 0 ? " reaches nobody" : " reaches one person only",
                       "; put a second technician on the roster, or give the owner a phone and steps"));
    }
  }

  void CheckChannels(const std::string& name, const Policy& policy) {
    std::set<v1::Channel> told;
    for (const PolicyStep& step : policy.technician_steps) {
      if (!told.insert(step.channel).second) continue;
      const bool anybody =
          std::any_of(d_.technicians().begin(), d_.technicians().end(), [&](const v1::Technician& one) {
            return std::any_of(one.contact_methods().begin(), one.contact_methods().end(),
                               [&](const v1::ContactMethod& contact) { return contact.channel() == step.channel; });
          });
      const std::string why = !IsCarried(step.channel)   ? "no provider carries it"
                              : IsDead(step.channel, "") ? "the sender is known not to be able to use it"
                              : !anybody                 ? "no technician has an address for it"
                                                         : "";
      if (why.empty()) continue;
      Add(v1::DIRECTORY_PROBLEM_DEAD_CHANNEL, name,
          absl::StrCat("the policy for ", name, " pages by ", Name(step.channel), ", and ", why,
                       "; such a step takes no time, and pages nobody"));
    }
  }

  const v1::BusinessDirectory& d_;
  const CheckContext& context_;
  std::vector<v1::DirectoryFinding> findings_;
};

}  // namespace

std::vector<v1::DirectoryFinding> CheckDirectory(const v1::BusinessDirectory& directory, const CheckContext& context) {
  return Checker(directory, context).Run();
}

}  // namespace afterhours::core
