"""What a dispatchd answers in a second and how fast, beside PostgreSQL's own load tool doing the same to the same
database in turn."""

from dataclasses import replace
from typing import Callable, Dict, List

from . import copies, engine
from .figures import median, ratio, side_by_side
from .load import load
from .pgbench import pgbench, recorded_again
from .settings import Settings
from .stage import Bridge, Database, Dispatchd, Failed, Place, free_ports
from .webhooks import SMS_PATH, reply
from .webhooks import load as webhooks

LEVELS = (1, 8, 64, 256)
ACK_LEVELS = (1, 64)
ACKS_PER_SECOND_MAX = {1: 800, 64: 2_500}  # there must be enough to take
ACK_TECHNICIANS = 10_000
PEAK_LEVEL = 64
IN_FLIGHT_MAX = 4096  # of the open loop
READ_DISPATCHES = 500

DIRECTORY = f"""
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: UTC
    numbers: ["+19495550100"]
    technicians: [{{key: ana, name: Ana Diaz, sms: "+19495550111"}}]
    roster: [{{technician: ana, priority: 1}}]
    policies:
      LOW: &wait {{steps: [{{channel: SMS, wait: 2m}}], cutoff: 8h, hold: {copies.hold()}}}
      MEDIUM: *wait
      HIGH: *wait
"""


def dispatch(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Calls that can wait, recorded: closed loop at each level, then an open loop at half of the peak."""
    with Database(place) as database:
        database.load_directory(DIRECTORY)
        with Dispatchd(place, database) as dispatchd:
            script = _rival(place, database, dispatchd)
            peak = settings.rate * 2 if settings.rate else 0
            for level in () if settings.rate else LEVELS:
                ours, rival = side_by_side(
                    settings.runs, lambda: load(place, dispatchd, "dispatch", level, settings.seconds),
                    lambda: pgbench(place, database, script, level, settings.seconds))
                peak = ours["per_second"] if level == PEAK_LEVEL else peak
                report({"bench": "dispatch", "in_flight": level, "ratio": ratio(ours, rival, "per_second"),
                        "ours": ours, "pgbench": rival})
            rate = int(peak / 2)
            ours, rival = side_by_side(
                settings.runs,
                lambda: load(place, dispatchd, "dispatch", IN_FLIGHT_MAX, settings.seconds, rate=rate),
                lambda: pgbench(place, database, script, PEAK_LEVEL, settings.seconds, rate=rate))
            report({"bench": "dispatch --rate", "rate": rate, "p99_ratio": ratio(ours, rival, "p99_ms"), "ours": ours,
                    "pgbench": rival})


def _rival(place: Place, database: Database, dispatchd: Dispatchd) -> str:
    load(place, dispatchd, "dispatch", 1, 0.1)
    return recorded_again(database, copies.newest(database)[0])


def status(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Reads of a dispatch with all that Status tells."""
    with Database(place) as database:
        database.load_directory(DIRECTORY)
        with Dispatchd(place, database) as dispatchd:
            load(place, dispatchd, "dispatch", PEAK_LEVEL, 1)
            ids = copies.newest(database, READ_DISPATCHES)
            for level in LEVELS:
                ours, rival = side_by_side(
                    settings.runs, lambda: load(place, dispatchd, "status", level, settings.seconds, ids=",".join(ids)),
                    lambda: pgbench(place, database, _read_status(ids), level, settings.seconds))
                report({"bench": "status", "in_flight": level, "ratio": ratio(ours, rival, "per_second"), "ours": ours,
                        "pgbench": rival})


def _read_status(ids: List[str]) -> str:
    """What Status reads, by the same keys, in one statement."""
    array = "','".join(ids)
    return f"""\\set n random(1, {len(ids)})
with w as (select (array['{array}']::uuid[])[:n] as id)
select row_to_json(d), row_to_json(b), row_to_json(p), row_to_json(c),
       (select json_agg(x) from pages x where x.dispatch_id = d.id),
       (select json_agg(x) from timers x where x.dispatch_id = d.id),
       (select json_agg(x order by sequence) from events x where x.dispatch_id = d.id and x.business_id = d.business_id)
from w join dispatches d on d.id = w.id join businesses b on b.id = d.business_id
left join policies p on p.id = d.policy_id join calls c on c.dispatch_id = d.id and c.business_id = d.business_id;
"""


def ack(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Technicians' texts: from the webhook at the bridge to the committed ack and its answer."""
    with Database(place) as database:
        # Who answers has a page or two, as in life.
        engine.prepare(database, replace(settings, businesses=ACK_TECHNICIANS))
        sample = engine.waiting_sample(place, database)
        (port,) = free_ports(1)
        with Dispatchd(place, database, engine=False) as dispatchd, Bridge(place, dispatchd.address, port) as bridge:
            number = 0
            for level in ACK_LEVELS:
                runs = []
                for run in range(settings.runs):
                    name = f"asked_{level}_{run}"
                    sample.add(database, int(ACKS_PER_SECOND_MAX[level] * settings.seconds), name)
                    pages = database.sql("select p.to_address, p.reply_code from pages p "
                                         f"join {name} a on a.id = p.dispatch_id order by a.n")
                    forms = [reply(page, number + i) for i, page in enumerate(pages)]
                    number += len(pages)
                    runs.append(webhooks(place, bridge, SMS_PATH, forms, level, settings.seconds))
                    taken = database.value(f"select count(*) from dispatches join {name} using (id) "
                                           "where status = 'DISPATCHED_CONFIRMED'")
                    if taken < runs[-1]["count"]:
                        raise Failed(f"{runs[-1]['count']} webhooks were answered, and {taken} dispatches are taken")
                report({"bench": "ack", "in_flight": level, "ours": median(runs)})


def floor(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """The machine's limits: a gRPC call that does nothing, and the bare commit of a row."""
    with Database(place) as database, Dispatchd(place, database) as dispatchd:
        database.sql("create table bare (id bigint generated always as identity primary key, text text)")
        for level in LEVELS:
            calls, commits = side_by_side(
                settings.runs, lambda: load(place, dispatchd, "health", level, settings.seconds),
                lambda: pgbench(place, database, "insert into bare (text) values ('x');", level, settings.seconds))
            report({"bench": "floor", "in_flight": level, "grpc": calls, "commit": commits})


