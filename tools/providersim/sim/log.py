"""A bounded record of what happened that a test can wait on."""

import asyncio
import time
from collections import deque
from typing import Callable

ENTRIES_MAX = 100_000


def now_ms() -> int:
    """Wall-clock time, Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Log:
    """The newest `entries_max` entries (dicts). An entry may be filled in after it was added."""

    def __init__(self, entries_max: int = ENTRIES_MAX):
        self._entries = deque(maxlen=entries_max)
        self._watchers = []

    def add(self, entry: dict) -> dict:
        """Appends `entry`, wakes whoever waits for it, and returns it."""
        self._entries.append(entry)
        return self.changed(entry)

    def changed(self, entry: dict) -> dict:
        """Wakes whoever waits for what `entry`, which was filled in, has become; returns it."""
        for watcher in self._watchers:
            watcher(entry)
        return entry

    def clear(self) -> None:
        """Forgets all entries. Whoever waits goes on waiting."""
        self._entries.clear()

    async def find(self, matches: Callable[[dict], bool], count: int = 0, timeout_s: float = 0) -> list:
        """The entries that match, oldest first; waits until there are `count`, at most `timeout_s`.

        Those that came to match while it waited follow in the order in which they did.
        """
        found = [entry for entry in self._entries if matches(entry)]
        if len(found) >= count:
            return found
        known = set(map(id, found))
        enough = asyncio.get_running_loop().create_future()

        # Each entry is looked at once per change, so that waiting stays cheap under load.
        def watch(entry):
            if id(entry) not in known and matches(entry):
                known.add(id(entry))
                found.append(entry)
                if len(found) >= count and not enough.done():
                    enough.set_result(None)

        self._watchers.append(watch)
        try:
            await asyncio.wait([enough], timeout=timeout_s)
        finally:
            self._watchers.remove(watch)
        return found
