"""What becomes of an accepted message: its states, its callbacks, its arrival on the phone.

Contract: Twilio docs, "Outbound Message Status in Status Callbacks" and "Track the message status".
"""

import asyncio
from typing import List, Optional

from .background import Background
from .callbacks import Callbacks
from .clock import utc_now
from .config import Config
from .faults import Fault
from .messages import Message
from .phones import Phones
from .twilio_webhooks import API_VERSION, TwilioWebhooks


class Delivery:
    """Carries messages from their initial state to their last."""

    def __init__(self, config: Config, background: Background, webhooks: TwilioWebhooks, phones: Phones):
        self._config = config
        self._background = background
        self._webhooks = webhooks
        self._phones = phones

    def start(self, message: Message, fate: Optional[Fault], manner: Optional[Fault]) -> asyncio.Task:
        """Begins; the task ends when the last callback was answered or given up.

        `fate` is a fault of the message itself, `manner` one of its callbacks.
        """
        return self._background.spawn(self._run(message, fate, manner))

    async def _run(self, message: Message, fate: Optional[Fault], manner: Optional[Fault]) -> None:
        path = _path(message.status, fate)
        arrives = fate is None or fate.params.get("reaches_phone", False)
        callbacks = Callbacks(self._background, self._webhooks, "status", message.status_callback, manner)
        for status in path:
            await asyncio.sleep(self._config.callback_delay_ms / 1000)
            failed = status in ("undelivered", "failed")
            message.advance(status, fate.params["code"] if failed else None)
            if status == path[-1] and arrives:
                self._phones.receive(message, "sms")
            callbacks.add(_callback_params(message), overtaken=status == "sent")
        await callbacks.finish()


def _path(initial: str, fate: Optional[Fault]) -> List[str]:
    """The states after the initial one, for which no callback is sent."""
    queued = ["queued"] if initial == "accepted" else []
    ways = {None: ["sending", "sent", "delivered"], "undelivered": ["sending", "sent", "undelivered"],
            "failed": ["failed"], "never_delivered": ["sending", "sent"]}
    return queued + ways[fate.kind if fate else None]


def _callback_params(message: Message) -> dict:
    params = {"ApiVersion": API_VERSION, "SmsSid": message.sid, "SmsStatus": message.status,
              "MessageStatus": message.status, "To": message.to, "MessageSid": message.sid,
              "AccountSid": message.account_sid, "From": message.sender}
    if message.messaging_service_sid:
        params["MessagingServiceSid"] = message.messaging_service_sid
    if message.error_code:
        params["ErrorCode"] = str(message.error_code)
    if message.status in ("delivered", "undelivered"):
        params["RawDlrDoneDate"] = utc_now().strftime("%y%m%d%H%M")
    return params
