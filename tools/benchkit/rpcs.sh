# shellcheck shell=bash
# What tools/bench measures of RPCs, each beside pgbench doing the same to the same
# database in the same run. Sourced by tools/bench.

pgbench=/usr/lib/postgresql/15/bin/pgbench
levels=(1 8 64 256)

# The same rows as Dispatch writes, by a function of the database's own, so that a
# dispatch is one round trip and one transaction: one that was really recorded is
# written again under a new id, in the order of time, as ours are.
rival_dispatch() {
  local id
  id=$(sql 'select id from dispatches order by id desc limit 1')
  sql "
    create function pg_temp.put(name text, row_ jsonb) returns text language sql as \$\$
      select format('insert into %I (%s) values (%s); ', name, string_agg(quote_ident(key), ', ' order by key),
                    string_agg(case when value = '$id' or key = 'key' then 'new_id' else quote_nullable(value) end,
                               ', ' order by key))
      from jsonb_each_text(row_) \$\$;
    do \$do\$ begin execute
      'create function rival_dispatch() returns void language plpgsql as \$\$ declare new_id uuid :=
         (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, ''0'')
          || substr(md5(random()::text), 1, 20))::uuid; begin '
      || (select pg_temp.put('dispatches', to_jsonb(d)) from dispatches d where id = '$id')
      || (select pg_temp.put('calls', to_jsonb(c)) from calls c where dispatch_id = '$id')
      || (select string_agg(pg_temp.put('dispatch_keys', to_jsonb(k)), '') from dispatch_keys k where dispatch_id = '$id')
      || (select string_agg(pg_temp.put('timers', to_jsonb(t)), '') from timers t where dispatch_id = '$id')
      || (select string_agg(pg_temp.put('events', to_jsonb(e)), '') from events e where dispatch_id = '$id')
      || 'end \$\$'; end \$do\$"
  echo 'select rival_dispatch();'
}

# run_pgbench SCRIPT IN_FLIGHT [OPTION...]: {"per_second":..., "p50_ms":..., "p99_ms":...}
run_pgbench() {
  local script=$1 in_flight=$2 log=$scratch/pgbench
  shift 2
  rm -f "$log".*
  (cd "$scratch" && "$pgbench" -n -M prepared -f "$script" -c "$in_flight" -j 2 -T "$seconds_each" -l \
    --log-prefix=pgbench "$@" "$url" >"$scratch/pgbench.out" 2>"$scratch/pgbench.err") ||
    { show_tail "$scratch/pgbench.err"; die "pgbench failed"; }
  # Column 3 is the latency in microseconds.
  cat "$log".* | awk '{ print $3 }' | sort -n | awk -v seconds="$seconds_each" '
    { micros[NR] = $1 }
    END { printf "{\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", NR / seconds,
                 micros[int((NR + 1) / 2)] / 1000, micros[int(NR * 0.99 + 0.5)] / 1000 }'
}

# run_ours RPC IN_FLIGHT [OPTION...]
run_ours() {
  local rpc=$1 in_flight=$2
  shift 2
  "$build_dir/tools/benchkit/rpc_load" --server="127.0.0.1:${ports[0]}" --rpc="$rpc" --in_flight="$in_flight" \
    --run="$(random_hex 6)" --warm_up=1s --measure="${seconds_each}s" "$@"
}

# median RUN...: the middle one by per_second, and the spread.
median() {
  printf '%s\n' "$@" | jq -c -s 'sort_by(.per_second) | .[length / 2 | floor] +
    {runs: length, per_second_min: .[0].per_second, per_second_max: .[-1].per_second}'
}

# compare NAME RPC SCRIPT IN_FLIGHT [OUR_OPTION...]: three runs of each in turn; a line of JSON.
compare() {
  local name=$1 rpc=$2 script=$3 in_flight=$4 run ours=() rival=()
  shift 4
  for ((run = 0; run < runs; run++)); do
    ours+=("$(run_ours "$rpc" "$in_flight" "$@")")
    rival+=("$(run_pgbench "$script" "$in_flight")")
  done
  jq -c -n --arg bench "$name" --argjson in_flight "$in_flight" --argjson ours "$(median "${ours[@]}")" \
    --argjson pgbench "$(median "${rival[@]}")" \
    '{bench: $bench, in_flight: $in_flight, ratio: ($ours.per_second / $pgbench.per_second * 1000 | round / 1000),
      ours: $ours, pgbench: $pgbench}'
}

probe() {
  "$build_dir/tools/benchkit/rpc_load" --server="127.0.0.1:${ports[0]}" --in_flight=1 --run=probe --warm_up=0s \
    --measure=1ms >/dev/null
}

dispatch() {
  start_product
  probe
  rival_dispatch >"$scratch/dispatch.sql"
  local in_flight
  for in_flight in "${levels[@]}"; do compare dispatch dispatch "$scratch/dispatch.sql" "$in_flight"; done
  open_loop
}

# Half of what 64 in flight reach, or --rate: latency from the moment each was due.
open_loop() {
  local peak
  [[ -n $rate ]] || { peak=$(run_ours dispatch 64) && rate=$(jq '.per_second / 2 | floor' <<<"$peak"); }
  local ours rival
  ours=$(run_ours dispatch 4096 --rate="$rate")
  rival=$(run_pgbench "$scratch/dispatch.sql" 64 --rate="$rate")
  jq -c -n --argjson rate "$rate" --argjson ours "$ours" --argjson pgbench "$rival" \
    '{bench: "dispatch --rate", rate: $rate, p99_ratio: ($ours.p99_ms / $pgbench.p99_ms * 1000 | round / 1000),
      ours: $ours, pgbench: $pgbench}'
}

status() {
  start_product
  run_ours dispatch 64 >/dev/null
  local ids in_flight
  ids=$(sql 'select id from dispatches order by id desc limit 500' | paste -sd,)
  # What Status reads, by the same keys.
  cat >"$scratch/status.sql" <<SQL
\set n random(0, 499)
with w as (select (array['${ids//,/\',\'}']::uuid[])[1 + :n] as id)
select row_to_json(d), row_to_json(b), row_to_json(p), row_to_json(c),
       (select json_agg(x) from pages x where x.dispatch_id = d.id),
       (select json_agg(x) from timers x where x.dispatch_id = d.id),
       (select json_agg(x order by sequence) from events x where x.dispatch_id = d.id and x.business_id = d.business_id),
       (select json_agg(x) from repeat_calls x where x.dispatch_id = d.id)
from w join dispatches d on d.id = w.id join businesses b on b.id = d.business_id
left join policies p on p.id = d.policy_id join calls c on c.dispatch_id = d.id and c.business_id = d.business_id;
SQL
  for in_flight in "${levels[@]}"; do
    compare status status "$scratch/status.sql" "$in_flight" --ids="$ids"
  done
}

# The limits of the machine: the bare commit of a row.
floor() {
  start_product
  sql 'create table bare (id bigint generated always as identity primary key, text text)'
  echo "insert into bare (text) values ('x');" >"$scratch/bare.sql"
  local in_flight
  for in_flight in "${levels[@]}"; do
    jq -c --argjson in_flight "$in_flight" '{bench: "floor", what: "bare commit", in_flight: $in_flight} + .' \
      <<<"$(run_pgbench "$scratch/bare.sql" "$in_flight")"
  done
}
