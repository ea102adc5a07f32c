drop index dispatches_live_by_id;
drop index outbox_business_due;
drop table suppressions, timers;
alter table pages drop column send_time, drop column check_count, drop column over;
alter table dispatches drop column policy_id, drop column chain;
drop index businesses_owner_phone;
alter table businesses drop column policy_id;
drop table policies;
drop function policies_keep;
