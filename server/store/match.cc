#include "server/store/match.h"

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "server/db/row_reader.h"
#include "server/store/snapshots.h"
#include "server/store/statements.h"

namespace afterhours::store {
namespace {

constexpr db::Statement kMatchBusinesses{"match_businesses", R"sql(
  with matched as materialized (
    select u.place, coalesce(n.business_id, a.business_id, s.id) as id,
           case when n.business_id is not null then 'NUMBER' when a.business_id is not null then 'AGENT'
                when s.id is not null then 'ONLY' else '' end as rule, u.caller_number
    from unnest($1::text[], $3::text[], $4::text[]) with ordinality u(number, agent_id, caller_number, place)
    left join lateral (select * from business_numbers where number = u.number offset 0) n on true
    left join lateral (select * from business_agents where n.number is null and agent_id = u.agent_id offset 0) a on true
    left join lateral (select (array_agg(id))[1] as id
                       from (select id from businesses where active order by id limit 2) any_two
                       where n.number is null and a.agent_id is null having count(*) = 1 offset 0) s on true)
  select micros(coalesce($2, now())), b.id, b.name, b.sms_sender, b.time_zone, b.owner_name, b.owner_phone,
         b.policy_id, p.content, case when b.id is null then '' else m.rule end,
         -- Not "exists": that may become a look at all of them.
         coalesce((select true from dispatches d
                   where d.business_id = r.business_id and d.caller_number = m.caller_number and d.caller_number <> ''
                     and d.status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING') limit 1), false),
         coalesce((select true from suppressions s
                   where s.business_id = r.business_id and s.expire_time > coalesce($2, now()) limit 1), false),
         r.business_id, r.time_zone, r.details, r.technicians
  from matched m
  left join lateral (select * from businesses where id = m.id and active offset 0) b on true
  left join lateral (select * from policies where id = b.policy_id offset 0) p on true
  cross join lateral (select * from rosters
                      where business_id = coalesce(b.id, '00000000-0000-0000-0000-000000000000') offset 0) r
  order by m.place)sql"};

std::string RuleOf(const std::string& rule, const core::Call& call) {
  if (rule == "NUMBER") return absl::StrCat("it owns the called number ", call.called_number);
  if (rule == "AGENT") return "its voice agent took the call";
  if (rule == "ONLY") return "it is the only business";
  return call.called_number.empty() ? "the called number is missing" : absl::StrCat("nobody owns ", call.called_number);
}

}  // namespace

absl::StatusOr<Matches> MatchBusinesses(db::Transaction& transaction, std::optional<absl::Time> now,
                                        const std::vector<core::Call>& calls) {
  db::Column numbers, agents, callers;
  for (const core::Call& call : calls) {
    numbers.Add(call.called_number);
    agents.Add(call.retell_agent_id);
    callers.Add(call.caller_number);
  }
  const auto result = transaction.Run(kMatchBusinesses, {numbers, now, agents, callers});
  if (!result.ok()) return result.status();
  Matches matches;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    db::RowReader row((*result)[static_cast<int>(i)]);
    matches.now = row.Time();
    Match match;
    match.business.id = row.Text();
    match.business.name = row.Text();
    match.business.sms_sender = row.Text();
    match.business.time_zone = row.Text();
    match.business.owner_name = row.Text();
    match.business.owner_phone = row.Text();
    match.policy_id = row.Text();
    match.policies = row.Text();
    match.rule = RuleOf(row.Text(), calls[i]);
    if (match.business.id.empty()) match.business.id = std::string(kNilId);
    match.caller_waits = row.Bool();
    match.suppressed = row.Bool();
    ReadRoster(row, matches.now, matches.rosters);
    matches.of_calls.push_back(std::move(match));
  }
  return matches;
}

std::vector<const db::Statement*> MatchStatements() { return {&kMatchBusinesses}; }

}  // namespace afterhours::store
