"""The businesses of a run, and the YAML file that tells dispatchd of them."""

import random
from dataclasses import dataclass
from typing import List

from .settings import BUSINESSES, POLICIES, TECHNICIANS_MAX, TECHNICIANS_MIN


@dataclass(frozen=True)
class Business:
    """A business with its called number, its sender, and the phones of those who can be paged."""

    key: str
    called: str
    sender: str
    owner: str
    technicians: tuple

    @property
    def phones(self) -> tuple:
        """Everybody's phones, in the order in which they are paged."""
        return (*self.technicians, self.owner)


def make_businesses(rng: random.Random) -> List[Business]:
    """The businesses of a run."""
    return [Business(key=f"b{b:02}", called=f"+1949201{b:02}00", sender=f"+1949204{b:02}00", owner=f"+1949203{b:02}00",
                     technicians=tuple(f"+1949202{b:02}{t:02}"
                                       for t in range(rng.randint(TECHNICIANS_MIN, TECHNICIANS_MAX))))
            for b in range(BUSINESSES)]


def directory_yaml(businesses: List[Business]) -> str:
    """The directory file."""
    return "businesses:\n" + "".join(map(_business, businesses))


def _business(business: Business) -> str:
    technicians = "".join(f"      - {{key: t{i}, name: Tech {business.key} {i}, sms: \"{number}\"}}\n"
                          for i, number in enumerate(business.technicians))
    roster = "".join(f"      - {{technician: t{i}, priority: {i + 1}}}\n" for i in range(len(business.technicians)))
    policies = "".join(f"      {urgency}: {_policy(*policy)}\n" for urgency, policy in POLICIES.items())
    return (f"  - key: {business.key}\n"
            f"    name: Plumber {business.key}\n"
            f"    time_zone: America/Los_Angeles\n"
            f"    numbers: [\"{business.called}\"]\n"
            f"    sms_sender: \"{business.sender}\"\n"
            f"    owner: {{name: Owner {business.key}, phone: \"{business.owner}\"}}\n"
            f"    technicians:\n{technicians}    roster:\n{roster}    policies:\n{policies}")


def _policy(after_sms_s: int, after_call_s: int, rounds: int, cutoff_s: int) -> str:
    steps = f"[{{channel: SMS, wait: {after_sms_s}s}}, {{channel: VOICE, wait: {after_call_s}s}}]"
    return f"{{steps: {steps}, owner_steps: {steps}, rounds: {rounds}, cutoff: {cutoff_s}s}}"
