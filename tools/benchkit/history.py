"""What is measured with years of old dispatches in the database, beside an empty one."""

import os
import threading
from typing import Callable, Dict, List

import psycopg2

from . import copies, engine
from .figures import Figures, median, ratio
from .load import load
from .rpcs import PEAK_LEVEL
from .settings import Settings
from .stage import DATABASE, Bridge, BareEngine, Database, Dispatchd, Failed, Place, free_ports
from .webhooks import SMS_PATH, reply, send

CHUNK = 50_000
WRITERS = 2
# To fill it quickly: no other process needs these rows yet.
FILLING = f"{DATABASE} fsync=off synchronous_commit=off full_page_writes=off wal_level=minimal max_wal_senders=0 " \
          "autovacuum=off max_wal_size=32GB maintenance_work_mem=1GB"
SPAN = "interval '1 year'"
RUNS = 5  # at least: the difference is smaller than that of two runs


def history(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Dispatch and timers, in turn with an empty database and with a full one."""
    with Database(place, "empty") as empty, Database(place, "full") as full:
        for database in (empty, full):
            engine.prepare(database, settings)
        fill(place, full, settings.history)
        figures: Dict[str, List[Figures]] = {"empty": [], "full": []}
        lateness: Dict[str, List[Figures]] = {"empty": [], "full": []}
        runs = max(settings.runs, RUNS)
        used = int(settings.timers_per_second * (settings.seconds + 1) * runs)
        for database in (empty, full):
            engine.waiting_sample(place, database).add(database, used, "waiting")
            engine.put_off(database, "waiting")
        for _ in range(runs):
            for name, database in (("empty", empty), ("full", full)):
                with Dispatchd(place, database) as dispatchd:
                    figures[name].append(load(place, dispatchd, "dispatch", PEAK_LEVEL, settings.seconds,
                                              called=copies.HELD))
                lateness[name].append(engine.run_timers(place, database, settings, settings.seconds))
        for what, measured in (("dispatch", figures), ("timers", lateness)):
            before, after = median(measured["empty"]), median(measured["full"])
            line: Dict = {"bench": "history", "of": what, "old_dispatches": settings.history,
                          "database_gib": full.value("select round(pg_database_size(current_database()) / 2^30)::int")}
            if what == "dispatch":
                line["ratio"] = ratio(after, before, "per_second")
            report({**line, "p99_ratio": ratio(after, before, "p99_ms"), "empty": before, "full": after})


def fill(place: Place, database: Database, count: int) -> None:
    """Adds dispatches that ended, spread over the last year: one that a technician took, with its page, its reply and
    all of its events, again and again."""
    sample = taken_sample(place, database)
    database.sql("select ensure_history_partitions(now() - interval '13 months', 15)")
    database.restart(FILLING)
    database.sql("select 1")
    chunks = iter(range(0, count, CHUNK))
    lock, failures = threading.Lock(), []

    def write() -> None:
        try:
            connection = psycopg2.connect(database.url)
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("set session_replication_role = replica; set timezone = 'UTC'")
                while True:
                    with lock:
                        first = next(chunks, None)
                    if first is None:
                        break
                    _write_chunk(cursor, sample, first, min(first + CHUNK, count), count)
            connection.close()
        except (psycopg2.Error, Failed) as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if failures:
        raise Failed(f"the history cannot be filled in: {failures[0]}")
    database.copies = max(database.copies, count)
    database.sql("vacuum analyze")
    database.restart(DATABASE)
    os.sync()  # nothing of it is on the disk yet


def _write_chunk(cursor, sample: copies.Sample, first: int, end: int, count: int) -> None:
    moment = f"(now() - {SPAN} + g.n * {SPAN} / {count})"
    cursor.execute(f"""
      create temporary table chunk as {sample.listing(first, end, moment)} order by 1;
      {sample.insert('select * from chunk')}
      drop table chunk""")


def taken_sample(place: Place, database: Database) -> copies.Sample:
    """A dispatch that the first technician took by a text."""
    (port,) = free_ports(1)
    with Dispatchd(place, database, engine=False) as dispatchd, BareEngine(place, database, "engine"), \
            Bridge(place, dispatchd.address, port) as bridge:
        dispatch_id = engine.one_dispatch(place, database, dispatchd, copies.PAGED)
        query = f"select to_address, reply_code from pages where dispatch_id = '{dispatch_id}' and state = 'ACCEPTED'"
        engine.wait_for(database, query)
        send(bridge, SMS_PATH, reply(database.sql(query)[0], 1))
        engine.wait_for(database, f"select 1 from dispatches where id = '{dispatch_id}' "
                                  "and status = 'DISPATCHED_CONFIRMED'")
    return copies.Sample(database, dispatch_id)
