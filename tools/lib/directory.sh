# shellcheck shell=bash
# shellcheck disable=SC2016 # the dollars in single quotes are jq's
# shellcheck disable=SC2154 # variables are dispatchctl's
#
# dispatchctl directory: businesses, people, rosters. Sourced by dispatchctl.

directory_service=afterhours.v1.DirectoryService
# Files are large, and are written in one transaction.
readonly file_timeout=120

directory_help() {
  cat <<'HELP'
Keeps the directory: businesses, people, who is on call.

usage: dispatchctl [--server HOST:PORT] [--timeout SECONDS] [--json] directory COMMAND

  list                           all businesses
  oncall BUSINESS [--at TIME]    who is on call, and why
  preview BUSINESS [--from TIME] [--until TIME]
                                 who is on call through a stretch of time, a week unless
                                 given; gaps too
  check [BUSINESS]               what would fail tonight; exit code 1 when something would
  override BUSINESS --kind add|remove|replace --technician KEY [--replacement KEY]
           --from TIME --until TIME [--reason TEXT] [--priority N] [--key KEY] [--by NAME]
                                 change the roster for a while
  changes [BUSINESS] [--limit N] who changed what, newest first; N is 50 unless given
  export [BUSINESS]              the directory as a file (YAML)
  plan FILE                      what applying FILE would change; exit code 1 when something
                                 would
  apply FILE [--plan PLAN] [--by NAME]
                                 make businesses what FILE says, all or nothing; with PLAN,
                                 as plan printed it, only if that is still what it changes
  import-airtable BUSINESSES.csv ROSTER.csv [--time_zone ZONE] [--partial] [--dry-run] [--by NAME]
                                 take over exported tables, and report every row that could
                                 not be taken; with --partial take the others all the same

BUSINESS is a business's key or id. TIME is as in 2026-12-24T18:00 (your time zone, $TZ),
2026-12-24T18:00Z or "tomorrow 18:00". FILE is - for standard input. docs/directory.md tells
what a file says, and how to set up a business from nothing.

Everything else the API can do: grpcurl with afterhours.v1.DirectoryService.
HELP
}

command_directory() {
  local subcommand=${arguments[0]:-}
  command="directory $subcommand"
  case $subcommand in
    list | oncall | preview | check | override | changes | export | plan | apply) "directory_$subcommand" ;;
    import-airtable) directory_import_airtable ;;
    '') die_usage "directory needs a command; see dispatchctl directory --help" ;;
    *) die_usage "unknown command directory $subcommand" ;;
  esac
}

# take MIN MAX WHAT: sets id to the first argument of the command.
take() {
  local count=$((${#arguments[@]} - 1))
  ((count >= $1)) || die_usage "$command needs $3"
  ((count <= $2)) || die_usage "unexpected argument '${arguments[$2 + 1]}'"
  id=${arguments[1]:-}
}

# A time as the API wants it; empty stays empty.
moment() {
  [[ -n $1 ]] || return 0
  date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || die_usage "'$1' is not a time, like 2026-12-24T18:00"
}

# pages METHOD FIELD FILTER [ARG...]: calls METHOD until it has no next page, or
# `left` of FIELD were listed, and leaves all of FIELD in $scratch/list.
pages() {
  local method=$1 field=$2 filter=$3 token='' count
  shift 3
  while
    call "$directory_service/$method" "$filter + {pageSize: \$size, pageToken: \$token}" \
      --argjson size "$((left < 500 ? left : 500))" --arg token "$token" "$@"
    jq ".$field // []" "$scratch/response" >>"$scratch/list"
    count=$(jq ".$field // [] | length" "$scratch/response")
    token=$(jq -r '.nextPageToken // ""' "$scratch/response")
    left=$((left - count))
    [[ -n $token ]] && ((left > 0))
  do :; done
}

# print_list FILTER: what pages listed, as one array.
print_list() {
  if $json; then jq -s 'add' "$scratch/list"; else show "add | $1" -s "$scratch/list"; fi
}

directory_list() {
  take 0 0 nothing
  allow
  local left=1000000
  pages ListBusinesses businesses '{}'
  print_list 'if . == [] then "no businesses; see docs/directory.md" else businesses end'
}

directory_oncall() {
  take 1 1 "a business"
  allow at
  local at
  at=$(moment "${option[at]:-}")
  call "$directory_service/WhoIsOnCall" '{business: $id} + if $at == "" then {} else {time: $at} end' \
    --arg id "$id" --arg at "$at"
  print oncall
}

directory_preview() {
  take 1 1 "a business"
  allow from until
  local from until
  from=$(moment "${option[from]:-}") until=$(moment "${option[until]:-}")
  call "$directory_service/PreviewOnCall" \
    '{business: $id} + if $from == "" then {} else {startTime: $from} end
                     + if $until == "" then {} else {endTime: $until} end' \
    --arg id "$id" --arg from "$from" --arg until "$until"
  if ! $json; then TZ=$(jq -r '.timeZone // "UTC"' "$scratch/response") && export TZ; fi
  print preview
}

directory_check() {
  take 0 1 nothing
  allow
  local token=''
  while
    call "$directory_service/CheckDirectory" '{business: $id, pageToken: $token}' --arg id "$id" --arg token "$token"
    cat "$scratch/response" >>"$scratch/checked"
    token=$(jq -r '.nextPageToken // ""' "$scratch/response")
    [[ -n $token ]]
  do :; done
  if $json; then
    jq -s '{findings: map(.findings // []) | add, businessCount: map(.businessCount // 0) | add}' "$scratch/checked"
  else
    show checked -s "$scratch/checked"
  fi
  jq -e -s 'map(.findings // []) | add == []' "$scratch/checked" >/dev/null
}

directory_override() {
  take 1 1 "a business"
  allow kind technician replacement from until reason priority key by
  local flag from until
  for flag in kind technician from until; do require "$flag"; done
  case ${option[kind],,} in
    add | remove | replace) ;;
    *) die_usage "--kind is add, remove or replace" ;;
  esac
  [[ ${option[priority]:-0} =~ ^[0-9]{1,6}$ ]] || die_usage "--priority is a number from 1"
  from=$(moment "${option[from]}") until=$(moment "${option[until]}")
  # Said twice, it is one.
  local key=${option[key]:-${option[kind],,}-${option[technician]}-${from:0:10}-${from:11:2}${from:14:2}}
  call "$directory_service/CreateOverride" \
    '{business: $id, changedBy: $by,
      override: {key: $key, kind: "OVERRIDE_KIND_\($kind)", technician: $technician, replacement: $replacement,
                 startTime: $from, endTime: $until, reason: $reason, priority: $priority}}' \
    --arg id "$id" --arg by "${option[by]:-}" --arg key "$key" --arg kind "${option[kind]^^}" \
    --arg technician "${option[technician]}" --arg replacement "${option[replacement]:-}" \
    --arg from "$from" --arg until "$until" --arg reason "${option[reason]:-}" \
    --argjson priority "${option[priority]:-0}"
  print '"override \(.override.key): see dispatchctl directory preview \($business)"' --arg business "$id"
}

