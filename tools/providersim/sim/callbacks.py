"""The status callbacks of one message or call."""

import asyncio
from typing import Optional

from .background import Background
from .faults import Fault
from .twilio_webhooks import TwilioWebhooks


class Callbacks:
    """Sends the callbacks one after another.

    They do not hold up the message or call: a bridge that hangs delays its callbacks, not the phone. `first` is done
    when the first one was answered or given up; it stays pending if there is none.
    """

    def __init__(self, background: Background, webhooks: TwilioWebhooks, kind: str, url: Optional[str],
                 manner: Optional[Fault], method: str = "POST"):
        self.first = asyncio.get_running_loop().create_future()
        self._background = background
        self._webhooks = webhooks
        self._kind = kind
        self._url = url
        self._method = method
        self._manner = manner.kind if manner else None
        self._late_s = manner.params["delay_ms"] / 1000 if self._manner == "callbacks_late" else 0
        self._held: Optional[dict] = None
        self._last: Optional[asyncio.Task] = None

    def add(self, params: dict, overtaken: bool = False) -> None:
        """Sends a callback with `params`. `overtaken`: it is the one that comes late when they are out of order."""
        if not self._url or self._manner == "callbacks_lost":
            return
        if self._manner == "callbacks_out_of_order" and overtaken:
            self._held = params
            return
        self._send(params)
        self._send_held()

    async def finish(self) -> None:
        """Waits until all are through."""
        self._send_held()
        if self._last:
            await asyncio.wait([self._last])

    def _send_held(self) -> None:
        if self._held:
            self._send(self._held)
            self._held = None

    def _send(self, params: dict) -> None:
        self._last = self._background.spawn(self._post(params, self._last))

    async def _post(self, params: dict, previous: Optional[asyncio.Task]) -> None:
        await asyncio.sleep(self._late_s)
        if previous:
            await asyncio.wait([previous])
        token = self._webhooks.event_token()
        for _ in range(2 if self._manner == "callbacks_doubled" else 1):
            await self._webhooks.send(self._kind, self._url, params, token, self._method)
        if not self.first.done():
            self.first.set_result(None)
