"""Webhooks as Retell sends them.

Contract: Retell docs, "Webhook overview" and "Secure the webhook", and the call object of "Get Call".
"""

import asyncio
import json

from .config import Config
from .courier import Courier
from .ids import Ids
from .log import now_ms
from .overrides import RETRY_REASONS, Overrides
from .signing import retell_signature

EVENTS_PATH = "/webhooks/retell/call-ended"
# Retell waits 10 s for an answer and retries up to 3 times unless it is 2xx; it names no limit for all together.
ONCE = Overrides(connect_ms=10_000, read_ms=10_000, total_ms=10_000, retries=0)
RETRIED = Overrides(connect_ms=10_000, read_ms=10_000, total_ms=60_000, retries=3, retry_on=frozenset(RETRY_REASONS))

# Stands for the signature that is to be computed.
RIGHT_SIGNATURE = object()

_CALL_LENGTH_MS = 95_000
_TURNS = (
    ("agent", "Thanks for calling. I can get the on-call technician for you. What is going on?"),
    ("user", "There is water coming through my kitchen ceiling and I cannot find the shutoff. It is flooding."),
    ("agent", "I am sorry to hear that. What is the address?"),
    ("user", "41 Alder Street, the name is Maria Lopez."),
    ("agent", "Thank you, Maria. I am paging the on-call plumber right now. Please stay near your phone."),
)


class Retell:
    """Builds, signs and sends Retell's events."""

    def __init__(self, config: Config, courier: Courier, ids: Ids):
        self._config = config
        self._courier = courier
        self._ids = ids
        self._agent_id = ids.call_id()

    def call(self, event: str) -> dict:
        """A phone call that ended just now, as the payload of `event` shows it."""
        end_ms = now_ms()
        start_ms = end_ms - _CALL_LENGTH_MS
        call = {
            "call_type": "phone_call", "from_number": "+12137771234", "to_number": "+12137771235",
            "direction": "inbound", "call_id": self._ids.call_id(), "agent_id": self._agent_id, "agent_version": 1,
            "agent_name": "After-hours intake", "call_status": "ongoing", "start_timestamp": start_ms,
            "telephony_identifier": {"twilio_call_sid": self._ids.sid("CA")}, "opt_out_sensitive_data_storage": False,
        }
        if event == "call_started":
            return call
        turns = [{"role": role, "content": content} for role, content in _TURNS]
        call.update({
            "call_status": "ended", "end_timestamp": end_ms, "duration_ms": _CALL_LENGTH_MS,
            "disconnection_reason": "user_hangup",
            "transcript": "\n".join(f"{role.capitalize()}: {content}" for role, content in _TURNS),
            "transcript_object": turns, "transcript_with_tool_calls": turns,
        })
        if event == "call_analyzed":
            call["call_analysis"] = {
                "call_summary": "The caller reports water coming through the kitchen ceiling at 41 Alder Street.",
                "in_voicemail": False, "user_sentiment": "Negative", "call_successful": True,
                "custom_analysis_data": {},
            }
        return call

    async def send(self, event: str, overrides: dict, omit: list, times: int = 1, parallel: bool = False,
                   retry: bool = False, signature=RIGHT_SIGNATURE) -> dict:
        """Sends `event` for a call with `overrides` and without the fields in `omit`, `times` times alike.

        `signature` is the header's value instead of the right one; None leaves the header out. Returns call_id and
        responses (status, body; error if there was one).
        """
        call = {**self.call(event), **overrides}
        for name in omit:
            call.pop(name, None)
        payload = {"event": event, "call": call}
        # Like JSON.stringify: no spaces, and text as it is.
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        if signature is RIGHT_SIGNATURE:
            signature = retell_signature(self._config.retell_api_key, body, now_ms() + self._config.clock_offset_ms)
        headers = {"Content-Type": "application/json"}
        if signature is not None:
            headers["x-retell-signature"] = signature

        url = self._config.public_url + EVENTS_PATH
        posts = (self._courier.send("retell", url, headers, body, payload, RETRIED if retry else ONCE)
                 for _ in range(times))
        answers = await asyncio.gather(*posts) if parallel else [await post for post in posts]
        responses = [{"status": answer.status, "body": answer.body, **({"error": answer.error} if answer.error else {})}
                     for answer in answers]
        return {"call_id": call.get("call_id"), "responses": responses}
