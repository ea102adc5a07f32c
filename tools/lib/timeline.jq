# How dispatches are shown to people. Takes proto3 JSON in lowerCamelCase, with or
# without default values. $color: whether to use terminal colours.

# grpcurl writes field names as the server's reflection gives them, and C++ servers
# leave the JSON names out: turns external_call_id into externalCallId.
def camel:
  if type == "object" then
    with_entries(if .key == "attributes" then .
                 else {key: .key | gsub("_(?<c>[a-z0-9])"; .c | ascii_upcase), value: .value | camel} end)
  elif type == "array" then map(camel) else . end;

# What callers and providers wrote must not steer the terminal.
def plain: tostring | gsub("[[:cntrl:]]+"; " ") | gsub("^ +| +$"; "");
def paint($code): if $color then "\u001b[\($code)m\(.)\u001b[0m" else . end;
def pad($width): . + ([range(length; $width)] | map(" ") | add // "");
def cut($width): if length > $width then .[:$width - 1] + "…" else . end;
def digits($width): tostring | until(length >= $width; "0" + .);
def given: . // "" | select(. != "");
# The word of an enum value; one that is newer than the client is a number.
def enum($prefix): . // "" | tostring | ltrimstr($prefix) | if . == "" then "UNSPECIFIED" else . end;

# Seconds since 1970 of a time broken down as by gmtime: [year, month from 0, day,
# hour, minute, second]. (jq 1.6's mktime is an hour off where there is summer time.)
def epoch:
  (if .[1] < 2 then .[0] - 1 else .[0] end) as $year # that begins in March
  | ($year * 365 + ($year / 4 | floor) - ($year / 100 | floor) + ($year / 400 | floor)
     + (((.[1] + 10) % 12 * 153 + 2) / 5 | floor) + .[2] - 719469) * 86400
    + .[3] * 3600 + .[4] * 60 + .[5];

# Microseconds since 1970: spans of doubles in seconds would round wrongly.
def micros:
  capture("^(?<y>[0-9]+)-(?<m>[0-9]+)-(?<d>[0-9]+)T(?<h>[0-9]+):(?<i>[0-9]+):(?<s>[0-9]+)(\\.(?<f>[0-9]+))?Z$")
  | .f = ((.f // "") + "000000")[:6] | map_values(tonumber)
  | ([.y, .m - 1, .d, .h, .i, .s] | epoch) * 1000000 + .f;
def seconds: . / 1000000 | floor;
def clock: (seconds | strflocaltime("%H:%M:%S")) + "." + (. % 1000000 / 1000 | floor | digits(3));
def date: seconds | strflocaltime("%a %Y-%m-%d");
def zone:
  seconds | ((localtime | epoch) - .) / 60
  | "UTC" + (if . < 0 then "-" else "+" end)
    + (fabs | (. / 60 | floor | digits(2)) + ":" + (. % 60 | digits(2)));

# A span of microseconds: "+0.1 s", "+2 min 05 s", "+1 h 02 min".
def span:
  ([., 0] | max) as $us | $us | seconds as $s
  | if $s < 60 then ($us / 100000 | floor | "\(. / 10 | floor).\(. % 10) s")
    elif $s < 3600 then "\($s / 60 | floor) min \($s % 60 | digits(2)) s"
    else "\($s / 3600 | floor) h \($s % 3600 / 60 | floor | digits(2)) min" end;
def age:
  if . < 60 then "\(floor) s" elif . < 3600 then "\(. / 60 | floor) min"
  elif . < 172800 then "\(. / 3600 | floor) h" else "\(. / 86400 | floor) d" end;

def urgency_color: {URGENCY_HIGH: "1;31", URGENCY_MEDIUM: "33"}[. // ""] // "0";
def status_color:
  if . == "DISPATCH_STATUS_DISPATCHED_CONFIRMED" then "1;32"
  elif . == "DISPATCH_STATUS_DISPATCHED_NO_ACK" then "1;31"
  elif . == "DISPATCH_STATUS_CANCELED" then "2" else "1;33" end;
def event_color:
  tostring
  | if test("ACKED$") then "32" elif test("FAILED|UNCERTAIN|EXHAUSTED|NOBODY|UNMATCHED|CUTOFF") then "31"
    elif test("WAITING|SKIPPED|SUPPRESSED|ROUND|RECOVERED") then "33" else "0" end;

# A moment, with its day if that is not the one of $beside.
def moment($beside):
  micros | (if date == ($beside | micros | date) then "" else date + " " end) + (seconds | strflocaltime("%H:%M:%S"));
# What is said of an event. Where it waits, the moment is told as all the others are.
def told:
  .eventTime as $beside
  | (.attributes.until // "" | sub("[+]00:00$"; "Z") | select(test("^[0-9-]+T[0-9:.]+Z$"))) as $until
    | (.message // "") / .attributes.until | join($until | moment($beside));
def event_message: ([told] + [.message // ""])[0] | plain;

# One event; $start is the time of the first one.
def event_line($start):
  (.kind | enum("EVENT_KIND_") | ascii_downcase | gsub("_"; " ") | pad(18)) as $kind
  | (.kind // "" | event_color) as $code
  | (.eventTime | micros) as $time
  | "\($time | clock)  \("+" + ($time - $start | span) | pad(12))  "
    + ($kind | paint($code))
    + "  \(event_message)"
    + ((.actor | given | select(. != "system") | "  (\(plain))" | paint("2")) // "")
  | sub(" +$"; "");

# What the caller said, when the call has no summary (yet).
def callers_words:
  (.call.transcript // "") / "\n"
  | map(select(test("^ *agent:"; "i") | not) | sub("^ *user: *"; ""; "i") | plain | given)
  | join(" ") | given | "\"\(cut(160))\"";
def headline:
  (.call.summary // "" | plain | given | cut(160)) // callers_words // "(no summary)" | paint("1");
def judgement:
  (.urgency | enum("URGENCY_") | if . == "UNSPECIFIED" then "urgency not judged" else . end) as $word
  | (.urgency | urgency_color) as $code
  | ($word | paint($code))
    + ((.urgencyReason | given | plain) as $reason
       | " (confidence \(.urgencyConfidence // 0 | . * 100 | round / 100): \($reason))" // "");
def outcome:
  (.status | status_color) as $code
  | (.status | enum("DISPATCH_STATUS_") | paint($code))
    + ((.ackedBy | given | " by \(plain)") // "")
    + (if .endTime then " after \((.endTime | micros) - (.createTime | micros) | span)" else "" end);
def origin:
  [ "caller \((.call.callerNumber | given | plain) // "withheld")",
    "called \((.call.calledNumber | given | plain) // "unknown")",
    "dispatch \(.id)",
    (.call.externalCallId | given | plain) as $id
      | "call \(.call.source | enum("CALL_SOURCE_") | ascii_downcase):\($id)" ]
  | join(" · ");

# A page; $over has the ids of the pages whose calls ended without a key.
def page_line($over):
  [ (.technicianName // "" | plain | pad(18)),
    (.channel | enum("CHANNEL_") | ascii_downcase | pad(8)),
    (.toAddress // "" | plain | pad(16)),
    (.state | enum("PAGE_STATE_") | pad(11)),
    (select(.technicianId == "00000000-0000-0000-0000-000000000000") | "owner"),
    (.errorCode | given | plain) as $code
      | (if .state == "PAGE_STATE_SUPPRESSED" then "known not to work, code \($code)" else "error \($code)" end | paint("31")),
    (.id as $id | select($over | index($id)) | "ended without a key"),
    (.attemptCount // 0 | select(. > 1) | "\(.) attempts") ]
  | "  " + join("  ") | sub(" +$"; "");

# What comes next, while it is under way.
def ahead:
  def when: (micros | seconds - now) as $left | if $left < 1 then "due now" else "in \($left | age)" end;
  .createTime as $beside
  | [ (.nextStepTime | given | "next step at \(moment($beside)), \(when)"),
      (.cutoffTime | given | "cutoff at \(moment($beside)), \(when)") ]
  | select(. != []) | join(" · ");

# StatusResponse -> the whole story.
def timeline:
  (.dispatch.createTime | micros) as $created
  | ((.events // [])[0].eventTime // .dispatch.createTime | micros) as $start
  | .dispatch as $d
  | ($d | headline),
    ([($d.businessName | given | plain) // "no business matched", ($d | judgement), ($d | outcome)] | join(" · ")),
    ($d | origin),
    ($created | "\(date), times in \(zone)" | paint("2")),
    "",
    ((.events // [])[] | event_line($start)),
    ([(.events // [])[] | select(.kind == "EVENT_KIND_CALL_OVER") | .pageId]) as $over
      | (select((.pages // []) != []) | "", "pages", (.pages[] | page_line($over))),
        ($d | ahead | "", .);

# A list of dispatches -> a table.
def table:
  def row($d):
    [ $d.id, (now - ($d.createTime | micros | seconds) | if . < 0 then 0 else . end | age),
      ($d.status | enum("DISPATCH_STATUS_")), ($d.urgency | enum("URGENCY_") | if . == "UNSPECIFIED" then "-" else . end),
      (($d.businessName | given | plain | cut(24)) // "-"), ($d.call.summary // "" | plain | cut(60)) ];
  [["ID", "AGE", "STATUS", "URGENCY", "BUSINESS", "SUMMARY"]] + [.[] | row(.)]
  | . as $rows
  | ([range(5)] | map(. as $i | $rows | map(.[$i] | length) | max)) as $widths
  | range($rows | length) as $n | $rows[$n]
  | [(range(5) as $i | .[$i] | pad($widths[$i])), .[5]] | join("  ") | sub(" +$"; "")
  | if $n == 0 then paint("2") else . end;

# WatchDispatchResponses, one after the other -> their lines.
def watched:
  foreach (inputs | camel) as $response (null; . // ($response.event.eventTime | micros);
    . as $start | $response.event | event_line($start));

# RecoverResponses, in a list -> what was found.
def finding_line:
  "\(.dispatchId)  \(.problem | enum("RECOVER_PROBLEM_") | ascii_downcase | gsub("_"; " ") | pad(15) | paint("33"))"
    + "  \(.action // "" | plain)" + ((.pageId | given | "  (page \(plain))" | paint("2")) // "");
def recovered($dry):
  def count($thing; $things): "\(.) \(if . == 1 then $thing else $things end)";
  ([.[].findings // [] | .[]]) as $findings
  # The last one looked at all.
  | (.[-1].dispatchCount // 0 | count("dispatch"; "dispatches")) as $looked_at
  | ($findings | length | count("finding"; "findings")) as $found
  | ($findings[] | finding_line),
    (if $findings == [] then "all is well: \($looked_at) looked at"
     elif $dry then "to be put right: \($found); \($looked_at) looked at, nothing was changed"
     else "put right: \($found); \($looked_at) looked at" end),
    (select(.[-1].more) | "there is more: one answer does not hold all");
