"""Message resources.

Contract: Twilio docs, Messages resource, "Message properties".
"""

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Optional

from .clock import utc_now
from .twilio_webhooks import API_VERSION

# GSM 03.38: the basic alphabet takes one septet per character, the extension two.
_GSM_BASIC = frozenset("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


def segment_count(body: str) -> int:
    """How many SMS segments `body` takes: 160/153 septets in GSM-7, else 70/67 UTF-16 units."""
    if all(char in _GSM_BASIC or char in _GSM_EXTENSION for char in body):
        units, single, joined = len(body) + sum(char in _GSM_EXTENSION for char in body), 160, 153
    else:
        units, single, joined = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // joined)


def country(number: str) -> str:
    """The value of a webhook's ...Country for a number, as far as the simulator knows countries."""
    return "US" if number.startswith("+1") else ""


@dataclass
class Message:
    """One message, in either direction. `sender` is the From number, also while the API does not show it yet."""

    sid: str
    account_sid: str
    to: str
    sender: str
    body: str
    direction: str
    status: str
    messaging_service_sid: Optional[str] = None
    status_callback: Optional[str] = None
    media_count: int = 0
    error_code: Optional[int] = None
    date_created: datetime = field(default_factory=utc_now)
    date_updated: datetime = field(default_factory=utc_now)
    date_sent: Optional[datetime] = None

    def advance(self, status: str, error_code: Optional[int] = None) -> None:
        """Moves on to `status` now."""
        self.status, self.error_code, self.date_updated = status, error_code, utc_now()
        if status in ("sent", "received"):
            self.date_sent = self.date_updated

    @property
    def uri(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}.json"

    def json(self) -> dict:
        """The resource: counts are strings, dates are RFC 2822."""
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": format_datetime(self.date_created),
            "date_sent": format_datetime(self.date_sent) if self.date_sent else None,
            "date_updated": format_datetime(self.date_updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            # A Messaging Service picks its sender after it accepted the message.
            "from": None if self.status == "accepted" else self.sender,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": str(self.media_count),
            "num_segments": str(segment_count(self.body)),
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": self.uri.replace(".json", "/Media.json")},
            "to": self.to,
            "uri": self.uri,
        }
