"""Who the simulated accounts are, and where their webhooks go."""

import ipaddress
from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlsplit

from . import clock

_SPANS = ("callback_delay_ms", "ring_ms", "call_pause_ms")
CHANGEABLE = ("bridge_url", "public_url", *_SPANS, "clock_offset_ms")


class Unreachable(Exception):
    """A webhook has no address that the simulator is allowed to send to."""


def is_loopback(host: Optional[str]) -> bool:
    """Whether `host` is this machine: "localhost" or a loopback IP address, never another name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _base_url(name: str, value) -> str:
    """`value` as an http(s) base URL without a trailing slash; ValueError if it is none."""
    parts = urlsplit(value) if isinstance(value, str) else None
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{name} must be an http(s) URL without query and fragment")
    return value.rstrip("/")


@dataclass
class Config:
    """The settings of one simulator.

    `public_url` is what the customer configured at the providers: Twilio's signatures cover it. `bridge_url` is
    where requests to it really go; None means that nothing listens yet, and webhooks fail. `callback_delay_ms` is
    the time between two states of a message or call. A phone that does not answer rings for `ring_ms`, and each wait
    that TwiML asks for (Pause, a Gather's timeout) takes `call_pause_ms`, so that no test waits for Twilio's seconds.
    `clock_offset_ms` is added to the time that
    Retell signs and to the dates of Twilio's resources.
    """

    account_sid: str
    auth_token: str
    retell_api_key: str
    public_url: str
    bridge_url: Optional[str] = None
    auth_token_secondary: Optional[str] = None
    api_key_sid: Optional[str] = None
    api_key_secret: Optional[str] = None
    callback_delay_ms: int = 20
    ring_ms: int = 200
    call_pause_ms: int = 20
    clock_offset_ms: int = 0

    def __post_init__(self):
        self.update({name: getattr(self, name) for name in CHANGEABLE})

    def update(self, changes: dict) -> None:
        """Sets some of the CHANGEABLE settings, all or none; ValueError tells what is wrong with one."""
        checked = {name: self._checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)
        clock.move(self.clock_offset_ms)

    def changeable(self) -> dict:
        """The settings that `update` takes, with their values."""
        return {name: getattr(self, name) for name in CHANGEABLE}

    def real_url(self, url: str) -> str:
        """Where a webhook to `url` (without fragment) is really sent; raises Unreachable.

        Only loopback: a test must never ring at somebody's real server.
        """
        if url.startswith(self.public_url) and url[len(self.public_url):][:1] in ("", "/", "?"):
            if self.bridge_url is None:
                raise Unreachable("no bridge_url is set")
            url = self.bridge_url + url[len(self.public_url):]
        if not is_loopback(urlsplit(url).hostname):
            raise Unreachable("the webhook's host is not loopback")
        return url

    @staticmethod
    def _checked(name: str, value):
        if name == "bridge_url":
            if value is None:
                return None
            value = _base_url(name, value)
            if not is_loopback(urlsplit(value).hostname):
                raise ValueError("bridge_url must be on loopback")
            return value
        if name == "public_url":
            return _base_url(name, value)
        if name in CHANGEABLE:
            if type(value) is not int or (name in _SPANS and value < 0):
                raise ValueError(f"{name} must be a whole number of milliseconds")
            return value
        raise ValueError(f"unknown setting {name}")
