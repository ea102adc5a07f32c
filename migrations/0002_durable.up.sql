-- Durable escalation: policies, timers, and what is known not to work.

-- Versions of a business's policies: rows are added and never changed, so that a
-- dispatch keeps those it began with.
create table policies (
  id          uuid primary key,
  business_id uuid not null references businesses on delete cascade,
  content     jsonb not null,
  create_time timestamptz not null
);
create index policies_business on policies (business_id);
create function policies_keep() returns trigger language plpgsql as $$
begin
  raise exception 'policy % cannot be changed; add another version', old.id
    using errcode = 'check_violation', constraint = 'policies_keep';
end $$;
create trigger policies_keep before update on policies for each row execute function policies_keep();

-- Unset: the default policies.
alter table businesses add column policy_id uuid references policies;
-- Is it the owner who replies?
create index businesses_owner_phone on businesses (owner_phone) where owner_phone <> '';

-- `chain` is where the dispatch stands in its policy.
alter table dispatches
  add column policy_id uuid references policies,
  add column chain jsonb not null default '{}';

alter table pages
  add column send_time timestamptz,
  add column check_count int not null default 0,
  add column over boolean not null default false;

-- What must happen to a dispatch at a time. Rows are inserted and deleted, never
-- updated. A live dispatch has a CUTOFF at least; page_id is nil but for CHECK.
create table timers (
  dispatch_id uuid not null,
  business_id uuid not null,
  kind        text not null,
  page_id     uuid not null,
  due_time    timestamptz not null,
  primary key (dispatch_id, kind, page_id, business_id),
  foreign key (dispatch_id, business_id) references dispatches,
  constraint timers_kind_known check (kind in ('STEP', 'CUTOFF', 'CHECK', 'REPLIES')),
  constraint timers_page_when_check check ((kind = 'CHECK') = (page_id <> '00000000-0000-0000-0000-000000000000'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index timers_due on timers (due_time);

-- Addresses and senders that are known not to work on a channel: opted out, a
-- landline, not registered. An empty address means any, an empty sender the
-- provider's default.
create table suppressions (
  business_id uuid not null references businesses on delete cascade,
  channel     text not null,
  address     text not null,
  sender      text not null,
  reason      text not null,
  create_time timestamptz not null,
  expire_time timestamptz not null,
  primary key (business_id, channel, address, sender),
  constraint suppressions_channel_known check (channel in ('SMS', 'VOICE', 'EMAIL', 'WHATSAPP'))
);

-- Senders take pages of all businesses in turn, whoever has most.
create index outbox_business_due on outbox (business_id, due_time);

-- For the sweep, which goes through all live dispatches in order.
create index dispatches_live_by_id on dispatches (id) where status in ('NEEDS_REVIEW', 'UNASSIGNED', 'DISPATCHING');

-- What went to an address lately: whose reply is it, which call is it?
create index pages_address_recent on pages (to_address, create_time desc);
drop index pages_technician_recent;

-- A reply's code names one page to that address: none gets the code of another of
-- the last weeks (an id begins with its time; a value of its first four digits is
-- 50 days). Whoever draws one that is taken draws again.
create unique index pages_reply_code_once on pages (to_address, reply_code, left(id::text, 4));

-- Each page passes through the small indexes of what is being sent: what it leaves
-- there must not pile up with the size of the table.
alter table pages set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
