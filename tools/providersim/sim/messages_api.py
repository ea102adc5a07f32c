"""Twilio's REST API for messages.

Contract: Twilio docs, "Messages resource".
"""

from typing import List

from aiohttp import web

from .checks import check_message
from .config import Config
from .delivery import Delivery
from .errors import ApiError
from .ids import Ids
from .messages import Message
from .phones import Phones
from .resource_list import MESSAGES
from .store import Store
from .twilio_api import ACCOUNT_PATH, TwilioApi

# The number that any Messaging Service sends from.
SERVICE_SENDER = "+15005550006"


class MessagesApi:
    """The handlers."""

    def __init__(self, config: Config, api: TwilioApi, ids: Ids, store: Store[Message], phones: Phones,
                 delivery: Delivery):
        self._config = config
        self._api = api
        self._ids = ids
        self._store = store
        self._phones = phones
        self._delivery = delivery

    def routes(self) -> List[web.RouteDef]:
        """What is answered for messages."""
        return [
            web.post(ACCOUNT_PATH + "/Messages.json", self.create),
            web.get(ACCOUNT_PATH + "/Messages.json", self.list),
            web.get(ACCOUNT_PATH + "/Messages/{sid}.json", self.fetch),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """POST Messages.json: 201 with the message, in its initial state."""
        return await self._api.create(request, "message", self._check, self._add,
                                      lambda message, fate, manner: [self._delivery.start(message, fate, manner)])

    async def fetch(self, request: web.Request) -> web.Response:
        """GET Messages/{Sid}.json: 200 with the message as it is now."""
        return await self._api.fetch(request, self._store)

    async def list(self, request: web.Request) -> web.Response:
        """GET Messages.json: 200 with a page of messages in both directions."""
        return await self._api.list(request, MESSAGES, self._store)

    def _check(self, form) -> None:
        check_message(form)
        if self._phones.is_opted_out(form["To"], _sender(form)):
            raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")

    def _add(self, form) -> Message:
        by_service = bool(form.get("MessagingServiceSid"))
        media = form.getall("MediaUrl", [])
        return self._store.add(Message(
            sid=self._ids.sid("MM" if media else "SM"), account_sid=self._config.account_sid, to=form["To"],
            sender=_sender(form), body=form.get("Body", ""), direction="outbound-api",
            status="accepted" if by_service and not form.get("From") else "queued",
            messaging_service_sid=form.get("MessagingServiceSid") or None,
            status_callback=form.get("StatusCallback") or None, media_count=len(media)))


def _sender(form) -> str:
    return form.get("From") or SERVICE_SENDER
