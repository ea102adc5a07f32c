"""Delivers webhooks: attempts, retries, time limits, and a log of all that was sent."""

import asyncio
from dataclasses import dataclass
from typing import Optional

import aiohttp
import yarl

from .config import Config, Unreachable
from .log import Log, now_ms
from .overrides import Overrides

CONNECTIONS_MAX = 400
# Shorter than any server's idle limit, so that a connection is not reused while the other side closes it.
KEEPALIVE_S = 5
# Neither provider documents its pause between attempts; it doubles each time.
FIRST_PAUSE_S = 0.1


@dataclass
class Answer:
    """What came back for a webhook. `status` is None if nothing did; `error` then says why."""

    status: Optional[int] = None
    content_type: str = ""
    body: str = ""
    error: Optional[str] = None
    attempts: int = 0
    retry_reason: Optional[str] = None


class Courier:
    """Sends webhooks over one shared session. `log` holds those that were answered or given up."""

    def __init__(self, config: Config):
        self.log = Log()
        self._config = config
        self._session: Optional[aiohttp.ClientSession] = None

    async def start(self) -> None:
        """Opens the session; needs the running loop."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=KEEPALIVE_S)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def stop(self) -> None:
        """Closes the session and its connections."""
        await self._session.close()

    async def send(self, kind: str, url: str, headers: dict, body: bytes, params: dict, patience: Overrides,
                   method: str = "POST") -> Answer:
        """Delivers `body` to the public `url`; never raises for what the receiver does. `params` is for the log."""
        sent_ms = now_ms()
        try:
            real_url = self._config.real_url(url)
        except Unreachable as why:
            real_url, answer = None, Answer(error=str(why))
        else:
            answer = await self._deliver(method, real_url, headers, body, patience)
        self.log.add({"time_ms": sent_ms, "kind": kind, "url": url, "sent_to": real_url, "params": params,
                      "attempts": answer.attempts, "status": answer.status, "error": answer.error})
        return answer

    async def _deliver(self, method: str, url: str, headers: dict, body: bytes, patience: Overrides) -> Answer:
        clock = asyncio.get_running_loop().time
        deadline = clock() + patience.total_ms / 1000
        attempts, pause_s = 0, FIRST_PAUSE_S
        while True:
            attempts += 1
            answer = await self._attempt(method, url, headers, body, patience, deadline - clock())
            answer.attempts = attempts
            if answer.retry_reason not in patience.retry_on or attempts > patience.retries:
                return answer
            if clock() + pause_s >= deadline:
                return answer
            await asyncio.sleep(pause_s)
            pause_s *= 2

    async def _attempt(self, method: str, url: str, headers: dict, body: bytes, patience: Overrides,
                       left_s: float) -> Answer:
        timeout = aiohttp.ClientTimeout(total=left_s, sock_connect=patience.connect_ms / 1000,
                                        sock_read=patience.read_ms / 1000)
        try:
            # The URL is sent as it is written: quoting it anew could break the signature. A redirect is not
            # followed, because it could lead away from loopback.
            async with self._session.request(method, yarl.URL(url, encoded=True), data=body, headers=headers,
                                             timeout=timeout, allow_redirects=False) as response:
                text = (await response.read()).decode("utf-8", "replace")
                content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                reason = {4: "4xx", 5: "5xx"}.get(response.status // 100)
                return Answer(status=response.status, content_type=content_type, body=text, retry_reason=reason)
        except aiohttp.ClientConnectorError as error:
            return Answer(error=str(error), retry_reason="ct")
        except asyncio.TimeoutError as error:
            # aiohttp tells its two time limits apart by their text only.
            reason = "ct" if str(error).startswith("Connection timeout") else "rt"
            return Answer(error=str(error) or "out of time", retry_reason=reason)
        except aiohttp.ClientError as error:
            return Answer(error=str(error) or type(error).__name__, retry_reason="rt")
