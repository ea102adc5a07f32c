"""What a directory of ten thousand businesses costs, and what an engine that only waits costs."""

import json
import os
import time
from typing import Callable, Dict

from . import copies, engine
from .settings import Settings
from .stage import Database, Dispatchd, Place, call

BUSINESSES = 10_000
IDLE_SECONDS = 30


def directory(place: Place, _: Settings, report: Callable[[Dict], None]) -> None:
    """Finding the business and who is on call, in a small directory and in a large one; applying the large one."""
    with Database(place) as database:
        database.load_directory(copies.directory(1))
        report({"bench": "directory", "businesses": 1, "look_up": _look_up(place, database)})
        with Dispatchd(place, database) as dispatchd:
            path = place.file("large.yaml")
            with open(path, "w", encoding="ascii") as file:
                file.write(_large_directory())
            seconds = [_apply(place, dispatchd, path) for _ in range(2)]
        report({"bench": "directory", "businesses": BUSINESSES, "look_up": _look_up(place, database),
                "apply": {"seconds": seconds[0], "again_seconds": seconds[1]}})


def _look_up(place: Place, database: Database) -> Dict:
    figures = json.loads(call(place.binary("tools/benchkit/directory_bench"), f"--database_url={database.url}"))
    return {**{f"{name}_us": value for name, value in figures["match_and_on_call_us"].items()},
            "empty_statement_us": figures["empty_statement_us"]["p50"]}


def _apply(place: Place, dispatchd: Dispatchd, path: str) -> float:
    begin = time.monotonic()
    call(os.path.join(place.root, "tools", "dispatchctl"), "--json", "directory", "apply", path,
         env={**os.environ, "DISPATCHD": dispatchd.address})
    return round(time.monotonic() - begin, 1)


def _large_directory() -> str:
    """Businesses as they are: nights and weekends by windows, a weekly rotation, an override now and then."""
    lines = ["businesses:"]
    for i in range(BUSINESSES):
        lines += [f"  - key: business-{i}", f"    name: Business {i} Plumbing", "    time_zone: America/New_York",
                  "    trade: PLUMBING", f"    numbers: [\"+1212{2_000_000 + i}\"]",
                  f"    owner: {{name: Owner {i}, phone: \"+1312{2_000_000 + i}\"}}", "    technicians:"]
        lines += [f"      - {{key: tech-{t}, name: Technician {t}, sms: \"+1{413 + t}{2_000_000 + i}\"}}" for t in range(5)]
        lines += ["    roster:",
                  "      - {key: nights, priority: 1, windows: [{days: [MON-FRI], from: \"18:00\", until: \"06:00\"}],",
                  "         rotation: {unit: WEEK, start: \"2026-01-05T09:00\", technicians: [tech-0, tech-1, tech-2]}}",
                  "      - {technician: tech-3, priority: 2, windows: [{days: [SAT, SUN], from: \"00:00\", until: \"24:00\"}]}",
                  "      - {technician: tech-4, priority: 3}"]
        if i % 10 == 0:
            lines += ["    overrides:", "      - {kind: REPLACE, technician: tech-0, replacement: tech-4,",
                      "         start_time: \"2026-12-24T18:00\", end_time: \"2026-12-27T09:00\", reason: holiday}"]
    return "\n".join(lines) + "\n"


def idle(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """The processor time of dispatchd and the database while dispatches wait and nothing is due."""
    with Database(place) as database:
        engine.prepare(database, settings)
        engine.held_sample(place, database).add(database, settings.pending, "held")
        with Dispatchd(place, database) as dispatchd:
            time.sleep(IDLE_SECONDS / 3)
            before = _ticks(dispatchd.pid), _database_ticks(database)
            time.sleep(IDLE_SECONDS)
            after = _ticks(dispatchd.pid), _database_ticks(database)
    per_percent = os.sysconf("SC_CLK_TCK") * IDLE_SECONDS / 100
    report({"bench": "idle", "pending": settings.pending,
            "percent_of_a_core": {"dispatchd": round((after[0] - before[0]) / per_percent, 2),
                                  "postgresql": round((after[1] - before[1]) / per_percent, 2)}})


def _ticks(pid: int, fields: slice = slice(11, 13)) -> int:
    """User and system time of a process."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return sum(int(field) for field in file.read().rsplit(") ", 1)[1].split()[fields])


def _database_ticks(database: Database) -> int:
    """Of its server with what that has waited for, and of all that it runs now."""
    server = database.postmaster
    with open(f"/proc/{server}/task/{server}/children", encoding="ascii") as file:
        children = [int(pid) for pid in file.read().split()]
    return _ticks(server, slice(11, 15)) + sum(_ticks(pid) for pid in children)
