"""What the people who are paged do with their phones."""

import asyncio
import random
from typing import List

from .directory import Business
from .provider import Provider

CHANGE_INTERVAL_S = 5
CHANGE_SHARE = 0.2

# Share -> what is done with a text, and with a call. {} are seconds.
TEXT_HABITS = ((0.45, "replies 1 {{code}} after {0:.1f} s"), (0.10, "replies 2 {{code}} after {0:.1f} s"), (0.45, ""))
CALL_HABITS = (
    (0.35, "answers after {1:.1f} s and presses 1 after {0:.1f} s"),
    (0.05, "answers after {1:.1f} s and presses 9,1 after {1:.1f} s"),
    (0.10, "answers after {1:.1f} s and presses 2 after {1:.1f} s"),
    (0.15, "does not answer"), (0.10, "is busy"), (0.10, "voicemail after {1:.1f} s"),
    (0.08, "answers after {1:.1f} s and hangs up"), (0.07, "answers after {1:.1f} s and says nothing"),
)


def habit(rng: random.Random) -> str:
    """The script of somebody's phone."""
    chosen = [rng.choices([text for _, text in habits], [share for share, _ in habits])[0]
              for habits in (TEXT_HABITS, CALL_HABITS)]
    return "; ".join(text.format(rng.uniform(0.5, 6), rng.uniform(0.1, 1)) for text in chosen if text)


async def give_habits(provider: Provider, businesses: List[Business], rng: random.Random) -> None:
    """Every phone gets its first script."""
    for business in businesses:
        for phone in business.phones:
            await provider.set_script(phone, habit(rng))


async def change_habits(provider: Provider, businesses: List[Business], rng: random.Random) -> None:
    """Some phones change their script every few seconds, until cancelled."""
    phones = [phone for business in businesses for phone in business.phones]
    while True:
        await asyncio.sleep(CHANGE_INTERVAL_S)
        for phone in rng.sample(phones, int(len(phones) * CHANGE_SHARE)):
            await provider.set_script(phone, habit(rng))
