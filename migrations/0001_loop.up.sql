-- The first whole loop: directory, calls, dispatches, pages, the outbox, history.
--
-- Every row carries business_id. The nil business stands for "none matched", so
-- that the column is never null. Ids are UUIDv7: they sort by time, so history
-- is partitioned by ranges of dispatch_id, and all of one dispatch's history is
-- in one partition that its id alone finds.

-- Times leave the database as microseconds.
create function micros(moment timestamptz) returns bigint language sql stable as $$
  select (extract(epoch from moment) * 1000000)::bigint
$$;

create table businesses (
  id          uuid primary key,
  key         text not null,
  name        text not null,
  time_zone   text not null,
  sms_sender  text not null default '',
  owner_name  text not null default '',
  owner_phone text not null default '',
  active      boolean not null default true,
  update_time timestamptz not null,
  constraint businesses_key_unique unique (key),
  constraint businesses_name_given check (name <> '')
);
insert into businesses (id, key, name, time_zone, active, update_time)
values ('00000000-0000-0000-0000-000000000000', '', '(no business matched)', 'Etc/UTC', false, 'epoch');

-- The numbers that are called. Two businesses cannot claim the same one.
create table business_numbers (
  number      text primary key,
  business_id uuid not null references businesses on delete cascade,
  constraint business_numbers_e164 check (number ~ '^\+[1-9][0-9]{6,14}$')
);
create index business_numbers_business on business_numbers (business_id);

create table technicians (
  business_id uuid not null references businesses on delete cascade,
  id          uuid not null,
  key         text not null,
  name        text not null,
  active      boolean not null,
  available   boolean not null,
  update_time timestamptz not null,
  primary key (business_id, id),
  constraint technicians_key_unique unique (business_id, key),
  constraint technicians_name_given check (name <> '')
);

create table contact_methods (
  business_id   uuid not null,
  technician_id uuid not null,
  position      int not null,
  channel       text not null,
  address       text not null,
  primary key (business_id, technician_id, position),
  foreign key (business_id, technician_id) references technicians on delete cascade,
  constraint contact_methods_channel_known check (channel in ('SMS', 'VOICE', 'EMAIL', 'WHATSAPP')),
  constraint contact_methods_e164
    check (channel = 'EMAIL' or address ~ '^\+[1-9][0-9]{6,14}$')
);
-- Whose reply is it?
create index contact_methods_address on contact_methods (address);

create table roster_entries (
  business_id   uuid not null,
  technician_id uuid not null,
  priority      int not null,
  primary key (business_id, technician_id),
  foreign key (business_id, technician_id) references technicians on delete cascade,
  constraint roster_entries_priority_positive check (priority >= 1)
);

create table dispatches (
  id                     uuid not null,
  business_id            uuid not null references businesses,
  status                 text not null,
  urgency                text not null,
  urgency_confidence     double precision not null,
  urgency_reason         text not null,
  acked_by               text not null default '',
  acked_by_technician_id uuid,
  event_count            int not null,
  create_time            timestamptz not null,
  update_time            timestamptz not null,
  end_time               timestamptz,
  primary key (id, business_id),
  constraint dispatches_status_known check (status in
    ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING', 'DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED')),
  constraint dispatches_urgency_known check (urgency in ('LOW', 'MEDIUM', 'HIGH')),
  constraint dispatches_confidence_range check (urgency_confidence between 0 and 1),
  constraint dispatches_ended_when_final check
    ((end_time is not null) = (status in ('DISPATCHED_CONFIRMED', 'DISPATCHED_NO_ACK', 'CANCELED'))),
  constraint dispatches_acked_when_confirmed check ((acked_by <> '') = (status = 'DISPATCHED_CONFIRMED')),
  constraint dispatches_technician_when_acked check (acked_by_technician_id is null or acked_by <> ''),
  constraint dispatches_review_when_unmatched check
    (status <> 'NEEDS_REVIEW' or business_id = '00000000-0000-0000-0000-000000000000')
) with (fillfactor = 80);
create index dispatches_live on dispatches (business_id, id)
  where status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING');
create index dispatches_by_business on dispatches (business_id, id);

create function dispatches_keep_final() returns trigger language plpgsql as $$
begin
  raise exception 'dispatch % is % and cannot become %', old.id, old.status, new.status
    using errcode = 'check_violation', constraint = 'dispatches_keep_final';
end $$;
create trigger dispatches_keep_final before update on dispatches for each row
  when (old.end_time is not null and (old.status <> new.status or old.acked_by <> new.acked_by))
  execute function dispatches_keep_final();

-- What makes a repeated request harmless. A call known to a provider is unique
-- for everyone; a MANUAL call's id, within its business. Not partitioned: a
-- unique index must hold across all time.
create table dispatch_keys (
  business_id  uuid not null,
  kind         text not null,
  key          text not null,
  dispatch_id  uuid not null,
  content_hash bytea not null,
  create_time  timestamptz not null,
  primary key (kind, key, business_id),
  constraint dispatch_keys_kind_known check (kind in ('REQUEST', 'RETELL', 'TWILIO', 'MANUAL'))
);

create table calls (
  dispatch_id      uuid not null,
  business_id      uuid not null,
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
  primary key (dispatch_id, business_id),
  foreign key (dispatch_id, business_id) references dispatches,
  constraint calls_source_known check (source in ('RETELL', 'TWILIO', 'MANUAL'))
) partition by range (dispatch_id);

create table pages (
  id                  uuid not null,
  business_id         uuid not null,
  dispatch_id         uuid not null,
  technician_id       uuid not null,
  technician_name     text not null,
  channel             text not null,
  provider            text not null,
  to_address          text not null,
  from_address        text not null,
  body                text not null,
  reply_code          text not null,
  state               text not null,
  attempt_count       int not null,
  epoch               bigint not null,
  owner               text not null,
  lease_expire_time   timestamptz,
  due_time            timestamptz,
  provider_message_id text not null,
  error_code          text not null,
  error_message       text not null,
  create_time         timestamptz not null,
  update_time         timestamptz not null,
  primary key (id, business_id),
  foreign key (dispatch_id, business_id) references dispatches,
  constraint pages_state_known check (state in ('PLANNED', 'SENDING', 'UNCERTAIN', 'ACCEPTED', 'SENT',
    'DELIVERED', 'UNDELIVERED', 'FAILED', 'SUPPRESSED', 'CANCELED')),
  constraint pages_channel_known check (channel in ('SMS', 'VOICE', 'EMAIL', 'WHATSAPP')),
  constraint pages_due_when_planned check ((due_time is not null) = (state = 'PLANNED')),
  constraint pages_leased_when_sending check
    ((lease_expire_time is not null) = (state = 'SENDING') and (owner <> '') = (state = 'SENDING')),
  constraint pages_claimed_before_sent check (epoch > 0 or state in ('PLANNED', 'CANCELED', 'SUPPRESSED'))
) with (fillfactor = 80);
create index pages_dispatch on pages (dispatch_id);
create index pages_provider_message on pages (provider_message_id) where provider_message_id <> '';
create index pages_technician_recent on pages (business_id, technician_id, create_time desc);
create index pages_sending on pages (lease_expire_time) where state = 'SENDING';

-- A page never goes back once a provider may have it, and an epoch never shrinks.
create function pages_keep_forward() returns trigger language plpgsql as $$
declare
  ranks constant jsonb := '{"PLANNED":0,"SENDING":1,"UNCERTAIN":2,"ACCEPTED":3,"SENT":4,"FAILED":5,
    "UNDELIVERED":5,"DELIVERED":6,"SUPPRESSED":7,"CANCELED":7}';
