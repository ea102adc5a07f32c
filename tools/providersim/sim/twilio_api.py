"""Twilio's REST API: what all of its resources have in common.

Contract: Twilio docs, "Twilio API requests" (authentication), "API error and warning codes".
"""

import asyncio
import socket
import struct
from typing import Callable, Iterable, List, Optional

import aiohttp
from aiohttp import web

from .chaos import Chaos
from .config import Config
from .errors import ApiError, not_found
from .faults import API, CALLBACKS, FATE, Fault, Faults
from .gate import Gate
from .log import Log, now_ms
from .resource_list import ListKind, list_resources
from .store import Store
from .twilio_webhooks import API_VERSION

ACCOUNT_PATH = f"/{API_VERSION}/Accounts/{{account}}"
# Kind of create request -> the channel that its faults are limited to.
CHANNELS = {"message": "sms", "call": "call"}


class TwilioApi:
    """Authenticates, creates, reads. `requests` logs every create request; `gates`, by kind, hold them on demand."""

    def __init__(self, config: Config, faults: Faults, chaos: Chaos):
        self.requests = Log()
        self.gates = {kind: Gate() for kind in CHANNELS}
        self._config = config
        self._faults = faults
        self._chaos = chaos

    def routes(self) -> List[web.RouteDef]:
        """The rest of the API; to be added after the resources' own routes."""
        return [web.route("*", f"/{API_VERSION}/{{rest:.*}}", self.unknown_resource)]

    async def unknown_resource(self, request: web.Request) -> web.Response:
        """404 in Twilio's format for all else."""
        return not_found(request.path).response()

    async def create(self, request: web.Request, kind: str, check: Callable, add: Callable,
                     start: Callable) -> web.Response:
        """Answers a request to create a `kind`: 201 with the resource in its initial state, unless a fault meets it.

        `check(form)` raises the ApiError that the form deserves. `add(form)` makes the resource and stores it.
        `start(resource, fate, manner)` sets it going, with the faults that it meets, and returns the futures of which
        the first is what an early callback comes before.
        """
        form = await request.post()
        arrival = self.requests.add({
            "kind": kind, "time_ms": now_ms(), "params": _plain(form), "auth_user": _user(request), "status": None,
            "sid": None, "fault": None})
        if not await self.gates[kind].passes():
            return _reset(request)
        try:
            self.authorize(request)
            check(form)
            response = await self._create(form, arrival, add, start)
        except ApiError as error:
            response = error.response()
        if response is None:
            return _reset(request)
        arrival["status"] = response.status
        return response

    async def answer(self, request: web.Request, work: Callable[[], dict]) -> web.Response:
        """Answers an authenticated request with what `work` returns, or with the ApiError that it raises."""
        try:
            self.authorize(request)
            return web.json_response(work())
        except ApiError as error:
            return error.response()

    async def fetch(self, request: web.Request, store: Store) -> web.Response:
        """GET of one resource: 200 with the resource as it is now."""
        return await self.answer(request, lambda: find(store, request).json())

    async def list(self, request: web.Request, kind: ListKind, store: Store) -> web.Response:
        """GET of a list: 200 with a page of resources in both directions."""
        return await self.answer(request, lambda: list_resources(kind, store, request.path, request.query))

    def authorize(self, request: web.Request) -> None:
        """Basic authentication with the account and either of its tokens, or with the API key. Raises ApiError."""
        config = self._config
        accepted = [(config.account_sid, config.auth_token), (config.account_sid, config.auth_token_secondary),
                    (config.api_key_sid, config.api_key_secret)]
        given = _credentials(request)
        if given is None or not any(
                user and secret and given.login == user and given.password == secret for user, secret in accepted):
            raise ApiError(401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect.")
        if request.match_info["account"] != config.account_sid:
            raise not_found(request.path)

    async def _create(self, form, arrival: dict, add: Callable, start: Callable) -> Optional[web.Response]:
        """The answer, or None if the connection is to break without one."""
        to, channel = form["To"], CHANNELS[arrival["kind"]]
        drawn = self._chaos.draw()

        def meet(group: str) -> Optional[Fault]:
            return self._faults.take(group, to, channel) or drawn.get(group)

        fault = meet(API)
        if fault:
            arrival["fault"] = fault.kind
            refusal = await _before_acceptance(fault)
            if refusal is not None or fault.kind == "reset_before_accept":
                return refusal

        resource = add(form)
        arrival["sid"] = resource.sid
        # The answer shows the initial state, however late it leaves.
        accepted = web.json_response(resource.json(), status=201)
        fate, manner = meet(FATE), meet(CALLBACKS)
        arrival["fault"] = "+".join(met.kind for met in (fault, fate, manner) if met) or None
        begun: Iterable[asyncio.Future] = start(resource, fate, manner)
        if manner and manner.kind == "callback_before_response":
            await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
        if fault and fault.kind == "reset_after_accept":
            return None
        if fault and fault.kind == "timeout_after_accept":
            await asyncio.sleep(fault.params["hold_ms"] / 1000)
        return accepted


def find(store: Store, request: web.Request):
    """The resource that the path names; raises ApiError if there is none."""
    resource = store.get(request.match_info["sid"])
    if resource is None:
        raise not_found(request.path)
    return resource


async def _before_acceptance(fault: Fault) -> Optional[web.Response]:
    """Acts out what `fault` does before the request is accepted; returns a refusal, if it is one."""
    kind, params = fault.kind, fault.params
    if kind == "refuse":
        raise ApiError(params["http_status"], params["code"], params["message"] or "Refused by the simulator")
    if kind == "rate_limit":
        raise ApiError(429, 20429, "Too Many Requests")
    if kind == "server_error":
        raise ApiError(params["http_status"], params["code"], "An internal server error has occurred")
    if kind == "html_error":
        page = "<html><head><title>Error</title></head><body><h1>The proxy has lost its way</h1></body></html>"
        return web.Response(text=page, content_type="text/html", status=params["http_status"])
    if kind == "timeout_before_accept":
        await asyncio.sleep(params["hold_ms"] / 1000)
        raise ApiError(503, 20503, "Service Unavailable")
    if kind == "slow":
        await asyncio.sleep(params["delay_ms"] / 1000)
    return None


def _credentials(request: web.Request) -> Optional[aiohttp.BasicAuth]:
    try:
        return aiohttp.BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError:
        return None


def _user(request: web.Request) -> Optional[str]:
    credentials = _credentials(request)
    return credentials.login if credentials else None


def _plain(form) -> dict:
    """The form's fields by name; a name that repeats has a list."""
    return {name: form[name] if len(form.getall(name)) == 1 else form.getall(name) for name in form}


def _reset(request: web.Request) -> web.Response:
    """Breaks the connection at once (TCP RST); the response that the framework wants goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
