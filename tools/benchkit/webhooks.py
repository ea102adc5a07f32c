"""Webhooks to the bridge, as Twilio sends them: signed."""

import base64
import hashlib
import hmac
import json
import subprocess
import urllib.parse
import urllib.request
from typing import Dict, List, Tuple

from .figures import Figures
from .stage import SECRET, Bridge, Failed, Place

SMS_PATH = "/webhooks/twilio/sms"

# Sends the requests of a file one after the other, and prints what came of it.
WRK_SCRIPT = """
local requests, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local signature, body = line:match("^(%S+) (.*)$")
    requests[#requests + 1] = wrk.format("POST", nil, {["Content-Type"] = "application/x-www-form-urlencoded",
      ["X-Twilio-Signature"] = signature}, body)
  end
end
function request()
  at = at + 1
  return requests[at]
end
function done(summary, latency)
  print(string.format('{"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"count":%d,"failed":%d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, summary.requests, summary.errors.status + summary.errors.timeout + summary.errors.connect))
end
"""


def reply(page: Tuple[str, str], number: int) -> Dict[str, str]:
    """The form of a text that takes the page: its addressee and its code."""
    address, code = page
    return {"MessageSid": f"SM{number:032x}", "From": address, "To": "+19495550101", "Body": f"1 {code}",
            "AccountSid": "AC" + "0" * 32}


def send(bridge: Bridge, path: str, form: Dict[str, str]) -> str:
    """Sends one, and returns the answer's body."""
    request = urllib.request.Request(bridge.url + path, urllib.parse.urlencode(form).encode(),
                                     {"X-Twilio-Signature": _signature(bridge.url + path, form)})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def load(place: Place, bridge: Bridge, path: str, forms: List[Dict[str, str]], in_flight: int, seconds: float) -> Figures:
    """Sends one after the other, so many at a time, for a while (wrk, a load tool for HTTP)."""
    requests, script = place.file("webhooks.txt"), place.file("webhooks.lua")
    with open(script, "w", encoding="ascii") as file:
        file.write(WRK_SCRIPT)
    with open(requests, "w", encoding="ascii") as file:
        for form in forms:
            file.write(f"{_signature(bridge.url + path, form)} {urllib.parse.urlencode(form)}\n")
    done = subprocess.run(["wrk", "-t", "1", "-c", str(in_flight), "-d", f"{seconds}s", "--timeout", "10s", "-s", script,
                           bridge.url + path, "--", requests], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise Failed(f"wrk: {(done.stderr or done.stdout).strip()[-1500:]}")
    figures = json.loads(lines[0])
    if figures["count"] + in_flight >= len(forms):
        raise Failed(f"{len(forms)} webhooks are too few for {seconds} s")
    if figures["failed"]:
        raise Failed(f"{figures['failed']} of {figures['count']} webhooks were refused; see the log of the bridge")
    return figures


def _signature(url: str, form: Dict[str, str]) -> str:
    signed = url + "".join(name + value for name, value in sorted(form.items()))
    return base64.b64encode(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).digest()).decode()
