"""What is done to the product's own processes, and when: a plan from the seed, and its execution."""

import asyncio
import random
import signal
from collections import Counter
from typing import List, Sequence, Tuple

from .clock import now_ms
from .stage import Stage

FIRST_S = 4.0
GAP_S_MIN, GAP_S_MAX = 3.0, 6.5
PAUSE_S_MIN, PAUSE_S_MAX = 0.2, 3.0
FREEZE_S = 2.0
# A fault's place in the bag: kills of a replica come twice as often.
KINDS = ("kill_replica", "kill_replica", "kill_bridge", "terminate_replica", "postgres_crash", "terminate_backends",
         "postgres_freeze", "postgres_gap")
DATABASE_KINDS = {"postgres_crash", "terminate_backends", "postgres_freeze", "postgres_gap"}
# Connections are tried again after up to a second.
RECOVERY_MS = 2_000


def plan(seconds: float, rng: random.Random, kinds: Sequence[str] = KINDS) -> List[Tuple[float, str, float, int]]:
    """(second, kind, pause in seconds, replica) for a run of that many seconds; every kind before one comes again."""
    planned, bag, at = [], [], FIRST_S
    while kinds and at < seconds:
        bag = bag or rng.sample(kinds, len(kinds))
        planned.append((at, bag.pop(), rng.uniform(PAUSE_S_MIN, PAUSE_S_MAX), rng.randrange(2)))
        at += rng.uniform(GAP_S_MIN, GAP_S_MAX)
    return planned


class Faults:
    """Carries out a plan. `done` counts the kinds, `database_downs` are spans (Unix ms) of the database's trouble."""

    def __init__(self, stage: Stage, seconds: float, rng: random.Random, kinds: Sequence[str] = KINDS):
        self.done: Counter = Counter()
        self.database_downs: List[Tuple[int, int]] = []
        self.log: List[str] = []
        self._stage = stage
        self._plan = plan(seconds, rng, kinds)
        self._database = asyncio.Lock()
        self._under_way: List[asyncio.Task] = []

    @property
    def planned_count(self) -> int:
        """How many the plan has."""
        return len(self._plan)

    async def run(self) -> None:
        """Returns when the last one is over. They may overlap."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            for at, kind, pause_s, replica in self._plan:
                await asyncio.sleep(max(0.0, start + at - loop.time()))
                self._under_way.append(loop.create_task(self._strike(kind, pause_s, replica)))
            await asyncio.gather(*self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()
            if self._under_way:
                await asyncio.wait(self._under_way)

    async def _strike(self, kind: str, pause_s: float, replica: int) -> None:
        began = now_ms()
        if kind in DATABASE_KINDS:
            async with self._database:
                began = now_ms()
                await self._hurt_database(kind, pause_s)
                self.database_downs.append((began, now_ms() + RECOVERY_MS))
            happened = True
        elif kind == "kill_bridge":
            happened = await self._stage.bridge.end(signal.SIGKILL, pause_s)
        else:
            how = signal.SIGKILL if kind == "kill_replica" else signal.SIGTERM
            happened = await self._stage.replicas[replica].end(how, pause_s)
        self.done[kind] += happened
        self.log.append(f"{began} {kind} replica={replica} pause={pause_s:.1f}s happened={happened}")

    async def _hurt_database(self, kind: str, pause_s: float) -> None:
        cluster = self._stage.cluster
        if kind == "postgres_crash":
            await cluster.crash()
        elif kind == "terminate_backends":
            await cluster.terminate_backends()
        elif kind == "postgres_freeze":
            await cluster.freeze(FREEZE_S)
        else:
            await cluster.gap(pause_s)
