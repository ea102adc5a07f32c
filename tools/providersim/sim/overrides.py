"""How patiently Twilio delivers a webhook: the connection overrides in a URL's fragment.

Contract: Twilio docs, Webhooks, "Webhooks connection overrides".
"""

from dataclasses import dataclass
from typing import FrozenSet
from urllib.parse import parse_qsl

RETRY_REASONS = ("4xx", "5xx", "ct", "rt")
_RANGES = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}


@dataclass(frozen=True)
class Overrides:
    """Time limits in ms, retries after the first attempt, and what is retried. The defaults are Twilio's."""

    connect_ms: int = 5000
    read_ms: int = 15000
    total_ms: int = 15000
    retries: int = 1
    retry_on: FrozenSet[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> "Overrides":
        """Those that the fragment of `url` asks for; a value out of range is ignored."""
        wanted = dict(parse_qsl(url.partition("#")[2]))
        numbers = {key: int(wanted[key]) for key, (low, high) in _RANGES.items()
                   if wanted.get(key, "").isdecimal() and low <= int(wanted[key]) <= high}
        reasons = cls.retry_on
        if "rp" in wanted:
            listed = set(wanted["rp"].split(","))
            reasons = frozenset(RETRY_REASONS if "all" in listed else listed.intersection(RETRY_REASONS))
        return cls(connect_ms=numbers.get("ct", cls.connect_ms), read_ms=numbers.get("rt", cls.read_ms),
                   total_ms=numbers.get("tt", cls.total_ms), retries=numbers.get("rc", cls.retries), retry_on=reasons)
