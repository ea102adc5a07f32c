-- The directory: rosters with windows, rotations and overrides, more ways to match
-- a business, who changed what; calls that are screened out, and repeat calls.

-- `details` is what no statement looks into: the rest of afterhours.v1.BusinessDirectory
-- (trade, region, urgency rules, roster, overrides), as protobuf's JSON. A business
-- that was deleted keeps its row, for the history and for what is under way.
alter table businesses
  add column details jsonb not null default '{}',
  add column create_time timestamptz,
  add column delete_time timestamptz;
update businesses b
set create_time = b.update_time,
    details = jsonb_build_object('roster', coalesce(
      (select jsonb_agg(jsonb_build_object('key', t.key, 'priority', r.priority, 'technician', t.key)
                        order by r.priority, t.key)
       from roster_entries r join technicians t on t.business_id = r.business_id and t.id = r.technician_id
       where r.business_id = b.id), '[]'));
alter table businesses
  alter column create_time set not null,
  drop constraint businesses_key_unique,
  add constraint businesses_deleted_is_inactive check (delete_time is null or not active);
create unique index businesses_key_once on businesses (key) where delete_time is null;
drop table roster_entries;

-- Who can be on call for a business and how its calls are judged.
create view rosters as
select b.id as business_id, b.time_zone, b.details,
       (select json_agg(json_build_array(t.key, t.id, t.name, t.active, t.available,
          (select coalesce(json_agg(json_build_array(c.channel, c.address) order by c.position), '[]')
           from contact_methods c where c.business_id = t.business_id and c.technician_id = t.id))
          order by t.key collate "C")
        from technicians t where t.business_id = b.id) as technicians
from businesses b;

-- Voice agents that answer for a business.
create table business_agents (
  agent_id    text primary key,
  business_id uuid not null references businesses on delete cascade
);
create index business_agents_business on business_agents (business_id);

-- Who changed what in the directory. Rows are only added.
create table directory_changes (
  id           uuid primary key,
  business_id  uuid not null references businesses,
  business_key text not null,
  change_time  timestamptz not null,
  actor        text not null,
  resource     text not null,
  key          text not null,
  before       jsonb,
  after        jsonb,
  constraint directory_changes_resource_known
    check (resource in ('business', 'technician', 'roster_entry', 'override', 'policy')),
  constraint directory_changes_something check (before is not null or after is not null)
);
create index directory_changes_business on directory_changes (business_id, id);
create index directory_changes_key on directory_changes (business_key, id);

-- What is no matter for whoever is on call is recorded, and can be reopened.
alter table dispatches
  add column screening text not null default '',
  add column caller_number text not null default '',
  drop constraint dispatches_status_known,
  add constraint dispatches_status_known check (status in
    ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING', 'DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED',
     'SCREENED_OUT')),
  drop constraint dispatches_ended_when_final,
  add constraint dispatches_ended_when_final check ((end_time is not null) =
    (status in ('DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED', 'SCREENED_OUT'))),
  add constraint dispatches_screened_when_screened_out check ((screening <> '') = (status = 'SCREENED_OUT'));
drop trigger dispatches_keep_final on dispatches;
create trigger dispatches_keep_final before update on dispatches for each row
  when (old.end_time is not null and old.status <> 'SCREENED_OUT'
        and (old.status <> new.status or old.acked_by <> new.acked_by))
  execute function dispatches_keep_final();
-- Is the same caller being served?
create index dispatches_live_caller on dispatches (business_id, caller_number, id)
  where status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING') and caller_number <> '';
update dispatches d set caller_number = c.caller_number from calls c
where c.dispatch_id = d.id and c.business_id = d.business_id
  and d.status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING');

alter table calls add column retell_agent_id text not null default '';

-- Later calls of the same caller about the same matter. Few, so not partitioned.
create table repeat_calls (
  dispatch_id      uuid not null,
  business_id      uuid not null,
  position         int not null,
  source           text not null,
  external_call_id text not null,
  caller_number    text not null,
  called_number    text not null,
  summary          text not null,
  transcript       text not null,
  given_urgency    text not null,
  start_time       timestamptz,
  end_time         timestamptz,
  twilio_call_sid  text not null,
  retell_agent_id  text not null,
  primary key (dispatch_id, business_id, position),
  foreign key (dispatch_id, business_id) references dispatches on update cascade,
  constraint repeat_calls_source_known check (source in ('RETELL', 'TWILIO', 'MANUAL'))
);

-- A dispatch under review gets its business later, and takes what is its with it.
alter table calls
  drop constraint calls_dispatch_id_business_id_fkey,
  add constraint calls_dispatch_id_business_id_fkey
    foreign key (dispatch_id, business_id) references dispatches on update cascade;
alter table events
  drop constraint events_dispatch_id_business_id_fkey,
  add constraint events_dispatch_id_business_id_fkey
    foreign key (dispatch_id, business_id) references dispatches on update cascade;
alter table timers
  drop constraint timers_dispatch_id_business_id_fkey,
  add constraint timers_dispatch_id_business_id_fkey
    foreign key (dispatch_id, business_id) references dispatches on update cascade;

-- When to ask a model for a second opinion on a call's urgency.
alter table timers
  drop constraint timers_kind_known,
  add constraint timers_kind_known check (kind in ('STEP', 'CUTOFF', 'CHECK', 'REPLIES', 'OPINION'));
