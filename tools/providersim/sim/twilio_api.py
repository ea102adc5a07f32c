"""Twilio's REST API, as far as Afterhours uses it: Messages.

Contract: Twilio docs, "Messages resource", "Twilio API requests" (authentication), "API error and warning codes".
Calls would get handlers of their own here, on the same authentication and errors.
"""

import asyncio
import socket
import struct
from typing import List, Optional

import aiohttp
from aiohttp import web

from .checks import check_create
from .config import Config
from .delivery import Delivery
from .errors import ApiError, not_found
from .faults import API, CALLBACKS, FATE, Fault, Faults
from .gate import Gate
from .ids import Ids
from .log import Log, now_ms
from .message_list import list_messages
from .messages import Message, MessageStore
from .phones import Phones
from .twilio_webhooks import API_VERSION

# The number that any Messaging Service sends from.
SERVICE_SENDER = "+15005550006"


class TwilioApi:
    """The handlers. `requests` logs every create request; `gate` holds them back on demand."""

    def __init__(self, config: Config, ids: Ids, faults: Faults, store: MessageStore, phones: Phones,
                 delivery: Delivery):
        self.requests = Log()
        self.gate = Gate()
        self._config = config
        self._ids = ids
        self._faults = faults
        self._store = store
        self._phones = phones
        self._delivery = delivery

    def routes(self) -> List[web.RouteDef]:
        """What the API answers to."""
        account = f"/{API_VERSION}/Accounts/{{account}}"
        return [
            web.post(account + "/Messages.json", self.create_message),
            web.get(account + "/Messages.json", self.list_messages),
            web.get(account + "/Messages/{sid}.json", self.fetch_message),
            web.route("*", f"/{API_VERSION}/{{rest:.*}}", self.unknown_resource),
        ]

    async def create_message(self, request: web.Request) -> web.Response:
        """POST Messages.json: 201 with the message, in its initial state."""
        form = await request.post()
        arrival = self.requests.add({
            "time_ms": now_ms(), "params": _plain(form), "auth_user": _user(request), "status": None, "sid": None,
            "fault": None})
        if not await self.gate.passes():
            return _reset(request)
        try:
            response = await self._create(request, form, arrival)
        except ApiError as error:
            response = error.response()
        if response is None:
            return _reset(request)
        arrival["status"] = response.status
        return response

    async def fetch_message(self, request: web.Request) -> web.Response:
        """GET Messages/{Sid}.json: 200 with the message as it is now."""
        try:
            self._authorize(request)
            message = self._store.get(request.match_info["sid"])
            if message is None:
                raise not_found(request.path)
        except ApiError as error:
            return error.response()
        return web.json_response(message.json())

    async def list_messages(self, request: web.Request) -> web.Response:
        """GET Messages.json: 200 with a page of messages in both directions."""
        try:
            self._authorize(request)
            return web.json_response(list_messages(self._store, request.path, request.query))
        except ApiError as error:
            return error.response()

    async def unknown_resource(self, request: web.Request) -> web.Response:
        """404 in Twilio's format for all else."""
        return not_found(request.path).response()

    def _authorize(self, request: web.Request) -> None:
        """Basic authentication with the account and either of its tokens, or with the API key."""
        config = self._config
        accepted = [(config.account_sid, config.auth_token), (config.account_sid, config.auth_token_secondary),
                    (config.api_key_sid, config.api_key_secret)]
        given = _credentials(request)
        if given is None or not any(
                user and secret and given.login == user and given.password == secret for user, secret in accepted):
            raise ApiError(401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect.")
        if request.match_info["account"] != config.account_sid:
            raise not_found(request.path)

    async def _create(self, request: web.Request, form, arrival: dict) -> Optional[web.Response]:
        """The answer, or None if the connection is to break without one."""
        self._authorize(request)
        check_create(form)
        to, sender = form["To"], form.get("From") or SERVICE_SENDER
        if self._phones.is_opted_out(to, sender):
            raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
        fault = self._faults.take(API, to)
        if fault:
            arrival["fault"] = fault.kind
            refusal = await _before_acceptance(fault)
            if refusal is not None or fault.kind == "reset_before_accept":
                return refusal

        message = self._store.add(self._message(form, to, sender))
        arrival["sid"] = message.sid
        # The answer shows the initial state, however late it leaves.
        accepted = web.json_response(message.json(), status=201)
        fate, manner = self._faults.take(FATE, to), self._faults.take(CALLBACKS, to)
        arrival["fault"] = "+".join(met.kind for met in (fault, fate, manner) if met) or None
        delivery = self._delivery.start(message, fate, manner)
        if manner and manner.kind == "callback_before_response":
            await asyncio.wait([delivery])
        if fault and fault.kind == "reset_after_accept":
            return None
        if fault and fault.kind == "timeout_after_accept":
            await asyncio.sleep(fault.params["hold_ms"] / 1000)
        return accepted

    def _message(self, form, to: str, sender: str) -> Message:
        by_service = bool(form.get("MessagingServiceSid"))
        media = form.getall("MediaUrl", [])
        return Message(
            sid=self._ids.sid("MM" if media else "SM"), account_sid=self._config.account_sid, to=to, sender=sender,
            body=form.get("Body", ""), direction="outbound-api",
            status="accepted" if by_service and not form.get("From") else "queued",
            messaging_service_sid=form.get("MessagingServiceSid") or None,
            status_callback=form.get("StatusCallback") or None, media_count=len(media))


async def _before_acceptance(fault: Fault) -> Optional[web.Response]:
    """Acts out what `fault` does before the message is accepted; returns a refusal, if it is one."""
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
