delete from timers where kind = 'OPINION';
alter table timers
  drop constraint timers_kind_known,
  add constraint timers_kind_known check (kind in ('STEP', 'CUTOFF', 'CHECK', 'REPLIES'));
alter table timers
  drop constraint timers_dispatch_id_business_id_fkey,
  add constraint timers_dispatch_id_business_id_fkey foreign key (dispatch_id, business_id) references dispatches;
alter table events
  drop constraint events_dispatch_id_business_id_fkey,
  add constraint events_dispatch_id_business_id_fkey foreign key (dispatch_id, business_id) references dispatches;
alter table calls
  drop constraint calls_dispatch_id_business_id_fkey,
  add constraint calls_dispatch_id_business_id_fkey foreign key (dispatch_id, business_id) references dispatches;
drop table repeat_calls;
alter table calls drop column retell_agent_id;
drop index dispatches_live_caller;
drop trigger dispatches_keep_final on dispatches;
update dispatches set status = 'CANCELED', screening = '' where status = 'SCREENED_OUT';
alter table dispatches
  drop constraint dispatches_screened_when_screened_out,
  drop constraint dispatches_ended_when_final,
  add constraint dispatches_ended_when_final check
    ((end_time is not null) = (status in ('DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED'))),
  drop constraint dispatches_status_known,
  add constraint dispatches_status_known check (status in
    ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING', 'DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED')),
  drop column caller_number,
  drop column screening;
create trigger dispatches_keep_final before update on dispatches for each row
  when (old.end_time is not null and (old.status <> new.status or old.acked_by <> new.acked_by))
  execute function dispatches_keep_final();
drop table directory_changes;
drop table business_agents;
drop view rosters;
create table roster_entries (
  business_id   uuid not null,
  technician_id uuid not null,
  priority      int not null,
  primary key (business_id, technician_id),
  foreign key (business_id, technician_id) references technicians on delete cascade,
  constraint roster_entries_priority_positive check (priority >= 1)
);
-- What is always on call; windows, rotations and overrides are lost.
insert into roster_entries (business_id, technician_id, priority)
select b.id, t.id, min((entry->>'priority')::int)
from businesses b
cross join lateral jsonb_array_elements(coalesce(b.details->'roster', '[]')) entry
join technicians t on t.business_id = b.id and t.key = entry->>'technician'
where entry->'windows' is null
group by b.id, t.id;
drop index businesses_key_once;
-- A deleted business's key may have been given to another.
update businesses set key = key || '-deleted-' || id where delete_time is not null;
alter table businesses
  drop constraint businesses_deleted_is_inactive,
  add constraint businesses_key_unique unique (key),
  drop column delete_time,
  drop column create_time,
  drop column details;
