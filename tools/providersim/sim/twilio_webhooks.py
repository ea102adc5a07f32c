"""Webhooks as Twilio sends them: signed for the customer's configured URL."""

import re
from typing import Optional
from urllib.parse import urlencode

from .config import Config
from .courier import Answer, Courier
from .ids import Ids
from .overrides import Overrides
from .signing import twilio_signature

API_VERSION = "2010-04-01"
VOICE_KINDS = ("call_status", "call_ended", "voice", "gather")


class TwilioWebhooks:
    """Signs and sends Twilio's webhooks."""

    def __init__(self, config: Config, courier: Courier, ids: Ids):
        self._config = config
        self._courier = courier
        self._ids = ids

    def event_token(self) -> str:
        """A new I-Twilio-Idempotency-Token: one per event, the same for each time that it is sent."""
        return self._ids.token()

    async def send(self, kind: str, url: str, params: dict, token: Optional[str] = None,
                   method: str = "POST") -> Answer:
        """Sends `params` in their order to `url`, whose fragment says how patiently; a GET has them in its query.

        Contract: Twilio docs, Webhooks, "Webhooks security", "Webhooks connection overrides".
        """
        url, _, fragment = url.partition("#")
        fields = params
        if method == "GET":
            url, fields = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}", {}
        # For voice, the port of an https URL is not signed.
        signed_url = re.sub(r"^(https://[^/?]*?):\d+(?=[/?]|$)", r"\1", url) if kind in VOICE_KINDS else url
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token or self.event_token(),
            "X-Twilio-Signature": twilio_signature(self._config.auth_token, signed_url, fields.items()),
        }
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return await self._courier.send(kind, url, headers, urlencode(fields).encode(), params,
                                        Overrides.of("#" + fragment), method)
