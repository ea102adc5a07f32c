"""PostgreSQL's own load tool: what the database alone can do."""

import glob
import json
import os
import subprocess

from .figures import Figures, latencies
from .stage import Database, Failed, Place

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"


def pgbench(place: Place, database: Database, script: str, in_flight: int, seconds: float, rate: float = 0) -> Figures:
    """Runs a script's transactions by so many clients; with a rate, begun at random times of that rate."""
    path, prefix = place.file("pgbench.sql"), place.file("pgbench_log")
    with open(path, "w", encoding="utf-8") as file:
        file.write(script)
    for old in glob.glob(f"{prefix}.*"):
        os.remove(old)
    # The first second is for warming up.
    command = [PGBENCH, "-n", "-M", "prepared", "-f", path, "-c", str(in_flight), "-j", "2", "-T", str(int(seconds) + 1),
               "-l", f"--log-prefix={prefix}", *([f"--rate={rate}"] if rate else []), database.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"pgbench: {done.stderr.strip()[-1500:]}")
    millis, ends = [], []
    for log in glob.glob(f"{prefix}.*"):
        with open(log, encoding="ascii") as file:
            # Client, number, latency in us, script, and the end as s and us.
            for line in file:
                fields = line.split()
                millis.append(int(fields[2]) / 1000)
                ends.append(int(fields[4]) + int(fields[5]) / 1e6)
    begin = min(ends) + 1
    counted = [span for span, end in zip(millis, ends) if end >= begin]
    return {"per_second": round(len(counted) / (max(ends) - begin), 1), **latencies(counted)}


def recorded_again(database: Database, dispatch_id: str) -> str:
    """A script that writes what Dispatch wrote for one call, under a new id each time: the same rows, in one
    transaction and one round trip, by a function of the database's own."""
    tables = {"dispatches": "id", "calls": "dispatch_id", "dispatch_keys": "dispatch_id", "timers": "dispatch_id",
              "events": "dispatch_id"}
    body = ""
    for table, key in tables.items():
        for (row,) in database.sql(f"select to_jsonb(t) from {table} t where {key} = '{dispatch_id}'"):
            body += _insert(table, row, dispatch_id)
    database.sql(f"""create or replace function recorded_again() returns void language plpgsql as $do$
      declare new_id uuid := (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
                              || substr(md5(random()::text), 1, 20))::uuid;
      begin {body} end $do$""")
    return "select recorded_again();"


def _insert(table: str, row: dict, dispatch_id: str) -> str:
    values = []
    for column, value in row.items():
        if value is None:
            values.append("null")
        elif value == dispatch_id or column == "key":
            values.append("new_id")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            values.append("'" + text.replace("'", "''") + "'")
    return f"insert into {table} ({', '.join(row)}) values ({', '.join(values)}); "