begin
  if new.epoch < old.epoch
     or (ranks->>new.state)::int < (ranks->>old.state)::int
        and not (old.state = 'SENDING' and new.state = 'PLANNED') then
    raise exception 'page % cannot go from % (epoch %) to % (epoch %)',
      old.id, old.state, old.epoch, new.state, new.epoch
      using errcode = 'check_violation', constraint = 'pages_keep_forward';
  end if;
  return new;
end $$;
create trigger pages_keep_forward before update on pages for each row
  when (old.state <> new.state or new.epoch < old.epoch) execute function pages_keep_forward();

-- Pages that wait for a sender: inserted when planned, deleted when claimed or
-- canceled. Small and hot, whatever history holds.
create table outbox (
  page_id     uuid not null,
  business_id uuid not null,
  dispatch_id uuid not null,
  due_time    timestamptz not null,
  primary key (page_id, business_id),
  foreign key (page_id, business_id) references pages
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index outbox_due on outbox (due_time);

create table events (
  dispatch_id uuid not null,
  business_id uuid not null,
  sequence    int not null,
  event_time  timestamptz not null,
  kind        text not null,
  actor       text not null,
  page_id     uuid,
  message     text not null,
  attributes  jsonb not null,
  primary key (dispatch_id, sequence, business_id),
  foreign key (dispatch_id, business_id) references dispatches,
  constraint events_sequence_positive check (sequence >= 1)
) partition by range (dispatch_id);

-- Messages that people sent us, with what they were told. A repeated delivery
-- finds its row and gets the same answer.
create table inbound_messages (
  provider            text not null,
  provider_message_id text not null,
  business_id         uuid not null,
  dispatch_id         uuid,
  from_number         text not null,
  to_number           text not null,
  body                text not null,
  outcome             text not null,
  reply_text          text not null,
  receive_time        timestamptz not null,
  primary key (provider, provider_message_id)
);

-- Receipts whose page we do not know (yet). Bounded by what can be said of a
-- message, not by how often.
create table unmatched_receipts (
  provider            text not null,
  provider_message_id text not null,
  page_id             text not null,
  provider_status     text not null,
  error_code          text not null,
  receive_count       int not null,
  first_time          timestamptz not null,
  last_time           timestamptz not null,
  primary key (provider, provider_message_id, page_id, provider_status)
);

-- The smallest UUIDv7 of a moment: the bounds of partitions.
create function uuid_at(moment timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the partitions of the months from the one of `moment` on; those that are
-- there stay. Safe to call at any time, by anyone. Rows of months without a
-- partition go to the default one, so nothing is ever refused.
create function ensure_history_partitions(moment timestamptz, months int) returns int language plpgsql as $$
declare
  parent text;
  first_of_month timestamptz;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_history_partitions'));
  -- A new partition locks its table. Behind a long reader it must not wait, for
  -- everything else would wait behind it; months are made ahead, so there is time.
  perform set_config('lock_timeout', '200ms', true);
  foreach parent in array array['calls', 'events'] loop
    for i in 0 .. months - 1 loop
      first_of_month := date_trunc('month', moment at time zone 'UTC') at time zone 'UTC' + make_interval(months => i);
      if to_regclass(parent || to_char(first_of_month at time zone 'UTC', '_YYYY_MM')) is null then
        begin
          execute format('create table %I partition of %I for values from (%L) to (%L)',
            parent || to_char(first_of_month at time zone 'UTC', '_YYYY_MM'), parent,
            uuid_at(first_of_month), uuid_at(first_of_month + interval '1 month'));
          made := made + 1;
        exception when check_violation then
          -- The default partition has rows of that month. They are safe there.
          raise warning 'no partition of % for %: rows are in the default one', parent, first_of_month;
        end;
      end if;
    end loop;
  end loop;
  return made;
end $$;
create table calls_default partition of calls default;
create table events_default partition of events default;
