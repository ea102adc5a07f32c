"""graphile-worker, a job queue on PostgreSQL for Node.js: the rival for timers and for pages. Its jobs do nothing, in
its own process, and leave no row behind."""

import functools
import os
import shutil
import sys
import time
from typing import List

from .figures import Figures, latencies
from .settings import Settings
from .stage import Database, Failed, Place, Process, call

PROCESSES = 2
POLL_MS = 2000  # its own default


@functools.lru_cache
def available(place: Place) -> bool:
    """Whether it is installed in var/bench; installs it where there is npm, and says what is missing where not."""
    folder = _folder(place)
    if os.path.isdir(os.path.join(folder, "node_modules", "graphile-worker")):
        return True
    if not shutil.which("npm") or not shutil.which("node"):
        print("without graphile-worker: there is no npm (Debian: apt-get install nodejs npm)", file=sys.stderr)
        return False
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "worker.js"):
        shutil.copy(os.path.join(place.root, "tools", "benchkit", "graphile", name), folder)
    try:
        call("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", cwd=folder)
    except Failed as error:
        print(f"without graphile-worker: {error}", file=sys.stderr)
        return False
    return True


def timers(place: Place, database: Database, settings: Settings, poll_ms: int = POLL_MS) -> Figures:
    """As many jobs due at the same rate: lateness from due to begun; the first second is not counted."""
    count = int(settings.timers_per_second * (settings.seconds + 1))
    _install_schema(place, database)
    with _Workers(place, database, "timer", poll_ms) as workers:
        database.sql(f"""
          select count(graphile_worker.add_job('timer', json_build_object('due_ms', extract(epoch from due) * 1000),
                                               run_at := due))
          from (select clock_timestamp() + interval '2 s' + n * interval '{1 / settings.timers_per_second} s' as due
                from generate_series(0, {count - 1}) n) d""")
        _wait_until_done(database)
    millis = [float(line) for text in workers.outputs() for line in text.split()]
    # In the order of begin, which is the order of due but for their jitter.
    return latencies(millis[settings.timers_per_second:])


def burn_down(place: Place, database: Database, count: int) -> Figures:
    """So many jobs that do nothing, with its batched claims and completions."""
    _install_schema(place, database)
    database.sql(f"""
      select count(*) from graphile_worker.add_jobs(array(
        select json_populate_record(null::graphile_worker.job_spec, '{{"identifier": "noop", "payload": {{}}}}')
        from generate_series(1, {count})))""")
    # As it would have been by itself in a while: without figures of the table its claims read all of it.
    database.sql("vacuum analyze")
    database.sql("checkpoint")
    with _Workers(place, database, "noop", POLL_MS) as workers:
        _wait_until_done(database)
        end = time.time()
    begin = min(float(text) for text in workers.outputs() if float(text) > 0) / 1000
    return {"per_second": round(count / (end - begin), 1), "seconds": round(end - begin, 3)}


class _Workers:
    """Processes of it, until the end of a `with`."""

    def __init__(self, place: Place, database: Database, kind: str, poll_ms: int):
        stamp = time.monotonic_ns()
        self._outs = [place.file(f"graphile_{stamp}_{i}") for i in range(PROCESSES)]
        script = os.path.join(_folder(place), "worker.js")
        self._processes: List[Process] = [
            Process(place, "graphile", ["env", f"DATABASE_URL={_uri(database)}", "NO_LOG_SUCCESS=1", "node", script, kind,
                                        str(poll_ms), out]) for out in self._outs]

    def __enter__(self) -> "_Workers":
        for process in self._processes:
            process.__enter__()
        return self

    def __exit__(self, *_) -> None:
        for process in self._processes:
            process.__exit__()

    def outputs(self) -> List[str]:
        """What they wrote at their end."""
        texts = []
        for out in self._outs:
            with open(out, encoding="ascii") as file:
                texts.append(file.read())
        return texts


def _install_schema(place: Place, database: Database) -> None:
    cli = os.path.join(_folder(place), "node_modules", ".bin", "graphile-worker")
    call(cli, "--schema-only", env={**os.environ, "DATABASE_URL": _uri(database)})


def _wait_until_done(database: Database) -> None:
    while database.sql("select 1 from graphile_worker._private_jobs limit 1"):
        time.sleep(0.01)


def _uri(database: Database) -> str:
    """The connection as a URI, which is all that Node's driver takes."""
    fields = dict(part.split("=", 1) for part in database.url.split())
    return (f"postgres://{fields.get('user', '')}@/{fields['dbname']}"
            f"?host={fields['host']}&port={fields.get('port', '5432')}")


def _folder(place: Place) -> str:
    return os.path.join(place.root, "var", "bench", "graphile")
