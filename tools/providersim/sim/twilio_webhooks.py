"""Webhooks as Twilio sends them: form posts, signed for the customer's configured URL."""

from typing import Optional
from urllib.parse import urlencode

from .config import Config
from .courier import Answer, Courier
from .ids import Ids
from .overrides import Overrides
from .signing import twilio_signature

API_VERSION = "2010-04-01"


class TwilioWebhooks:
    """Signs and sends Twilio's webhooks."""

    def __init__(self, config: Config, courier: Courier, ids: Ids):
        self._config = config
        self._courier = courier
        self._ids = ids

    def event_token(self) -> str:
        """A new I-Twilio-Idempotency-Token: one per event, the same for each time that it is sent."""
        return self._ids.token()

    async def post(self, kind: str, url: str, params: dict, token: Optional[str] = None) -> Answer:
        """Posts `params` in their order to `url`, whose fragment says how patiently.

        Contract: Twilio docs, Webhooks, "Webhooks security", "Webhooks connection overrides".
        """
        signed_url = url.partition("#")[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": token or self.event_token(),
            "X-Twilio-Signature": twilio_signature(self._config.auth_token, signed_url, params.items()),
        }
        return await self._courier.post(kind, signed_url, headers, urlencode(params).encode(), params,
                                        Overrides.of(url))
