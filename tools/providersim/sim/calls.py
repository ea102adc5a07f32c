"""Call resources, and the fields by which webhooks tell of a call.

Contract: Twilio docs, Call resource, "Call properties"; "Twilio's request to your application" (TwiML for Programmable
Voice).
"""

import math
import time
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import FrozenSet, Optional

from .clock import utc_now
from .messages import country
from .twilio_webhooks import API_VERSION

# The statuses that end a call.
FINAL = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass
class Call:
    """One phone call, in either direction. `sender` is the From number.

    `url`, fetched with `method`, or else `twiml` tells what to do once it is answered; `events` are those for which
    status callbacks were asked.
    """

    sid: str
    account_sid: str
    to: str
    sender: str
    direction: str
    status: str = "queued"
    url: Optional[str] = None
    method: str = "POST"
    twiml: Optional[str] = None
    status_callback: Optional[str] = None
    status_callback_method: str = "POST"
    events: FrozenSet[str] = frozenset({"completed"})
    machine_detection: Optional[str] = None
    answered_by: Optional[str] = None
    duration_s: Optional[int] = None
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)
    start_time: Optional[datetime] = None
    end_time: Optional[datetime] = None
    _answered_s: Optional[float] = None

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    def dial(self) -> None:
        """Leaves the queue. Its status stays: only the callback says "initiated"."""
        self.start_time = self.date_updated = utc_now()

    def advance(self, status: str) -> None:
        """Moves on to `status` now. The duration counts from the answer, in whole seconds begun."""
        self.status, self.date_updated = status, utc_now()
        if status == "in-progress":
            self._answered_s = time.monotonic()
        if self.is_over:
            self.end_time = self.date_updated
        if status == "completed" and self._answered_s is not None:
            self.duration_s = max(1, math.ceil(time.monotonic() - self._answered_s))

    @property
    def uri(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}.json"

    def json(self) -> dict:
        """The resource: numbers are strings, dates are RFC 2822, what is not known yet is null."""
        return {
            "account_sid": self.account_sid,
            "annotation": None,
            "answered_by": self.answered_by,
            "api_version": API_VERSION,
            "caller_name": None,
            "date_created": format_datetime(self.date_created),
            "date_updated": format_datetime(self.date_updated),
            "direction": self.direction,
            "duration": None if self.duration_s is None else str(self.duration_s),
            "end_time": format_datetime(self.end_time) if self.end_time else None,
            "forwarded_from": None,
            "from": self.sender,
            "from_formatted": _formatted(self.sender),
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": format_datetime(self.start_time) if self.start_time else None,
            "status": self.status,
            "subresource_uris": {name: self.uri.replace(".json", f"/{name.capitalize()}.json")
                                 for name in ("events", "notifications", "recordings")},
            "to": self.to,
            "to_formatted": _formatted(self.to),
            "trunk_sid": None,
            "uri": self.uri,
        }


def call_params(call: Call, status: Optional[str] = None) -> dict:
    """The fields that every webhook of `call` has, empty ones included; `status` instead of the call's own."""
    params = {"AccountSid": call.account_sid, "ApiVersion": API_VERSION, "CallSid": call.sid,
              "CallStatus": status or call.status, "Direction": call.direction}
    for name, number in (("Called", call.to), ("Caller", call.sender), ("From", call.sender), ("To", call.to)):
        params.update({name: number, name + "City": "", name + "Country": country(number), name + "State": "",
                       name + "Zip": ""})
    if call.answered_by:
        params["AnsweredBy"] = call.answered_by
    return params


def progress_params(call: Call, sequence_number: int, status: Optional[str] = None) -> dict:
    """The fields of a status callback for `call` as it is now (Twilio docs: "StatusCallback" of the Call resource)."""
    params = {**call_params(call, status), "CallbackSource": "call-progress-events",
              "SequenceNumber": str(sequence_number), "Timestamp": format_datetime(utc_now())}
    if call.status == "completed" and call.duration_s is not None:
        # Duration is in minutes, as they are billed.
        params.update(CallDuration=str(call.duration_s), Duration=str(math.ceil(call.duration_s / 60)))
    sip_code = {"busy": "486", "no-answer": "487", "failed": "404"}.get(call.status)
    if sip_code:
        params["SipResponseCode"] = sip_code
    return params


def _formatted(number: str) -> str:
    is_us = number.startswith("+1") and len(number) == 12
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}" if is_us else number
