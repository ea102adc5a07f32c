# How the directory is shown to people. Takes proto3 JSON in lowerCamelCase.
include "timeline";

def columns($widths): [., $widths] | transpose | map(.[0] as $text | .[1] as $width | $text | cut($width) | pad($width))
  | join("  ") | sub(" +$"; "");

def counted($thing; $things): "\(.) \(if . == 1 then $thing else $things end)";

def businesses:
  (["KEY", "NAME", "TIME ZONE", "NUMBERS"] | columns([24, 28, 22, 40])),
  (.[] | [(.key | plain), (.name | plain), .timeZone, (.numbers // [] | join(" "))] | columns([24, 28, 22, 40]));

def moment: micros | date + " " + (seconds | strflocaltime("%H:%M"));

def people: if (.onCall // []) == [] then "nobody" | paint("1;31")
  else [.onCall[].name | plain] | join(", then ") end;

def oncall:
  "on call at \(.time | moment):",
  (if (.onCall // []) == [] then "  nobody" | paint("1;31")
   else .onCall[] | "  \(.priority)  \(.name | plain | pad(20))  \(.reason | plain)" end),
  (.nextChangeTime // "" | if . == "" then empty else "until \(moment)" end);

def preview:
  "times in \(.timeZone)",
  ((.shifts // [])[] | "\(.startTime | moment)  to  \(.endTime | moment)   \(people)");

def checked:
  (map(.findings // []) | add) as $findings | (map(.businessCount // 0) | add) as $count
  | ($findings[] | "\(.business | plain): \(.problem | enum("DIRECTORY_PROBLEM_"))"
                   + ((.subject | given | " \(plain)") // ""), "  \(.message | plain)"),
    ($count | counted("business"; "businesses")) as $businesses
    | if $findings == [] then "\($businesses), all is well"
      else "", "\($findings | length | counted("finding"; "findings")) in \($businesses)" end;

def changes:
  .[] | "\(.changeTime | moment)  \(.actor | plain)  \(.business | plain): "
        + (if (.before // "") == "" then "new" elif (.after // "") == "" then "removed" else "changed" end)
        + " \(.resource | gsub("_"; " ")) \(.key | plain)",
        (.before | given | "  - \(plain)" | paint("31")), (.after | given | "  + \(plain)" | paint("32"));

# Keeps the indentation.
def plain_line: gsub("[[:cntrl:]]"; " ");
def marked($sign; $code): split("\n") | map(select(. != "") | "    \($sign) \(plain_line)" | paint($code)) | .[];
def planned($did):
  ((.changes // [])[] | "\(.business | plain): "
     + (if (.before // "") == "" then "new" elif (.after // "") == "" then "remove" else "change" end)
     + " \(.resource | gsub("_"; " ")) \(.key | plain)",
     (.before | given | marked("-"; "31")), (.after | given | marked("+"; "32"))),
  (if (.changes // [] | length) < .changeCount then "... and \(.changeCount - (.changes | length)) more" else empty end),
  "\($did): \(.changeCount | counted("thing"; "things")); the file has "
    + "\(.businessCount | counted("business"; "businesses")) and "
    + "\(.technicianCount | counted("technician"; "technicians"))";

def imported($dry):
  ((.findings // [])[] | "\(.table), line \(.line)" + ((.column | given | ", \(plain)") // "") + ": "
     + (if .refused then "refused: " | paint("31") else "" end) + (.message | plain)),
  "\(.takenCount) of \(.rowCount) rows " + (if $dry then "can be" elif .applied then "were" else "could be" end) + " taken"
  + (if .applied then "; \(.changeCount | counted("change"; "changes"))" else "; nothing was changed" end)
  + (if $dry or .applied then "" else ": mend the refused rows, or take the others with --partial" end);