directory_changes() {
  take 0 1 nothing
  allow limit
  local left=${option[limit]:-50}
  [[ $left =~ ^[1-9][0-9]{0,5}$ ]] || die_usage "--limit is a number from 1"
  pages ListDirectoryChanges changes '{business: $id}' --arg id "$id"
  print_list 'if . == [] then "no changes" else changes end'
}

directory_export() {
  take 0 1 nothing
  allow
  local token=''
  while
    call "$directory_service/ExportDirectory" '{business: $id, pageToken: $token}' --arg id "$id" --arg token "$token"
    # A part at a time: nobody reads a half of a file that was not to be had whole.
    jq -j '.yaml // ""' "$scratch/response" >>"$scratch/exported"
    token=$(jq -r '.nextPageToken // ""' "$scratch/response")
    [[ -n $token ]]
  do :; done
  if $json; then jq -n --rawfile yaml "$scratch/exported" '{yaml: $yaml}'; else cat "$scratch/exported"; fi
}

# readable FILE: a path that jq can read it from.
readable() {
  [[ $1 == - ]] && say /dev/stdin && return
  [[ -r $1 && ! -d $1 ]] || die_usage "cannot read '$1'"
  say "$1"
}

# applied DRY: sends the file that is named.
applied() {
  local file
  file=$(readable "$id")
  timeout=${timeout:-$file_timeout}
  prepare
  cat -- "$file" >"$scratch/file"
  call "$directory_service/ApplyDirectory" '{yaml: $yaml, dryRun: $dry, plan: $plan, changedBy: $by}' \
    --rawfile yaml "$scratch/file" --argjson dry "$1" --arg plan "${option[plan]:-}" --arg by "${option[by]:-}"
}

directory_plan() {
  take 1 1 "a file"
  allow
  applied true
  print 'planned("would change"),
         if .changeCount == 0 then empty
         else "", "apply it: dispatchctl directory apply \($file) --plan \(.plan)" end' --arg file "$id"
  jq -e '.changeCount == 0' "$scratch/response" >/dev/null
}

directory_apply() {
  take 1 1 "a file"
  allow plan by
  applied false
  print 'planned("changed")'
}

directory_import_airtable() {
  take 2 2 "the two exported tables, of businesses and of the on-call roster"
  allow time_zone partial dry-run by
  local businesses roster
  [[ $id != - || ${arguments[2]} != - ]] || die_usage "only one table can come from standard input"
  businesses=$(readable "$id") roster=$(readable "${arguments[2]}")
  timeout=${timeout:-$file_timeout}
  call "$directory_service/ImportAirtable" \
    '{businessesCsv: $businesses, rosterCsv: $roster, defaultTimeZone: $zone, partial: $partial, dryRun: $dry,
      changedBy: $by}' \
    --rawfile businesses "$businesses" --rawfile roster "$roster" --arg zone "${option[time_zone]:-}" \
    --argjson partial "${option[partial]:-false}" --argjson dry "${option[dry-run]:-false}" --arg by "${option[by]:-}"
  print 'imported($dry)' --argjson dry "${option[dry-run]:-false}"
  jq -e '.findings // [] | all(.refused | not)' "$scratch/response" >/dev/null
}
