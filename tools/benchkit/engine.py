"""What happens by itself: timers that come due, pages that wait."""

import contextlib
import signal
import time
from typing import Callable, Dict, List, Optional

from . import copies, graphile
from .figures import Figures, latencies, median, ratio
from .load import load
from .settings import Settings
from .stage import BareEngine, Database, Dispatchd, Failed, Place, Simulator, free_ports

LEAD_S = 2.0       # from the last preparation to the first that is due
KILL_SECONDS = 8   # of the run in which a replica is killed
LEASE_S = 6        # of the null provider's pages: its timeout and the sender's margin (server/engine/sender.cc)
DRAIN_S = 120


def timers(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Escalation steps that come due at a rate while others wait: lateness from due to handed to the provider."""
    with Database(place) as database:
        prepare(database, settings)
        sample = waiting_sample(place, database)
        held_sample(place, database).add(database, settings.pending, "held")
        used = int(settings.timers_per_second * ((settings.seconds + 1) * settings.runs + KILL_SECONDS + 1))
        sample.add(database, used, "waiting")
        put_off(database, "waiting")
        report({"bench": "timers", "rate": settings.timers_per_second, "pending": settings.pending, "replicas": 2,
                **compare_timers(place, database, settings)})
        killed = run_timers(place, database, settings, KILL_SECONDS, kill=True)
        report({"bench": "timers, a replica killed", "lease_ms": 1000 * LEASE_S, "ours": killed})


def compare_timers(place: Place, database: Database, settings: Settings) -> Dict:
    """Ours beside the rival's."""
    result: Dict = {}
    ours, rival, prompt = [], [], []
    for _ in range(settings.runs):
        ours.append(run_timers(place, database, settings, settings.seconds))
        if graphile.available(place):
            rival.append(graphile.timers(place, database, settings))
            prompt.append(graphile.timers(place, database, settings, poll_ms=10))
    result["ours"] = median(ours)
    if rival:
        result["graphile_worker"], result["graphile_worker_polling_every_10_ms"] = median(rival), median(prompt)
        result["p99_ratio"] = ratio(median(ours), median(rival), "p99_ms")
    return result


def prepare(database: Database, settings: Settings) -> None:
    """Loads the directory that all samples are of."""
    database.load_directory(copies.directory(settings.businesses))
    copies.prepare(database)


def waiting_sample(place: Place, database: Database) -> copies.Sample:
    """A dispatch whose first page was accepted, and whose next step waits for an hour."""
    with Dispatchd(place, database, engine=False) as dispatchd, BareEngine(place, database, "engine"):
        dispatch_id = one_dispatch(place, database, dispatchd, copies.PAGED)
        wait_for(database, f"select 1 from pages where dispatch_id = '{dispatch_id}' and state = 'ACCEPTED'")
    return copies.Sample(database, dispatch_id)


def held_sample(place: Place, database: Database) -> copies.Sample:
    """A dispatch that waits for the morning."""
    with Dispatchd(place, database, engine=False) as dispatchd:
        dispatch_id = one_dispatch(place, database, dispatchd, copies.HELD)
    return copies.Sample(database, dispatch_id)


def one_dispatch(place: Place, database: Database, dispatchd: Dispatchd, called: str) -> str:
    """Has a number called, and returns the dispatch's id."""
    load(place, dispatchd, "dispatch", 1, 0.001, called=called, warm_up="0s")
    return copies.newest(database)[0]


def put_off(database: Database, table: str) -> None:
    """Puts off what else would come due for those listed there (whether a page arrived, lost replies), so that only
    the steps are measured."""
    database.sql(f"update timers set due_time = now() + interval '2 h' from {table} t "
                 "where dispatch_id = t.id and kind in ('CHECK', 'REPLIES')")


def run_timers(place: Place, database: Database, settings: Settings, seconds: float, kill: bool = False) -> Figures:
    """Lets some of the waiting ones come due, evenly over the time; the first second is not counted."""
    count = int(settings.timers_per_second * (seconds + 1))
    name = f"run_{time.monotonic_ns()}"
    with BareEngine(place, database, f"{name}_a") as first, BareEngine(place, database, f"{name}_b") as second:
        database.sql(f"""
          create unlogged table due as
            with used as (delete from waiting where n in (select n from waiting order by n limit {count}) returning id)
            select id, null::timestamptz as due_time, row_number() over () - 1 as place from used;
          create unique index on due (id);
          analyze due;
          update due set due_time = clock_timestamp() + interval '{LEAD_S} s'
                                    + place * interval '{1 / settings.timers_per_second} s';
          update timers t set due_time = due.due_time from due where t.dispatch_id = due.id and t.kind = 'STEP'""")
        # Nothing is asked of the database while it is measured.
        time.sleep(LEAD_S + (seconds + 1) / 2)
        if kill:
            second.end(signal.SIGKILL)
        time.sleep((seconds + 1) / 2)
        wait_for(database, "select 1 where not exists (select 1 from due join timers t on t.dispatch_id = due.id "
                           "where t.kind = 'STEP' and t.due_time <= due.due_time)")
        wait_for(database, "select 1 where not exists (select 1 from outbox)"
                           " and not exists (select 1 from pages where state = 'SENDING')")
    handed = {**second.hand_overs(), **first.hand_overs()}
    rows = database.sql("select p.id::text, (extract(epoch from due.due_time) * 1000000)::bigint "
                        "from due join pages p on p.dispatch_id = due.id "
                        "where p.create_time > due.due_time - interval '1 s' "
                        "and due.due_time >= (select min(due_time) from due) + interval '1 s'")
    put_off(database, "due")
    database.sql("drop table due")
    millis, missed = [], 0
    for page, due in rows:
        if page in handed:
            millis.append((handed[page] - due) / 1000)
        else:
            missed += 1  # its sender was killed between the claim and the hand-over
    if missed and not kill:
        raise Failed(f"{missed} pages were never handed over")
    return {**latencies(millis), **({"claimed_by_the_killed": missed} if kill else {})}


def pages(place: Place, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Pages that are all due at once, until each has been accepted and all of it is committed."""
    ours: List[Figures] = []
    rival: List[Figures] = []
    with Database(place) as database, Database(place, "rival") as rivals:
        prepare(database, settings)
        sample = planned_sample(place, database)
        for run in range(settings.runs):
            ours.append(burn_down(place, database, sample, settings.pages, f"due_{run}"))
            if graphile.available(place):
                rival.append(graphile.burn_down(place, rivals, settings.pages))
    with Database(place) as database:
        http = http_burn_down(place, database, settings)
    result: Dict = {"bench": "pages", "pages": settings.pages, "provider": "null", "ours": median(ours)}
    if rival:
        result["graphile_worker"] = median(rival)
        result["ratio"] = ratio(median(ours), median(rival), "per_second")
    report(result)
    report({"bench": "pages over HTTP", "pages": settings.http_pages, "provider": "simulator", "ours": http})


def http_burn_down(place: Place, database: Database, settings: Settings) -> Figures:
    """The same through the adapter for Twilio, to the simulator over HTTP; its callbacks go to nobody."""
    prepare(database, settings)
    sample = planned_sample(place, database)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with Simulator(place, port):
        return burn_down(place, database, sample, settings.http_pages, "due_http",
                         lambda: Dispatchd(place, database, "sender", twilio=url))


def planned_sample(place: Place, database: Database) -> copies.Sample:
    """A dispatch whose first page waits to be sent."""
    with Dispatchd(place, database, engine=False) as dispatchd:
        dispatch_id = one_dispatch(place, database, dispatchd, copies.PAGED)
    return copies.Sample(database, dispatch_id)


def burn_down(place: Place, database: Database, sample: copies.Sample, count: int, name: str,
              sender: Optional[Callable] = None) -> Figures:
    """Adds so many due pages, starts a sender, and waits until all are with the provider."""
    sample.add(database, count, name)
    database.sql("checkpoint")
    with contextlib.ExitStack() as running:
        running.enter_context(sender() if sender else BareEngine(place, database, name))
        wait_for(database, f"select 1 from pages p join {name} c on c.id = p.dispatch_id "
                           "where p.state <> 'PLANNED' limit 1", 0)
        begin = time.monotonic()
        wait_for(database, "select 1 where not exists (select 1 from outbox) "
                           "and not exists (select 1 from pages where state = 'SENDING')", 0.01)
        elapsed = time.monotonic() - begin
    return {"per_second": round(count / elapsed, 1), "seconds": round(elapsed, 3)}


def sample_each(pause_s: float, seconds: float, measure: Callable[[], float]) -> List[float]:
    """What `measure` says, again and again."""
    deadline = time.monotonic() + seconds
    values = [measure()]
    while time.monotonic() < deadline:
        time.sleep(pause_s)
        values.append(measure())
    return values


def wait_for(database: Database, condition: str, pause_s: float = 0.02) -> None:
    """Returns once a query has a row."""
    deadline = time.monotonic() + DRAIN_S
    while not database.sql(condition):
        if time.monotonic() > deadline:
            raise Failed(f"in vain for {DRAIN_S} s: {condition}")
        time.sleep(pause_s)
