drop table unmatched_receipts, inbound_messages, outbox, events, pages, calls, dispatch_keys, dispatches,
  roster_entries, contact_methods, technicians, business_numbers, businesses;
drop function micros, dispatches_keep_final, pages_keep_forward, ensure_history_partitions, uuid_at;
