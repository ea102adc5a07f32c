"""Twilio's REST API for calls.

Contract: Twilio docs, "Call resource".
"""

from typing import List

from aiohttp import web

from .call_flow import CallFlow
from .calls import Call
from .checks import check_call
from .config import Config
from .errors import ApiError
from .ids import Ids
from .resource_list import CALLS
from .store import Store
from .twilio_api import ACCOUNT_PATH, TwilioApi, find


class CallsApi:
    """The handlers."""

    def __init__(self, config: Config, api: TwilioApi, ids: Ids, store: Store[Call], flow: CallFlow):
        self._config = config
        self._api = api
        self._ids = ids
        self._store = store
        self._flow = flow

    def routes(self) -> List[web.RouteDef]:
        """What is answered for calls."""
        return [
            web.post(ACCOUNT_PATH + "/Calls.json", self.create),
            web.get(ACCOUNT_PATH + "/Calls.json", self.list),
            web.get(ACCOUNT_PATH + "/Calls/{sid}.json", self.fetch),
            web.post(ACCOUNT_PATH + "/Calls/{sid}.json", self.update),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """POST Calls.json: 201 with the call, queued."""
        return await self._api.create(request, "call", check_call, self._add, self._flow.start)

    async def fetch(self, request: web.Request) -> web.Response:
        """GET Calls/{Sid}.json: 200 with the call as it is now."""
        return await self._api.fetch(request, self._store)

    async def list(self, request: web.Request) -> web.Response:
        """GET Calls.json: 200 with a page of calls in both directions."""
        return await self._api.list(request, CALLS, self._store)

    async def update(self, request: web.Request) -> web.Response:
        """POST Calls/{Sid}.json with Status: 200 with the call, which this has ended."""
        form = await request.post()

        def work() -> dict:
            call, status = find(self._store, request), form.get("Status")
            if status not in ("canceled", "completed"):
                raise ApiError(400, 20001, "Status must be canceled or completed; nothing else is simulated.")
            if call.is_over:
                raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
            # Canceled leaves a call alone that is in progress already; completed ends a call that was not answered
            # as canceled.
            if status == "completed" or call.status != "in-progress":
                self._flow.hang_up(call)
            return call.json()

        return await self._api.answer(request, work)

    def _add(self, form) -> Call:
        url = form.get("Url") or None
        return self._store.add(Call(
            sid=self._ids.sid("CA"), account_sid=self._config.account_sid, to=form["To"], sender=form["From"],
            direction="outbound-api", url=url, method=form.get("Method") or "POST",
            # The URL wins when both are given.
            twiml=None if url else form.get("Twiml"), status_callback=form.get("StatusCallback") or None,
            status_callback_method=form.get("StatusCallbackMethod") or "POST",
            events=frozenset(form.getall("StatusCallbackEvent", ["completed"])),
            machine_detection=form.get("MachineDetection") or None))
