"""Stands in for the bridge in the simulator's own tests: checks signatures, answers what the test wants."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from sim.signing import twilio_signature


class Bridge:
    """A server for webhooks.

    `received` lists the requests. Each of `answers` makes the response to one request, then `default` to all;
    either may return an awaitable.
    """

    def __init__(self, auth_token: str, public_url: str):
        self._auth_token = auth_token
        self._public_url = public_url
        self.received = []
        self.answers = []
        self.default = lambda: web.Response(text="<Response/>", content_type="text/xml")

    async def start(self) -> str:
        """Serves on a free port; returns the base URL."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=0.1).start()
        return "http://127.0.0.1:%d" % self._runner.addresses[0][1]

    async def stop(self):
        """Stops serving. Idempotent."""
        await self._runner.cleanup()

    async def _receive(self, request):
        raw = await request.read()
        form = parse_qsl(raw.decode(), keep_blank_values=True)
        signature = twilio_signature(self._auth_token, self._public_url + request.raw_path, form)
        self.received.append({
            "path": request.raw_path, "raw": raw, "form": dict(form), "headers": request.headers,
            "signed": request.headers.get("X-Twilio-Signature") == signature})
        answer = self.answers.pop(0) if self.answers else self.default
        response = answer()
        return await response if asyncio.iscoroutine(response) else response

    def posts(self, path):
        """The forms of the requests to `path`, as they came."""
        return [post["form"] for post in self.received if post["path"] == path]

    def statuses(self):
        """The MessageStatus of each status callback, as they came."""
        return [post["form"]["MessageStatus"] for post in self.received if "MessageStatus" in post["form"]]
