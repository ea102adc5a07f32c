"""Calls that came in at our numbers and have ended, as Twilio tells of them.

Contract: Twilio docs, "Call status callbacks" of a phone number, with the fields of "Twilio's request to your
application".
"""

import asyncio
from typing import Optional

from .calls import FINAL, Call, progress_params
from .config import Config
from .ids import Ids
from .store import Store
from .twilio_webhooks import TwilioWebhooks

# What the customer configured as the number's status callback, after the public URL.
STATUS_PATH = "/webhooks/twilio/status-callback#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000"
DURATION_S_DEFAULT = 95
DURATION_S_MAX = 4 * 3600


class InboundCalls:
    """Makes such calls, and sends their status callbacks."""

    def __init__(self, config: Config, ids: Ids, store: Store[Call], webhooks: TwilioWebhooks):
        self._config = config
        self._ids = ids
        self._store = store
        self._webhooks = webhooks

    async def end(self, caller: str, called: str, call_sid: Optional[str] = None, status: str = "completed",
                  duration_s: int = DURATION_S_DEFAULT, times: int = 1, parallel: bool = False) -> dict:
        """A call from `caller` to `called` has ended; its status callback goes out `times` times alike.

        Returns call_sid and responses (status, body; error if there was one). ValueError: status or duration_s makes
        no sense.
        """
        if status not in FINAL:
            raise ValueError(f"status must be one of {', '.join(FINAL)}")
        if not 0 <= duration_s <= DURATION_S_MAX:
            raise ValueError(f"duration_s must be between 0 and {DURATION_S_MAX}")
        call = self._store.add(Call(
            sid=call_sid or self._ids.sid("CA"), account_sid=self._config.account_sid, to=called, sender=caller,
            direction="inbound", status="ringing"))
        call.dial()
        call.advance(status)
        call.duration_s = duration_s if status == "completed" else None

        url, token = self._config.public_url + STATUS_PATH, self._webhooks.event_token()
        params = progress_params(call, 0)
        posts = (self._webhooks.send("call_ended", url, params, token) for _ in range(times))
        answers = await asyncio.gather(*posts) if parallel else [await post for post in posts]
        responses = [{"status": answer.status, "body": answer.body, **({"error": answer.error} if answer.error else {})}
                     for answer in answers]
        return {"call_sid": call.sid, "responses": responses}
