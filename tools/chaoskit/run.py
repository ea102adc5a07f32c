"""One run: start, load and faults, quiet, audit."""

import asyncio
import os
import random
import time
from typing import Coroutine, List, Sequence

from . import evidence, faults, lateness, phones, report
from .audit import audit
from .audit_dispatches import overview
from .directory import make_businesses
from .history import History
from .load import Load
from .settings import CUTOFF_S_MAX, PROVIDER_PARAMS, PROVIDER_RATES, QUIET_SLACK_S, REPORT_GRACE_S
from .stage import Stage

PROGRESS_S = 10
SETTLE_S = 20
LIVE = "select count(*) from dispatches where end_time is null"


class Run:
    """A run of `minutes` with `rate` calls per second in `folder`. Everything random comes from `seed`.

    `kinds` are the faults of processes that may happen; `provider_fails` says whether those of the provider do.
    """

    def __init__(self, stage: Stage, folder: str, minutes: float, rate: float, seed: int,
                 kinds: Sequence[str] = faults.KINDS, provider_fails: bool = True):
        self._stage = stage
        self._folder = folder
        self._seconds = minutes * 60
        self._seed = seed
        self._rate = rate
        self._kinds = kinds
        self._provider_fails = provider_fails
        self._began = time.monotonic()
        self.findings: list = []

    async def go(self) -> bool:
        """Whether every promise was kept."""
        businesses = make_businesses(self._rng("directory"))
        await self._stage.start(businesses)
        stage, provider = self._stage, self._stage.provider
        await phones.give_habits(provider, businesses, self._rng("habits"))
        if self._provider_fails:
            await provider.put("chaos", {"seed": self._seed, "rates": PROVIDER_RATES, "params": PROVIDER_PARAMS})
        load = Load(provider, stage.bridge_url, businesses, self._rate, self._rng("load"))
        strikes = faults.Faults(stage, self._seconds, self._rng("faults"), self._kinds)
        self._say(f"started; {strikes.planned_count} faults planned")
        helpers = [asyncio.ensure_future(work) for work in (
            phones.change_habits(provider, businesses, self._rng("changes")), stage.scrape(),
            self._progress(load, strikes))]
        try:
            await self._guarded(_together(load.run(self._seconds), strikes.run()), helpers)
            drawn = (await provider.get("chaos"))["drawn"]
            await provider.delete("chaos")
            await stage.ready()
            self._say("load and faults are over; waiting for the last dispatch to end")
            await load.settle(SETTLE_S)
            await self._guarded(self._quiet(), helpers)
            await stage.scrape_once()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.wait(helpers)
            await load.close()
        return await self._audit(load, strikes, drawn)

    async def _quiet(self) -> None:
        """Returns when every dispatch has ended and the journal is empty, or when they had time enough."""
        deadline = time.monotonic() + REPORT_GRACE_S + CUTOFF_S_MAX + QUIET_SLACK_S
        while time.monotonic() < deadline:
            if await self._stage.journal_entries() == 0 and await self._live_count() == 0:
                return
            await asyncio.sleep(0.5)

    async def _audit(self, load: Load, strikes: faults.Faults, drawn: dict) -> bool:
        stage = self._stage
        found = await evidence.gather(stage.cluster, stage.provider)
        found.accepted, found.drawn = load.accepted, drawn
        found.database_downs = strikes.database_downs
        found.replica_downs = [replica.downs for replica in stage.replicas]
        found.save(os.path.join(self._folder, "evidence.json"))
        with open(os.path.join(self._folder, "faults.log"), "w", encoding="utf-8") as file:
            file.write("\n".join(strikes.log) + "\n")
        self.findings = audit(found, [crash for process in stage.processes for crash in process.crashes])
        with open(os.path.join(self._folder, "findings.txt"), "w", encoding="utf-8") as file:
            file.writelines(f"{finding.name}: {case}\n" for finding in self.findings for case in finding.cases)

        print(f"     {overview(found)}")
        kept = report.print_findings(self.findings)
        report.print_facts("lateness", lateness.lines(found, History(found), stage.metrics))
        report.print_facts("what was done", [
            f"calls: {load.call_count}; requests accepted {len(load.accepted)}, given up {load.refused_count}; "
            f"kept in the journal for a while: {report.counts(evidence.count_journaled(self._folder))}",
            f"processes: {report.counts(strikes.done)}",
            f"restarts: {sum(process.starts - 1 for process in stage.processes)}, of which "
            f"{sum(process.failed_starts for process in stage.processes)} found no database",
            f"provider: {report.counts(drawn)}",
            f"errors logged: {report.counts(evidence.count_errors(self._folder))}",
        ])
        broken = sum(not finding.is_kept for finding in self.findings)
        print(f"chaos: {'every promise was kept' if kept else f'{broken} promises were broken'}", flush=True)
        return kept

    async def _guarded(self, work, helpers: List[asyncio.Future]) -> None:
        """Awaits `work`, and fails as soon as a helper does. Leaves nothing of it behind."""
        work = asyncio.ensure_future(work)
        try:
            await asyncio.wait([work, *helpers], return_when=asyncio.FIRST_COMPLETED)
            for helper in helpers:
                if helper.done():
                    helper.result()
            await work
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait([work])

    async def _live_count(self) -> int:
        return int(await self._stage.cluster.sql(LIVE))

    async def _progress(self, load: Load, strikes: faults.Faults) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            waiting = await self._stage.journal_entries()
            self._say(f"{load.call_count} calls, {len(load.accepted)} requests accepted, {waiting} in the journal, "
                      f"{sum(strikes.done.values())} of {strikes.planned_count} faults")

    def _say(self, text: str) -> None:
        print(f"  {time.monotonic() - self._began:4.0f} s: {text}", flush=True)

    def _rng(self, purpose: str) -> random.Random:
        """A sequence for each purpose, so that one does not shift another."""
        return random.Random(f"{self._seed}/{purpose}")


async def _together(*works: Coroutine) -> None:
    """Awaits all; when one fails, or we are cancelled, the others are over before this returns."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
